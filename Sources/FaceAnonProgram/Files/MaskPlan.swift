// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// Where everything goes. Nothing is written while a plan is made: what cannot go well as a whole is refused before.
package struct MaskPlan {
    /// Where outputs are wanted.
    package enum Target: Sendable {
        case besideInput
        case file(FilePath)
        case folder(FilePath)
    }

    /// Where reports are wanted.
    package enum ReportTarget: Sendable {
        case none
        case file(FilePath)
        case folder(FilePath)
    }

    private let target: Target
    private let reports: ReportTarget
    private let replaces: Bool

    package init(_ target: Target, reports: ReportTarget = .none, replaces: Bool = false) {
        (self.target, self.reports, self.replaces) = (target, reports, replaces)
    }

    /// A file, told apart from others by its folder and name, whether it exists or not.
    private struct Place: Hashable {
        let folder: FileIdentity?
        /// Of a folder that is not there yet.
        let folderPath: FilePath?
        let name: FilePath

        init(_ path: FilePath) {
            folder = FileStatus(path.folder)?.identity
            folderPath = folder == nil ? path.folder : nil
            name = path.name
        }
    }

    /// Gives every item that has facts, or needs none, its output and report.
    package func apply(to items: [MaskItem]) throws(ProgramFailure) {
        let open = items.filter { $0.outcome == nil }
        for item in open { (item.output, item.report) = (output(of: item, wholeName: false), report(of: item)) }
        separate(open)
        try refuseClashes(open, inputs: items)
        for item in open {
            guard let output = item.output else { continue }
            do throws(ProgramFailure) {
                try check(output)
                if let report = item.report { try check(report) }
            } catch {
                item.outcome = .failed(error)
            }
        }
    }

    /// A folder that is yet to be made holds nothing in the way.
    private func check(_ path: FilePath) throws(ProgramFailure) {
        let isOurs =
            switch (target, reports) {
            case (.folder, _), (_, .folder): FileStatus(path.folder) == nil
            default: false
            }
        if !isOurs { try UnpublishedFile.check(path, replaces: replaces) }
    }

    // MARK: - Names

    private func output(of item: MaskItem, wholeName: Bool) -> FilePath? {
        switch target {
        case .file(let path): return path
        case .besideInput:
            guard case .file(let path) = item.source, let suffix = item.facts?.suffix else { return nil }
            let limit = Self.nameLimit(path.folder)
            return path.inItsFolder(OutputNames.beside(path.name, suffix: suffix, wholeName: wholeName, limit: limit))
        case .folder(let folder):
            guard let suffix = item.facts?.suffix else { return nil }
            let name = OutputNames.inFolder(
                item.place.name, suffix: suffix, wholeName: wholeName, limit: Self.nameLimit(folder))
            return folder / item.place.inItsFolder(name)
        }
    }

    private func report(of item: MaskItem) -> FilePath? {
        switch reports {
        case .none: return nil
        case .file(let path): return path
        case .folder(let folder):
            let name = OutputNames.report(item.place.name, limit: Self.nameLimit(folder))
            return folder / item.place.inItsFolder(name)
        }
    }

    /// What the file system says of the length of names, bytes.
    package static func nameLimit(_ folder: FilePath) -> Int {
        let limit = (folder.isEmpty ? FilePath(".") : folder).withCString { pathconf($0, Int32(_PC_NAME_MAX)) }
        return limit > 0 ? Int(limit) : OutputNames.usualLimit
    }

    /// Inputs of a folder that differ in their suffix alone, such as `a.avi` and `a.mkv`, keep it in the output's name where
    /// they would come out as the same kind.
    private func separate(_ items: [MaskItem]) {
        var groups: [Place: [MaskItem]] = [:]
        for item in items { if let output = item.output { groups[Place(output), default: []].append(item) } }
        for group in groups.values where group.count > 1 {
            let kinds = Set(group.map { $0.place })
            guard kinds.count == group.count,
                group.allSatisfy({ if case .file = target { false } else { $0.facts != nil } })
            else { continue }
            for item in group where item.place.kind != item.facts?.suffix {
                item.output = output(of: item, wholeName: true)
            }
        }
    }

    // MARK: - Clashes

    private func refuseClashes(_ items: [MaskItem], inputs: [MaskItem]) throws(ProgramFailure) {
        let identities = Set(inputs.compactMap(\.identity))
        let places = Set(inputs.compactMap { if case .file(let path) = $0.source { Place(path) } else { nil } })
        var taken: [Place: MaskItem] = [:]
        for item in items {
            for path in [item.output, item.report].compactMap({ $0 }) {
                let place = Place(path)
                let there = [FileStatus(path), FileStatus(path, links: true)].compactMap { $0?.identity }
                guard !places.contains(place), !there.contains(where: { identities.contains($0) }) else {
                    throw ProgramFailure(
                        .misuse, "\(path), which would be written for \(item.shown), is an input: nothing was written")
                }
                if let other = taken.updateValue(item, forKey: place) {
                    let both =
                        other === item
                        ? "the output and the report of \(item.shown)" : "\(other.shown) and \(item.shown)"
                    throw ProgramFailure(.misuse, "\(both) would both be written to \(path): nothing was written")
                }
            }
        }
    }
}

extension FilePath {
    /// Another name in the folder that this path names; a name alone stays one.
    func inItsFolder(_ name: FilePath) -> FilePath {
        bytes.contains(UInt8(ascii: "/")) ? folder / name : name
    }
}
