// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CFiles
internal import Foundation

/// Gives complete files their names: all of them, or none.
package struct Publication {
    /// Files that must not be replaced, whatever their names are: the inputs.
    private let protected: Set<FileIdentity>
    /// How to take back what was done, the last first.
    private var undo: [() -> Void] = []
    /// What to clear away when all is done.
    private var finish: [() -> Void] = []

    /// Publishes in the order given. Each file's bytes are on the disk before its name is.
    package static func publish(
        _ files: [UnpublishedFile], protecting protected: Set<FileIdentity> = []
    ) throws(ProgramFailure) {
        for file in files { try file.settle() }
        var publication = Publication(protected: protected)
        do {
            for file in files {
                if file.replaces { try publication.replace(file) } else { try publication.add(file) }
            }
        } catch {
            for step in publication.undo.reversed() { step() }
            throw error
        }
        for step in publication.finish { step() }
        // The names are on the disk as well. Where a folder may not be read, the system does it in its own time.
        for file in files { fsync(file.folder.number) }
    }

    /// Publishes a file under another name of its folder, which must not exist.
    package static func publish(_ file: UnpublishedFile, as path: FilePath) throws(ProgramFailure) {
        try file.settle()
        let name = path.name
        guard link(file, to: name) || claim(file, name) else { throw failure(file, name) }
        fsync(file.folder.number)
    }

    private init(protected: Set<FileIdentity>) { self.protected = protected }

    // MARK: - A name that does not exist

    private mutating func add(_ file: UnpublishedFile) throws(ProgramFailure) {
        let (folder, name) = (file.folder.number, file.name)
        guard Self.link(file, to: name) || Self.claim(file, name) else { throw Self.failure(file, name) }
        let identity = FileStatus(descriptor: file.file.number)?.identity
        undo.append {
            // Only what is still ours.
            guard let identity, FileStatus(folder: folder, name: name)?.identity == identity else { return }
            _ = name.withCString { unlinkat(folder, $0, 0) }
        }
    }

    /// Gives the file a name more, which must not exist.
    private static func link(_ file: UnpublishedFile, to name: FilePath) -> Bool {
        let folder = file.folder.number
        guard let temporary = file.temporaryName else {
            return "/proc/self/fd/\(file.file.number)".withCString { from in
                name.withCString { to in linkat(AT_FDCWD, from, folder, to, AT_SYMLINK_FOLLOW) == 0 }
            }
        }
        let isLinked = temporary.withCString { from in
            name.withCString { to in linkat(folder, from, folder, to, 0) == 0 }
        }
        guard isLinked else { return false }
        file.discard()
        return true
    }

    /// For file systems without hard links: moves the file to its name, which must not exist.
    private static func claim(_ file: UnpublishedFile, _ name: FilePath) -> Bool {
        guard let temporary = file.temporaryName, errno != EEXIST else { return false }
        let folder = file.folder.number
        if rename(file, temporary, name, UInt32(RENAME_NOREPLACE)) { return true }
        guard errno == EINVAL || errno == ENOSYS || errno == ENOTSUP else { return false }
        // Whoever makes the name owns it; then ours takes the place of the empty one.
        let claimed = UnpublishedFile.open(new: name, in: folder)
        guard claimed >= 0 else { return false }
        close(claimed)
        if rename(file, temporary, name, 0) { return true }
        let code = errno
        _ = name.withCString { unlinkat(folder, $0, 0) }
        errno = code
        return false
    }

    private static func rename(
        _ file: UnpublishedFile, _ temporary: FilePath, _ name: FilePath, _ flags: UInt32
    ) -> Bool {
        let isMoved = temporary.withCString { from in
            name.withCString { to in renameat2(file.folder.number, from, file.folder.number, to, flags) == 0 }
        }
        if isMoved { file.temporaryName = nil }
        return isMoved
    }

    // MARK: - A name that may exist

    private mutating func replace(_ file: UnpublishedFile) throws(ProgramFailure) {
        let (folder, name) = (file.folder.number, file.name)
        if file.temporaryName == nil {
            let temporary = UnpublishedFile.unguessableName()
            guard Self.link(file, to: temporary) else { throw Self.failure(file, file.name) }
            file.temporaryName = temporary
        }
        guard let temporary = file.temporaryName else { throw Self.failure(file, file.name) }
        // The old file gets our name for as long as it can still be wanted back.
        let isExchanged = temporary.withCString { from in
            name.withCString { to in renameat2(folder, from, folder, to, UInt32(RENAME_EXCHANGE)) == 0 }
        }
        guard isExchanged else {
            switch errno {
            case ENOENT: return try add(file)
            case EINVAL, ENOSYS, ENOTSUP: return try replaceAtOnce(file, temporary)
            default: throw Self.failure(file, file.name)
            }
        }
        undo.append {
            _ = temporary.withCString { from in
                name.withCString { to in renameat2(folder, from, folder, to, UInt32(RENAME_EXCHANGE)) }
            }
        }
        // It may have become another file since it was looked at.
        try checkReplaced(FileStatus(folder: folder, name: temporary), file)
        finish.append { file.discard() }
    }

    /// For file systems that cannot exchange two names.
    private mutating func replaceAtOnce(_ file: UnpublishedFile, _ temporary: FilePath) throws(ProgramFailure) {
        guard let old = FileStatus(folder: file.folder.number, name: file.name) else { return try add(file) }
        try checkReplaced(old, file)
        guard Self.rename(file, temporary, file.name, 0) else { throw Self.failure(file, file.name) }
    }

    private func checkReplaced(_ old: FileStatus?, _ file: UnpublishedFile) throws(ProgramFailure) {
        guard let old, old.kind == .file || old.kind == .link else {
            throw ProgramFailure(.misuse, "\(file.path) is no file any more: it stays as it is")
        }
        guard !protected.contains(old.identity) else {
            throw ProgramFailure(.misuse, "\(file.path) is an input: it stays as it is")
        }
    }

    private static func failure(_ file: UnpublishedFile, _ name: FilePath) -> ProgramFailure {
        let code = errno
        let path = file.path.inItsFolder(name)
        if code == EEXIST {
            return ProgramFailure(.misuse, "\(path) has been made by somebody else meanwhile: it stays as it is")
        }
        return ProgramFailure(.storage, "\(path) cannot be given its name: \(SystemError.text(code))")
    }
}
