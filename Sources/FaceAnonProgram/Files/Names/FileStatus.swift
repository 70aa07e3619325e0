// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// Which file it is, by whatever name.
package struct FileIdentity: Hashable, Sendable {
    package let device: UInt64
    package let number: UInt64
}

/// What the system says of a file.
package struct FileStatus: Sendable {
    package enum Kind: Sendable { case file, folder, link, other }

    package let identity: FileIdentity
    package let kind: Kind
    /// Who may do what: the lowest 12 bits.
    package let mode: UInt32
    /// Bytes.
    package let size: Int64

    /// Of the file itself; nil where there is none. A link counts as what it leads to, with `links` as itself.
    package init?(_ path: FilePath, links: Bool = false) {
        var status = stat()
        guard path.withCString({ links ? lstat($0, &status) : stat($0, &status) }) == 0 else { return nil }
        self.init(status)
    }

    package init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of a name in a folder, be it a link.
    init?(folder: Int32, name: FilePath) {
        var status = stat()
        guard name.withCString({ fstatat(folder, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        identity = FileIdentity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        mode = status.st_mode & 0o7777
        size = Int64(status.st_size)
    }
}

/// The system's word for a failure.
enum SystemError {
    static func text(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
}

/// A descriptor that is closed when nobody needs it any more.
final class Descriptor {
    let number: Int32

    init(taking number: Int32) { self.number = number }

    deinit { close(number) }

    /// By this name the workers, which are processes of the same user, open the file.
    var path: String { "/proc/\(getpid())/fd/\(number)" }
}
