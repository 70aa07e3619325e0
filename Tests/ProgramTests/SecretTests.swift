// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

/// Passwords: where they may come from, and that they stay out of sight.
@Suite struct SecretTests {
    private func file(_ text: String, _ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + UUID().uuidString
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        chmod(path, 0o600)
        try body(path)
    }

    @Test func theEnvironmentGivesBothOrNeither() throws {
        let both = ["FACEANON_SOURCE_USER": "me", "FACEANON_SOURCE_PASSWORD": "pass:word"]
        #expect(
            try Credentials.find("source", file: nil, environment: both)
                == Credentials(user: "me", password: "pass:word"))
        #expect(try Credentials.find("target", file: nil, environment: both) == nil)
        for name in both.keys {
            let error = #expect(throws: ProgramFailure.self) {
                try Credentials.find("source", file: nil, environment: both.filter { $0.key == name })
            }
            #expect(error?.status == .misuse)
        }
    }

    @Test(arguments: [("me:pass\n", "me", "pass"), ("me:p:a:s\r\nmore", "me", "p:a:s"), ("me:", "me", "")])
    func aFileHoldsThemInItsFirstLine(_ text: String, _ user: String, _ password: String) throws {
        try file(text) { path in
            let found = try Credentials.find("source", file: path)
            #expect(found == Credentials(user: user, password: password))
        }
    }

    @Test(arguments: ["", "only-a-word", ":password", "\nme:pass"]) func otherFilesAreRefused(_ text: String) throws {
        try file(text) { path in
            let error = #expect(throws: ProgramFailure.self) { try Credentials.find("source", file: path) }
            #expect(error?.description.contains(path) == true)
            // What the file holds may be a secret all the same.
            #expect(error?.description.contains("only-a-word") == false)
        }
    }

    @Test func aSecretIsTakenOutInEveryForm() {
        var redactor = Redactor()
        redactor.hide(Credentials(user: "me", password: "p@ss word"))
        let base64 = Data("me:p@ss word".utf8).base64EncodedString()
        for text in ["is p@ss word.", "p%40ss%20word", "Basic \(base64)"] {
            let redacted = redactor.redacted(text)
            #expect(redacted.contains("***") && !redacted.contains("word") && !redacted.contains(base64), "\(redacted)")
        }
    }

    @Test func urlsLoseWhatStandsBeforeTheHost() {
        let redactor = Redactor()
        #expect(
            redactor.redacted("at rtsp://me:secret@host/a?b, rtsp://host/c") == "at rtsp://***@host/a?b, rtsp://host/c")
        #expect(redactor.redacted("rtsp://me:se@cret@host/") == "rtsp://***@host/")
        #expect(redactor.redacted("nobody@host") == "nobody@host")
    }

    @Test(arguments: [
        "rtsp://me:pass@host/x", "rtsp://me@host", "http://:pass@host:80/x?y", "rtsp://me:pa@ss@host/x",
    ])
    func urlsWithCredentialsAreRefused(_ url: String) {
        for isSource in [true, false] {
            let error = #expect(throws: ProgramFailure.self) {
                _ = try isSource ? StreamAddress(source: url) : StreamAddress(target: url)
            }
            #expect(error?.status == .misuse)
            #expect(
                error?.description.contains("pass@") == false && error?.description.contains("-credentials") == true)
        }
    }

    @Test func otherURLsAreTaken() throws {
        #expect(try StreamAddress(source: "rtsp://host/a@b").uri == "rtsp://host/a@b")
        #expect(try StreamAddress(target: "rtsps://host:322/x").isRTSP)
        #expect(try StreamAddress(source: "test").isTest)
        #expect(try StreamAddress(source: "/etc/passwd").uri == "file:///etc/passwd")
        for wrong in ["/no/such/file", "/etc", ""] {
            #expect(throws: ProgramFailure.self) { try StreamAddress(source: wrong) }
        }
        for wrong in ["http://host/x", "host", "rtsp:", "rtsp://"] {
            #expect(throws: ProgramFailure.self) { try StreamAddress(target: wrong) }
        }
    }
}
