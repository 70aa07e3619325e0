// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation

/// A folder that is gone after the test.
final class TestFolder {
    let path: FilePath
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("faceanon-files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = FilePath(url.path)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    static func / (folder: TestFolder, name: String) -> FilePath { folder.path / FilePath(name) }

    static func / (folder: TestFolder, name: [UInt8]) -> FilePath { folder.path / FilePath(bytes: name) }

    func write(_ text: String, to path: FilePath) {
        let file = path.withCString { open($0, O_WRONLY | O_CREAT | O_TRUNC, 0o644) }
        _ = text.withCString { Foundation.write(file, $0, strlen($0)) }
        close(file)
    }

    func makeFolder(_ name: String) -> FilePath {
        let path = self / name
        _ = path.withCString { mkdir($0, 0o755) }
        return path
    }

    func link(_ target: FilePath, as path: FilePath) {
        _ = target.withCString { target in path.withCString { symlink(target, $0) } }
    }

    func hardLink(_ target: FilePath, as path: FilePath) {
        _ = target.withCString { target in path.withCString { Foundation.link(target, $0) } }
    }

    func text(_ path: FilePath) -> String? {
        let file = path.withCString { open($0, O_RDONLY) }
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// What is in there, hidden files as well, sorted.
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: url.path).sorted()) ?? [] }

    func mode(_ path: FilePath) -> UInt32 {
        var status = stat()
        _ = path.withCString { lstat($0, &status) }
        return status.st_mode & 0o7777
    }

    func isLink(_ path: FilePath) -> Bool {
        var status = stat()
        return path.withCString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFLNK
    }
}
