// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// One thing to mask, and what becomes of it.
package final class MaskItem {
    package enum Source: Equatable, Sendable {
        case file(FilePath)
        /// A URL or a camera.
        case address(String)
    }

    package enum Outcome {
        /// A dry run got this far.
        case wouldBeMasked
        case masked(MaskSummary)
        /// A file of a folder that is nothing to mask.
        case leftAlone(String)
        case failed(ProgramFailure)
    }

    package let source: Source
    /// Where it stands below the folder that was given: its name alone where it was given itself.
    package let place: FilePath
    package let isFromFolder: Bool
    /// Of a file; nil where there is none.
    package let identity: FileIdentity?
    let mode: UInt32?
    package var facts: MediaFacts?
    package var output: FilePath?
    package var report: FilePath?
    package var outcome: Outcome?
    /// Whether people have been told of its failure.
    var isSaid = false

    package init(_ source: Source, place: FilePath, isFromFolder: Bool = false) {
        self.source = source
        self.place = place
        self.isFromFolder = isFromFolder
        let status: FileStatus? = if case .file(let path) = source { FileStatus(path) } else { nil }
        identity = status?.identity
        mode = status?.mode
    }

    var isAddress: Bool { if case .address = source { true } else { false } }

    /// For people.
    var shown: String {
        switch source {
        case .file(let path): path.description
        case .address(let text): Shown.text(Log.redacted(text))
        }
    }

    /// For the worker. A relative path begins with a dot there, so that it cannot be taken for anything else.
    var mediaPath: MediaPath {
        switch source {
        case .file(let path): MediaPath(bytes: path.hasPrefix("/") ? path.bytes : Array("./".utf8) + path.bytes)
        case .address(let text): MediaPath(text)
        }
    }

    /// What an error says about it, without the name that stands before it anyway.
    func reason(_ error: ProgramFailure) -> String {
        var text = error.description
        for prefix in ["\(mediaPath): ", "\(mediaPath) "] where text.hasPrefix(prefix) {
            text.removeFirst(prefix.count)
        }
        return text
    }

    /// How many frames there will be; nil: unknown.
    func frameCount(seconds: Double?, frames: Int?) -> Int? {
        var counts = [facts?.frames, frames].compactMap { $0 }
        if let all = facts?.frames, let duration = facts?.duration, let seconds, duration > seconds, seconds > 0 {
            counts.append(Int((Double(all) * seconds / duration).rounded(.up)))
        }
        if facts?.kind == .picture { counts.append(1) }
        return counts.min()
    }

    /// How much of it is done, 0 to 1; nil: unknown.
    func share(_ progress: MaskProgress, seconds: Double?) -> Double? {
        if let all = progress.of, all > 0 { return Double(progress.frames) / Double(all) }
        guard let duration = [facts?.duration, seconds].compactMap({ $0 }).min(), duration > 0 else { return nil }
        return progress.seconds / duration
    }

    /// Pixels of a frame; a usual size where it is unknown.
    var pixels: Int {
        guard let facts, facts.width > 0, facts.height > 0 else { return 1280 * 720 }
        let (pixels, isTooMany) = facts.width.multipliedReportingOverflow(by: facts.height)
        return isTooMany ? .max >> 16 : pixels
    }
}

/// What is to be masked, as the command line names it.
package struct MaskInputs {
    package private(set) var items: [MaskItem] = []
    /// Sentences about what was not looked at.
    package private(set) var passedOver: [String] = []
    /// How many folders were given.
    package private(set) var folderCount = 0

    private var seen: Set<Seen> = []
    private struct Seen: Hashable {
        let folder: FileIdentity
        let name: FilePath
    }

    /// - Parameters:
    ///   - outputFolder: is not entered, where it lies in one of the folders.
    package init(_ arguments: [String], recursive: Bool, outputFolder: FilePath? = nil) {
        let excluded = Set([outputFolder.flatMap { FileStatus($0)?.identity }].compactMap { $0 })
        var (hidden, ours, folders) = (0, 0, 0)
        for argument in arguments {
            if let address = Self.address(argument) {
                items.append(MaskItem(.address(address), place: FilePath(argument: argument).name))
                continue
            }
            let path = Self.localPath(argument)
            guard let status = FileStatus(path) else {
                fail(path, "it cannot be opened: \(SystemError.text())")
                continue
            }
            switch status.kind {
            case .file: add(path, place: path.name, isFromFolder: false)
            case .folder:
                folderCount += 1
                let walk = FolderWalk(path, recursive: recursive, excluding: excluded)
                take(walk, of: path)
                (hidden, ours, folders) = (hidden + walk.hidden, ours + walk.ours, folders + walk.folders)
            default: fail(path, "it is neither a file nor a folder nor a camera")
            }
        }
        note(hidden, ours, folders)
    }

    private mutating func take(_ walk: FolderWalk, of folder: FilePath) {
        for place in walk.files { add(folder / place, place: place, isFromFolder: true) }
        for (place, reason) in walk.others {
            let item = MaskItem(.file(folder / place), place: place, isFromFolder: true)
            item.outcome = .leftAlone(reason)
            items.append(item)
        }
        for (place, reason) in walk.failures { fail(place.isEmpty ? folder : folder / place, reason) }
    }

    /// A file that is named twice is masked once.
    private mutating func add(_ path: FilePath, place: FilePath, isFromFolder: Bool) {
        if let folder = FileStatus(path.folder)?.identity,
            !seen.insert(Seen(folder: folder, name: path.name)).inserted
        {
            return
        }
        items.append(MaskItem(.file(path), place: place, isFromFolder: isFromFolder))
    }

    private mutating func fail(_ path: FilePath, _ reason: String) {
        let item = MaskItem(.file(path), place: path.name)
        item.outcome = .failed(ProgramFailure(.source, reason))
        items.append(item)
    }

    private mutating func note(_ hidden: Int, _ ours: Int, _ folders: Int) {
        if hidden > 0 { passedOver.append("\(ProgressText.count(hidden, "hidden file")) not looked at") }
        if ours > 0 {
            passedOver.append(
                "\(ProgressText.count(ours, "file")) named like our outputs (*\(OutputNames.mark).*) not looked at")
        }
        if folders > 0 { passedOver.append("\(ProgressText.count(folders, "folder")) not entered (--recursive does)") }
    }

    /// A camera or a URL; nil where the argument names a file.
    package static func address(_ argument: String) -> String? {
        if argument == "camera" || argument.wholeMatch(of: #//dev/video[0-9]+/#) != nil { return argument }
        guard argument.wholeMatch(of: #/(?s)[A-Za-z][A-Za-z0-9+.\-]*://.*/#) != nil, !isFileURL(argument),
            FileStatus(FilePath(argument: argument)) == nil
        else { return nil }
        return argument
    }

    private static func isFileURL(_ argument: String) -> Bool { argument.lowercased().hasPrefix("file://") }

    private static func localPath(_ argument: String) -> FilePath {
        let path = FilePath(argument: argument)
        guard isFileURL(argument), FileStatus(path) == nil else { return path }
        // Percent signs and all: bytes again.
        let rest = argument.utf8.dropFirst("file://".utf8.count).drop { $0 != UInt8(ascii: "/") }
        var bytes: [UInt8] = []
        var remaining = rest
        while let byte = remaining.first {
            if byte == UInt8(ascii: "%"),
                let value = UInt8(String(decoding: remaining.dropFirst().prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                remaining = remaining.dropFirst(3)
            } else {
                bytes.append(byte)
                remaining = remaining.dropFirst()
            }
        }
        return FilePath(bytes: bytes)
    }
}
