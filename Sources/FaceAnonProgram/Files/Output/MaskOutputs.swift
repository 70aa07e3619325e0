// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// The files that are being written, and the folders that were made for them.
struct MaskOutputs {
    /// Files that are never replaced: the inputs.
    var protected: Set<FileIdentity> = []

    private struct Files {
        let output: UnpublishedFile
        let report: UnpublishedFile?
    }

    private var files: [ObjectIdentifier: Files] = [:]
    /// Folders that did not exist, each after the one that it is in.
    private var madeFolders: [FilePath] = []

    /// Makes an item's files, without names yet, and returns the paths by which a worker opens them.
    mutating func make(
        for item: MaskItem, replaces: Bool, makesFolders: Bool, reportsInFolder: Bool
    ) throws(ProgramFailure) -> (output: FilePath, report: FilePath?) {
        guard let path = item.output else { throw ProgramFailure(.failed, "no output has been planned") }
        if case .file(let input) = item.source {
            guard let status = FileStatus(input), status.identity == item.identity else {
                throw ProgramFailure(.source, "it has been replaced since it was looked at")
            }
        }
        if makesFolders { try makeFolder(path.folder) }
        let output = try UnpublishedFile(path, replaces: replaces, mode: FileMode.output(of: item.mode))
        var report: UnpublishedFile?
        if let path = item.report {
            if reportsInFolder { try makeFolder(path.folder) }
            report = try UnpublishedFile(path, replaces: replaces, mode: FileMode.report)
        }
        files[ObjectIdentifier(item)] = Files(output: output, report: report)
        return (FilePath(output.workingPath), report.map { FilePath($0.workingPath) })
    }

    /// Gives an item's files their names, both or neither.
    func publish(_ item: MaskItem) throws(ProgramFailure) {
        guard let files = files[ObjectIdentifier(item)] else { throw ProgramFailure(.failed, "no output was made") }
        guard files.output.size > 0 else { throw ProgramFailure(.failed, "nothing came out of it") }
        try Publication.publish([files.report, files.output].compactMap { $0 }, protecting: protected)
    }

    /// Gives what was written of an item the name NAME.partial.SUFFIX, unless that exists; returns what became of it, for
    /// people, and nil where nothing was written.
    func publishPartial(_ item: MaskItem) -> String? {
        guard let output = files[ObjectIdentifier(item)]?.output, output.size > 0 else { return nil }
        let path = OutputNames.partial(output.path, limit: MaskPlan.nameLimit(output.path.folder))
        do {
            try Publication.publish(output, as: path)
            return "what could be masked is in \(path)"
        } catch {
            return "what could be masked is not kept: \(error)"
        }
    }

    /// A worker's sentence with the names that people know the files by.
    func named(_ text: String, of item: MaskItem) -> String {
        guard let files = files[ObjectIdentifier(item)] else { return text }
        var text = text
        for file in [files.output, files.report].compactMap({ $0 }) {
            // Whole numbers: /proc/1/fd/1 is no part of /proc/1/fd/12.
            let pattern = NSRegularExpression.escapedPattern(for: file.workingPath) + "(?![0-9])"
            let name = NSRegularExpression.escapedTemplate(for: file.path.description)
            text = text.replacingOccurrences(of: pattern, with: name, options: .regularExpression)
        }
        return text
    }

    /// Lets go of an item's files: those without a name are gone.
    mutating func discard(_ item: MaskItem) { files[ObjectIdentifier(item)] = nil }

    /// Lets go of all files, and of the folders that were made for nothing.
    mutating func discard() {
        files = [:]
        removeEmptyFolders()
    }

    /// Folders that were made for outputs that did not come.
    mutating func removeEmptyFolders() {
        for folder in madeFolders.reversed() { _ = folder.withCString { rmdir($0) } }
        madeFolders = []
    }

    private mutating func makeFolder(_ path: FilePath) throws(ProgramFailure) {
        var missing: [FilePath] = []
        var next = path
        while FileStatus(next) == nil, errno == ENOENT, next != next.folder {
            missing.append(next)
            next = next.folder
        }
        for folder in missing.reversed() {
            if folder.withCString({ mkdir($0, 0o777) }) == 0 {
                madeFolders.append(folder)
            } else if errno != EEXIST {
                throw ProgramFailure(.storage, "the folder \(folder) cannot be made: \(SystemError.text())")
            }
        }
    }
}
