// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPlatform

/// Why a report could not be written: the file and the system's reason.
package struct ReportError: Error, Equatable {
    package let path: String
    package let reason: String
}

extension ReportError: CustomStringConvertible {
    package var description: String {
        "The report \(path) cannot be written (\(reason)). Set report-location to a file in a directory that exists and "
            + "may be written, on a disk with room."
    }
}

/// The report as a file of JSON lines. Each line is written whole before the next frame is taken, so that a process that
/// dies leaves a file that can be read.
package final class ReportFile {
    private let path: String
    private var file: UnsafeMutablePointer<FILE>?

    /// Opens the file, empty.
    package init(path: String) throws(ReportError) {
        self.path = path
        file = faceanon_open_for_writing(path)
        guard file != nil else { throw error() }
    }

    deinit { if let file { fclose(file) } }

    package func write(_ report: FrameReport) throws(ReportError) {
        guard let file else { return }
        if FaultInjection.fails(.report) { throw ReportError(path: path, reason: "injected") }
        let line = report.json + "\n"
        guard fputs(line, file) >= 0, fflush(file) == 0 else { throw error() }
    }

    private func error() -> ReportError {
        ReportError(path: path, reason: String(cString: faceanon_error_text(faceanon_errno())))
    }
}
