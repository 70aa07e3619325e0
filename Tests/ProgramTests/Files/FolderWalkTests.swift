// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

@Suite struct FolderWalkTests {
    @Test func everyEntryIsAccountedFor() throws {
        let folder = try TestFolder()
        for name in ["b.png", "a.mp4", ".hidden.png", "a_masked.mp4", "-x.png", "new\nline.png", "%03d.png"] {
            folder.write("x", to: folder / name)
        }
        folder.write("x", to: folder / [0xFF, 0x2E, 0x6D])
        let inner = folder.makeFolder("inner")
        folder.write("x", to: inner / FilePath("c.png"))
        folder.link(FilePath("a.mp4"), as: folder / "link.mp4")
        folder.link(FilePath("nowhere"), as: folder / "broken.mp4")
        folder.link(FilePath("."), as: folder / "circle")
        _ = (folder / "pipe.mp4").withCString { mkfifo($0, 0o600) }

        let walk = FolderWalk(folder.path, recursive: false)
        let expected = ["%03d.png", "-x.png", "a.mp4", "b.png", "link.mp4", "new\nline.png"].map { FilePath($0) }
        #expect(walk.files == expected + [FilePath(bytes: [0xFF, 0x2E, 0x6D])])
        #expect(walk.others.map(\.path) == ["broken.mp4", "circle", "pipe.mp4"].map { FilePath($0) })
        #expect(walk.hidden == 1 && walk.ours == 1 && walk.folders == 1 && walk.failures.isEmpty)

        let deep = FolderWalk(folder.path, recursive: true)
        #expect(deep.files == walk.files + [FilePath("inner/c.png")] && deep.folders == 0)
        let excluded = try #require(FileStatus(inner)).identity
        #expect(FolderWalk(folder.path, recursive: true, excluding: [excluded]).files == walk.files)
    }

    @Test func aFolderThatCannotBeReadIsAFailure() throws {
        let folder = try TestFolder()
        let walk = FolderWalk(folder / "missing", recursive: true)
        #expect(walk.failures.count == 1 && walk.files.isEmpty)
    }

    @Test func inputsOfAllKinds() throws {
        let folder = try TestFolder()
        folder.write("x", to: folder / "a b.mp4")
        folder.write("x", to: folder / "camera")
        let text = folder.path.description
        let inputs = MaskInputs(
            [
                text, text + "/a b.mp4", "file://" + text + "/a%20b.mp4", "rtsp://user:secret@host/x", "camera",
                "/dev/video7",
                text + "/missing.mp4", "/dev/null", text + "/camera",
            ], recursive: false)
        let sources = inputs.items.map(\.source)
        #expect(
            sources == [
                .file(folder / "a b.mp4"), .file(folder / "camera"), .address("rtsp://user:secret@host/x"),
                .address("camera"),
                .address("/dev/video7"), .file(folder / "missing.mp4"), .file(FilePath("/dev/null")),
            ])
        let failed = inputs.items.filter { if case .failed = $0.outcome { true } else { false } }
        #expect(failed.map(\.source) == [.file(folder / "missing.mp4"), .file(FilePath("/dev/null"))])
        #expect(inputs.folderCount == 1)
    }
}
