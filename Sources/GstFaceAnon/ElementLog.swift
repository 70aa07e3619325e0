// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer

/// The debug category `faceanon`, for GST_DEBUG. Texts are only made where somebody reads them.
struct ElementLog {
    /// An immortal C object that GStreamer guards itself.
    nonisolated(unsafe) static let category = faceanon_debug_category()

    let element: UnsafeMutablePointer<GstFaceAnon>

    func callAsFunction(
        _ level: GstDebugLevel, _ text: @autoclosure () -> String, line: Int = #line, function: String = #function
    ) {
        guard let category = Self.category, faceanon_log_enabled(category, level) != 0 else { return }
        faceanon_log(category, level, element, text(), gint(line), function)
    }

    /// Posts an element error: the pipeline stops, and people read `text` first.
    func error(_ code: faceanon_code, _ text: String, detail: String = "", line: Int = #line) {
        faceanon_post(element, GST_MESSAGE_ERROR, code, text, detail, gint(line), "faceanon")
    }

    /// Posts an element warning: the pipeline goes on.
    func warning(_ code: faceanon_code, _ text: String, detail: String = "", line: Int = #line) {
        faceanon_post(element, GST_MESSAGE_WARNING, code, text, detail, gint(line), "faceanon")
    }
}
