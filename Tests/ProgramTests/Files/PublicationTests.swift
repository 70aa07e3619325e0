// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

/// Files get their names when they are complete, all or none, and nothing of others is touched.
@Suite struct PublicationTests {
    private static func make(
        _ path: FilePath, _ text: String, replaces: Bool = false, named: Bool = false, mode: UInt32 = 0o640
    ) throws -> UnpublishedFile {
        let file = try UnpublishedFile(path, replaces: replaces, mode: mode, named: named)
        let descriptor = open(file.workingPath, O_WRONLY)
        try #require(descriptor >= 0)
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
        close(descriptor)
        return file
    }

    @Test(arguments: [false, true]) func aFileAppearsWhenItIsComplete(_ named: Bool) throws {
        let folder = try TestFolder()
        let path = folder / "out.mp4"
        let file = try Self.make(path, "masked", named: named)
        #expect(folder.names.filter { !$0.hasPrefix(".faceanon-") } == [])
        #expect(folder.names.isEmpty == !named)
        try Publication.publish([file])
        #expect(folder.names == ["out.mp4"] && folder.text(path) == "masked")
        #expect(folder.mode(path) == 0o640)
    }

    @Test(arguments: [false, true]) func whatIsLetGoOfLeavesNothing(_ named: Bool) throws {
        let folder = try TestFolder()
        do { _ = try Self.make(folder / "out.mp4", "half", named: named) }
        #expect(folder.names == [])
    }

    @Test(arguments: [false, true]) func aNameOf255BytesWorks(_ named: Bool) throws {
        let folder = try TestFolder()
        let path = folder / [UInt8](repeating: 0xE9, count: 255)
        for replaces in [false, true] {
            let file = try Self.make(path, replaces ? "second" : "first", replaces: replaces, named: named)
            try Publication.publish([file])
        }
        #expect(folder.text(path) == "second" && folder.names.count == 1)
    }

    @Test(arguments: [false, true]) func whoeverMadeTheNameMeanwhileKeepsIt(_ named: Bool) throws {
        let folder = try TestFolder()
        let (path, report) = (folder / "out.mp4", folder / "report")
        let files = [try Self.make(report, "r", named: named), try Self.make(path, "masked", named: named)]
        folder.write("precious", to: path)
        #expect(throws: ProgramFailure.self) { try Publication.publish(files) }
        #expect(folder.text(path) == "precious")
        // Neither of both.
        #expect(folder.text(report) == nil)
        for file in files { _ = file }
    }

    @Test(arguments: [false, true]) func forceReplacesFilesAndLinksNotWhatTheyLeadTo(_ named: Bool) throws {
        let folder = try TestFolder()
        let (target, link, plain) = (folder / "target", folder / "link.mp4", folder / "plain.mp4")
        folder.write("precious", to: target)
        folder.write("old", to: plain)
        folder.link(target, as: link)
        try Publication.publish([
            try Self.make(link, "one", replaces: true, named: named),
            try Self.make(plain, "two", replaces: true, named: named),
        ])
        #expect(folder.text(target) == "precious")
        #expect(!folder.isLink(link) && folder.text(link) == "one" && folder.text(plain) == "two")
        #expect(folder.names == ["link.mp4", "plain.mp4", "target"])
    }

    @Test(arguments: [false, true]) func withForceToo_bothOrNeither(_ named: Bool) throws {
        let folder = try TestFolder()
        let (path, report) = (folder / "out.mp4", folder / "report")
        folder.write("old report", to: report)
        var files = [
            try Self.make(report, "r", replaces: true, named: named),
            try Self.make(path, "masked", replaces: true, named: named),
        ]
        // What is no file is not replaced.
        _ = folder.makeFolder("out.mp4")
        #expect(throws: ProgramFailure.self) { try Publication.publish(files) }
        files = []
        #expect(folder.text(report) == "old report")
        #expect(folder.names == ["out.mp4", "report"])
    }

    @Test func anInputIsNeverReplaced() throws {
        let folder = try TestFolder()
        let (input, path) = (folder / "in.mp4", folder / "out.mp4")
        folder.write("precious", to: input)
        let file = try Self.make(path, "masked", replaces: true)
        // Since the plan was made, somebody has given the input the output's name too.
        folder.hardLink(input, as: path)
        let identity = try #require(FileStatus(input)).identity
        #expect(throws: ProgramFailure.self) { try Publication.publish([file], protecting: [identity]) }
        #expect(folder.text(path) == "precious" && folder.text(input) == "precious")
    }

    @Test func whatIsInTheWayIsSaidBefore() throws {
        let folder = try TestFolder()
        folder.write("x", to: folder / "file")
        _ = folder.makeFolder("folder")
        folder.link(FilePath("nowhere"), as: folder / "broken")
        _ = (folder / "pipe").withCString { mkfifo($0, 0o600) }
        folder.link(FilePath("/dev/null"), as: folder / "null")
        for (name, replaces, status) in [
            ("file", false, ExitStatus.misuse), ("broken", false, .misuse), ("folder", true, .misuse),
            ("pipe", true, .misuse),
            ("null", true, .misuse), ("missing/out", true, .storage), ("file/out", true, .storage),
            ("folder/", true, .misuse), (".", true, .misuse), (String(repeating: "n", count: 256), true, .storage),
        ] {
            let failure = #expect(throws: ProgramFailure.self) {
                try UnpublishedFile(folder / name, replaces: replaces, mode: 0o600)
            }
            #expect(failure?.status == status, "\(name): \(failure?.description ?? "")")
        }
        #expect(folder.names == ["broken", "file", "folder", "null", "pipe"])
    }

    @Test func permissionsAreThoseOfTheInput() {
        #expect(FileMode.output(of: nil, mask: 0o022) == 0o644)
        #expect(FileMode.output(of: 0o600, mask: 0o022) == 0o600)
        #expect(FileMode.output(of: 0o444, mask: 0o022) == 0o644)
        #expect(FileMode.output(of: 0o4777, mask: 0o027) == 0o640)
        #expect(FileMode.output(of: 0o666, mask: 0o777) == 0o400)
    }
}
