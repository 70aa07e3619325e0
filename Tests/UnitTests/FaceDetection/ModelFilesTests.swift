// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import Foundation
import Testing

/// A directory for one test.
final class TemporaryDirectory {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("faceanon-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Makes a directory in it.
    @discardableResult
    func makeDirectory(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
        return path + "/" + name
    }
}

@Suite struct ModelFilesTests {
    static let names = ["pnet.onnx", "rnet.onnx", "onet.onnx"]

    /// The error of a directory with all three models, after something was done to one of them.
    private static func error(_ name: String, after change: (_ file: String) throws -> Void) throws -> ModelError {
        let directory = try TemporaryDirectory()
        for name in names {
            try FileManager.default.copyItem(
                atPath: try TestModels.directory + "/" + name, toPath: directory.path + "/" + name)
        }
        _ = try ModelFiles(directory: directory.path)
        let file = directory.path + "/" + name
        try change(file)
        let error = try #require(throws: ModelError.self) { _ = try ModelFiles(directory: directory.path) }
        // Whatever it is, it names the file and says what to do.
        #expect("\(error)".contains(file))
        #expect("\(error)".contains("make models") && "\(error)".contains("FACEANON_MODEL_DIR"))
        return error
    }

    private static func replace(_ file: String, with bytes: Data) throws {
        try FileManager.default.removeItem(atPath: file)
        try bytes.write(to: URL(fileURLWithPath: file))
    }

    @Test("a missing model is named", arguments: names)
    func missing(name: String) throws {
        let error = try Self.error(name) { try FileManager.default.removeItem(atPath: $0) }
        guard case .missing(let path) = error else { throw error }
        #expect(path.hasSuffix("/" + name) && "\(error)".contains("missing"))
    }

    @Test("a model that is cut short, empty, replaced or changed is damaged", arguments: names)
    func damaged(name: String) throws {
        let whole = try #require(FileManager.default.contents(atPath: try TestModels.directory + "/" + name))
        var changed = whole
        changed[changed.count / 2] ^= 1
        let digests = try [
            whole.dropLast(), whole.prefix(1000), Data(), Data("This is not a model.\n".utf8), whole + [0], changed,
        ].map { bytes in
            let error = try Self.error(name) { try Self.replace($0, with: bytes) }
            guard case .damaged(_, let digest) = error else { throw error }
            #expect("\(error)".contains("damaged") && "\(error)".contains(digest))
            return digest
        }
        #expect(digests.allSatisfy { $0.count == 64 } && Set(digests).count == digests.count)
        // SHA-256 of nothing, FIPS 180-4.
        #expect(digests[2] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("one model in the place of another is damaged")
    func swapped() throws {
        let error = try Self.error("rnet.onnx") { file in
            let other = try #require(FileManager.default.contents(atPath: try TestModels.directory + "/onet.onnx"))
            try Self.replace(file, with: other)
        }
        guard case .damaged = error else { throw error }
    }

    @Test("a directory in the place of a model cannot be read", arguments: names)
    func directory(name: String) throws {
        let error = try Self.error(name) {
            try FileManager.default.removeItem(atPath: $0)
            try FileManager.default.createDirectory(atPath: $0, withIntermediateDirectories: false)
        }
        guard case .unreadable(_, let reason) = error else { throw error }
        #expect(reason == "Is a directory")
    }

    /// In a process of its own: GLib's first message in a process looks for files, and leaves their errno behind.
    @Test("a model that leads nowhere cannot be read, and the system's reason is given")
    func loop() async {
        await #expect(processExitsWith: .success) {
            let error = try ModelFilesTests.error("pnet.onnx") {
                try FileManager.default.removeItem(atPath: $0)
                try FileManager.default.createSymbolicLink(atPath: $0, withDestinationPath: $0)
            }
            guard case .unreadable(_, let reason) = error else { throw error }
            #expect(reason.contains("symbolic link"))
        }
    }

    @Test("a model without the right to read it cannot be read", .disabled(if: getuid() == 0, "root reads everything"))
    func forbidden() throws {
        let error = try Self.error("onet.onnx") {
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: $0)
        }
        guard case .unreadable(_, let reason) = error else { throw error }
        #expect(reason == "Permission denied")
    }

    @Test("a file in the place of the directory is said to be no directory")
    func noDirectory() throws {
        let file = try TestModels.directory + "/pnet.onnx"
        let error = try #require(throws: ModelError.self) { _ = try ModelFiles(directory: file) }
        #expect(error == .unreadable(path: file + "/pnet.onnx", reason: "Not a directory"))
    }

    @Test("a directory that is not there is one in which the first model is missing")
    func missingDirectory() {
        #expect(throws: ModelError.missing(path: "/nonexistent/pnet.onnx")) {
            try ModelFiles(directory: "/nonexistent")
        }
    }
}

/// Each in a process of its own: the environment is the process's, and GLib keeps the first answer it gives.
@Suite struct ModelDirectoryTests {
    @Test("the property wins over all other places, and is taken as it is")
    func property() async {
        await #expect(processExitsWith: .success) {
            setenv("FACEANON_MODEL_DIR", "/named", 1)
            let found = try ModelDirectory.find(property: "/a/b", besidePlugin: "/c")
            #expect(found == "/a/b")
        }
    }

    @Test("then the environment's, as it is")
    func environment() async {
        await #expect(processExitsWith: .success) {
            let root = try TemporaryDirectory()
            try root.makeDirectory("faceanon-models")
            setenv("FACEANON_MODEL_DIR", "/named", 1)
            #expect(try ModelDirectory.find(property: "", besidePlugin: root.path) == "/named")
        }
    }

    @Test("then faceanon-models beside the plugin, the user's data directory, and the system's, where they exist")
    func existing() async {
        await #expect(processExitsWith: .success) {
            let root = try TemporaryDirectory()
            setenv("FACEANON_MODEL_DIR", "", 1)
            setenv("XDG_DATA_HOME", root.path + "/user", 1)
            setenv("XDG_DATA_DIRS", "\(root.path)/first:\(root.path)/second", 1)
            let places = [
                "plugin/faceanon-models", "user/faceanon/models", "first/faceanon/models", "second/faceanon/models",
            ].map { root.path + "/" + $0 }
            // From the last place to the first, each new one wins.
            for place in places.reversed() {
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                #expect(try ModelDirectory.find(property: "", besidePlugin: root.path + "/plugin") == place)
            }
            #expect(try ModelDirectory.find(property: "", besidePlugin: nil) == places[1])
        }
    }

    @Test("where there is none, the error lists all places that were looked in")
    func none() async {
        await #expect(processExitsWith: .success) {
            let root = try TemporaryDirectory()
            unsetenv("FACEANON_MODEL_DIR")
            setenv("XDG_DATA_HOME", root.path + "/user", 1)
            setenv("XDG_DATA_DIRS", root.path + "/system", 1)
            // A file is no directory.
            try root.makeDirectory("user/faceanon")
            try Data().write(to: URL(fileURLWithPath: root.path + "/user/faceanon/models"))
            let looked = [
                "/plugin/faceanon-models", root.path + "/user/faceanon/models", root.path + "/system/faceanon/models",
            ]
            let error = try #require(throws: ModelError.noDirectory(looked: looked)) {
                _ = try ModelDirectory.find(property: "", besidePlugin: "/plugin")
            }
            for place in looked { #expect("\(error)".contains(place)) }
            #expect("\(error)".contains("make models") && "\(error)".contains("model-dir"))
        }
    }
}
