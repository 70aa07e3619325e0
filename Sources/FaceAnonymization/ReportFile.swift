// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPlatform
internal import VideoFrames

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
    private let descriptor: Int32

    /// Opens the file, empty.
    package init(path: String) throws(ReportError) {
        self.path = path
        descriptor = faceanon_open_private(path)
        guard descriptor >= 0 else { throw error(faceanon_errno()) }
    }

    deinit { if descriptor >= 0 { faceanon_close(descriptor) } }

    package func write(_ report: FrameReport) throws(ReportError) {
        if FaultInjection.fails(.report) { throw ReportError(path: path, reason: "injected") }
        var line = report.json + "\n"
        let code = line.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { faceanon_write(descriptor, $0.baseAddress, $0.count) }
        }
        guard code == 0 else { throw error(code) }
    }

    private func error(_ code: Int32) -> ReportError {
        ReportError(path: path, reason: String(cString: faceanon_error_text(code)))
    }
}
