// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation

/// An error or warning that an element has posted.
struct ElementReport {
    let text: String
    /// What is only of use together with GStreamer's sources.
    let debug: String
    let isResource: Bool
    /// Whether no element was found that decodes what came.
    let isMissingCodec: Bool
    let code: Int32

    init(_ message: UnsafeMutablePointer<GstMessage>) {
        let report = stream_parse(message)
        defer {
            g_free(report.text)
            g_free(report.debug)
        }
        text = report.text.map { String(cString: $0) } ?? "no reason given"
        debug = report.debug.map { String(cString: $0) } ?? ""
        isResource = report.is_resource != 0
        isMissingCodec = report.is_missing_codec != 0
        code = report.code
    }

    func isResource(_ error: GstResourceError) -> Bool { isResource && code == Int32(bitPattern: error.rawValue) }

    /// The debug text's last line is what a library or a server said itself.
    var sentence: String {
        let detail = debug.split(separator: "\n").last.map(String.init) ?? ""
        let isPlace = detail.contains("): /") || detail.contains(".c(") || detail.contains("): gst")
        return detail.isEmpty || isPlace || text.contains(detail) ? text : "\(text) (\(detail))"
    }
}
