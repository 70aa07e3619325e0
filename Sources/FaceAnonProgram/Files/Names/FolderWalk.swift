// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// What is in a folder, each entry accounted for: found, passed over or in the way.
package struct FolderWalk {
    /// Files, by their path below the folder, in the order of their bytes.
    package private(set) var files: [FilePath] = []
    /// What is no file, with what it is.
    package private(set) var others: [(path: FilePath, reason: String)] = []
    /// What could not be looked at, with the reason.
    package private(set) var failures: [(path: FilePath, reason: String)] = []
    /// Names that begin with a dot.
    package private(set) var hidden = 0
    /// Outputs of faceanon's by their names.
    package private(set) var ours = 0
    /// Folders that were not entered, since nobody asked for it.
    package private(set) var folders = 0

    private let isRecursive: Bool
    /// Folders that are not entered: those of the outputs.
    private let excluded: Set<FileIdentity>

    /// Links to files count as files; links to folders are not followed, since they could lead round in a circle.
    package init(_ folder: FilePath, recursive: Bool, excluding excluded: Set<FileIdentity> = []) {
        isRecursive = recursive
        self.excluded = excluded
        var entered: Set<FileIdentity> = []
        var waiting = [FilePath("")]
        while let next = waiting.popLast() {
            // A folder that is mounted below itself is entered once.
            if let status = FileStatus(folder / next), !entered.insert(status.identity).inserted { continue }
            waiting.append(contentsOf: look(into: next, of: folder).reversed())
        }
    }

    /// Looks at one folder and returns those in it that are to be entered.
    private mutating func look(into place: FilePath, of root: FilePath) -> [FilePath] {
        let names: [FilePath]
        switch Self.names(in: root / place) {
        case .success(let all): names = all
        case .failure(let error):
            failures.append((place, "the folder cannot be read: \(SystemError.text(error.code))"))
            return []
        }
        var inner: [FilePath] = []
        for name in names {
            if name.hasPrefix(".") {
                hidden += 1
                continue
            }
            let path = place / name
            guard let link = FileStatus(root / path, links: true) else {
                failures.append((path, SystemError.text()))
                continue
            }
            let target = link.kind == .link ? FileStatus(root / path) : link
            switch (target?.kind, link.kind) {
            case (.file, _): if OutputNames.isOurs(name) { ours += 1 } else { files.append(path) }
            case (.folder, .link): others.append((path, "a link to a folder"))
            case (.folder, _):
                if target.map({ excluded.contains($0.identity) }) ?? false { continue }
                if isRecursive { inner.append(path) } else { folders += 1 }
            case (nil, _): others.append((path, "a link that leads nowhere"))
            default: others.append((path, "neither a file nor a folder"))
            }
        }
        return inner
    }

    private struct Failure: Error { let code: Int32 }

    private static func names(in folder: FilePath) -> Result<[FilePath], Failure> {
        guard let stream = (folder.isEmpty ? FilePath(".") : folder).withCString({ opendir($0) }) else {
            return .failure(Failure(code: errno))
        }
        defer { closedir(stream) }
        var names: [FilePath] = []
        errno = 0
        while let entry = readdir(stream), let start = entry.pointer(to: \.d_name) {
            // The memory of an entry may end with its name.
            let room = Int(entry.pointee.d_reclen) - (UnsafeRawPointer(start) - UnsafeRawPointer(entry))
            let name = FilePath(bytes: UnsafeRawBufferPointer(start: start, count: room))
            if name != FilePath("."), name != FilePath("..") { names.append(name) }
            errno = 0
        }
        return errno == 0 ? .success(names.sorted()) : .failure(Failure(code: errno))
    }
}
