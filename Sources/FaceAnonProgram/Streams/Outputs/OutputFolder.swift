// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation

/// A folder that is written to.
struct OutputFolder {
    let path: String

    /// `missing` is what to say where there is none.
    init(_ path: String, missing: String) throws(ProgramFailure) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            throw ProgramFailure(.storage, missing)
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            throw ProgramFailure(.storage, "the folder \(path) cannot be written to: check its owner and rights")
        }
        self.path = path
    }

    /// What an error of a sink that writes there means: `failure` says what cannot be done, `advice` what helps a full disk.
    func trouble(_ report: ElementReport, failure: String, advice: String = "") -> Trouble {
        if report.isResource(GST_RESOURCE_ERROR_NO_SPACE_LEFT) { return full(advice) }
        return Trouble(.storage, "\(path) \(failure): \(report.sentence)", isPermanent: true)
    }

    func full(_ advice: String = "") -> Trouble {
        Trouble(.storage, "the disk of \(path) is full\(advice)", isPermanent: true)
    }
}
