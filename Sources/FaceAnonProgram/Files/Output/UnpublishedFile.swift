// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// A file in the making. It has no name, or where the file system cannot have such files one that nobody can guess, and gets
/// its own in one step when it is complete (`Publication`). One that is let go of before leaves nothing behind.
package final class UnpublishedFile {
    package let path: FilePath
    /// Whether it takes the place of a file that is there.
    package let replaces: Bool

    let folder: Descriptor
    let file: Descriptor
    let name: FilePath
    /// In `folder`; nil where the file has no name at all.
    var temporaryName: FilePath?
    /// Who may do what with the file in the end.
    private let mode: UInt32

    /// Makes the file, empty, in the folder of `path`.
    package init(_ path: FilePath, replaces: Bool, mode: UInt32, named: Bool = false) throws(ProgramFailure) {
        self.path = path
        self.replaces = replaces
        self.mode = mode
        name = path.name
        try Self.check(path, replaces: replaces)
        let folderPath = path.folder
        let opened = Self.open(folder: folderPath)
        guard opened >= 0 else {
            throw ProgramFailure(.storage, "the folder \(folderPath) cannot be written to: \(SystemError.text())")
        }
        folder = Descriptor(taking: opened)
        // Not in every file system, and not in every kernel's form of one.
        let unnamed = named ? -1 : openat(opened, ".", __O_TMPFILE | O_RDWR | O_CLOEXEC, 0o600)
        if unnamed >= 0 {
            file = Descriptor(taking: unnamed)
        } else {
            let name = Self.unguessableName()
            let descriptor = Self.open(new: name, in: opened)
            guard descriptor >= 0 else {
                throw ProgramFailure(
                    .storage, "no file can be made in the folder \(folderPath): \(SystemError.text())")
            }
            file = Descriptor(taking: descriptor)
            temporaryName = name
        }
    }

    deinit { discard() }

    /// Opens a folder, to work in it whatever becomes of its name. One that may not be read can still be written to.
    private static func open(folder path: FilePath) -> Int32 {
        path.withCString { path in
            let folder = Foundation.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            return folder >= 0 || errno != EACCES ? folder : Foundation.open(path, __O_PATH | O_DIRECTORY | O_CLOEXEC)
        }
    }

    /// A new file of that name, which must not exist in any form, be it a link that leads nowhere. -1 with errno set
    /// where that fails.
    static func open(new name: FilePath, in folder: Int32) -> Int32 {
        name.withCString { openat(folder, $0, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600) }
    }

    /// The path by which a worker writes the file.
    package var workingPath: String { file.path }

    /// Bytes that are in it.
    package var size: Int64 { FileStatus(descriptor: file.number)?.size ?? 0 }

    /// Takes back what has no name of its own yet.
    func discard() {
        if let temporaryName { _ = temporaryName.withCString { unlinkat(folder.number, $0, 0) } }
        temporaryName = nil
    }

    /// Refuses what must not be written to, before anything is made.
    package static func check(_ path: FilePath, replaces: Bool) throws(ProgramFailure) {
        guard !path.name.isEmpty, path.bytes.last != UInt8(ascii: "/"), path.name.text != ".", path.name.text != ".."
        else { throw ProgramFailure(.misuse, "\(path) is not the name of a file") }
        let folder = path.folder
        guard let there = FileStatus(folder) else {
            throw ProgramFailure(.storage, "there is no folder \(folder)")
        }
        guard there.kind == .folder else { throw ProgramFailure(.storage, "\(folder) is not a folder") }
        guard let link = FileStatus(path, links: true) else {
            if errno == ENAMETOOLONG { throw ProgramFailure(.storage, "the name \(path.name) is too long") }
            return
        }
        let target = link.kind == .link ? FileStatus(path) : link
        if target?.kind == .folder { throw ProgramFailure(.misuse, "\(path) is a folder: --output-dir takes one") }
        if target?.kind == .other { throw ProgramFailure(.misuse, "\(path) is a device or a pipe, not a file") }
        guard replaces else { throw ProgramFailure(.misuse, "\(path) exists: --force replaces it") }
    }

    /// Makes the bytes safe on the disk, with the permissions that they are to have.
    func settle() throws(ProgramFailure) {
        guard fchmod(file.number, mode_t(mode)) == 0, fsync(file.number) == 0 else {
            throw ProgramFailure(.storage, "\(path) cannot be written: \(SystemError.text())")
        }
    }

    /// 128 bits from the system's source of randomness.
    static func unguessableName() -> FilePath {
        var generator = SystemRandomNumberGenerator()
        let parts = (0..<2).map { _ in String(generator.next() as UInt64, radix: 16) }
        return FilePath(".faceanon-" + parts.joined(separator: "-"))
    }
}

/// The permissions that new files get.
package enum FileMode {
    /// What the process's creator took away. Asked for before there are threads: the only way to read it is to set it.
    static let mask: UInt32 = {
        let mask = umask(0o077)
        umask(mask)
        return UInt32(mask)
    }()

    /// Of a masked file: for those who may read and write the input, less what the user's mask takes away.
    package static func output(of input: UInt32?, mask: UInt32 = FileMode.mask) -> UInt32 {
        ((input ?? 0o666) & 0o666 | 0o600) & ~mask | 0o400
    }

    /// Of a report, which tells where faces are.
    package static let report: UInt32 = 0o600
}
