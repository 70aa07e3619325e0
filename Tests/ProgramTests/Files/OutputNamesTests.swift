// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Testing

@Suite struct OutputNamesTests {
    @Test func outputsLieBesideTheirInputs() {
        #expect(OutputNames.beside(FilePath("talk.mp4"), suffix: "mp4") == FilePath("talk_masked.mp4"))
        #expect(OutputNames.beside(FilePath("talk.avi"), suffix: "mkv") == FilePath("talk_masked.mkv"))
        #expect(OutputNames.beside(FilePath("talk"), suffix: "mp4") == FilePath("talk_masked.mp4"))
        #expect(OutputNames.beside(FilePath("a.b.c"), suffix: "mp4") == FilePath("a.b_masked.mp4"))
    }

    @Test func inAFolderOfTheirOwnTheyKeepTheirNames() {
        for name in ["a.png", "a.PNG", "a.jpeg", "a.JPG", "a.jfif", "a.tiff"] {
            let suffix = name.hasSuffix("tiff") ? "tif" : name.lowercased().hasSuffix("png") ? "png" : "jpg"
            #expect(OutputNames.inFolder(FilePath(name), suffix: suffix) == FilePath(name))
        }
        #expect(OutputNames.inFolder(FilePath("a.avi"), suffix: "mkv") == FilePath("a.mkv"))
        #expect(OutputNames.inFolder(FilePath("a.avi"), suffix: "mkv", wholeName: true) == FilePath("a.avi.mkv"))
        #expect(OutputNames.inFolder(FilePath("a"), suffix: "mkv") == FilePath("a.mkv"))
        #expect(OutputNames.report(FilePath("a.avi")) == FilePath("a.avi.jsonl"))
        #expect(OutputNames.partial(FilePath("x/a.mkv")) == FilePath("x/a.partial.mkv"))
    }

    @Test(arguments: ["n", "é", "漢", "\u{1F600}"]) func longNamesAreShortened(_ letter: String) {
        for length in [240, 247, 250, 251] {
            var stem = ""
            while stem.utf8.count + letter.utf8.count <= length { stem += letter }
            let names = ["x", "y"].map { OutputNames.beside(FilePath(stem + $0 + ".mp4"), suffix: "mp4") }
            for name in names {
                #expect(name.bytes.count <= 255, "\(name)")
                #expect(name.hasSuffix("_masked.mp4") && name.text != nil, "\(name)")
                #expect(OutputNames.isOurs(name))
            }
            #expect(names[0] != names[1])
            #expect(names[0] == OutputNames.beside(FilePath(stem + "x.mp4"), suffix: "mp4"))
        }
    }

    @Test func namesThatAreNoTextAreShortenedToo() {
        let bytes = [UInt8](repeating: 0x80, count: 250)
        let name = OutputNames.beside(FilePath(bytes: bytes), suffix: "mp4")
        #expect(name.bytes.count <= 255 && name.hasSuffix("_masked.mp4"))
        #expect(OutputNames.beside(FilePath("a.mp4"), suffix: "mp4", limit: 20).bytes.count <= 20)
    }

    @Test func ourOutputsAreKnown() {
        #expect(OutputNames.isOurs(FilePath("a_masked.mp4")) && OutputNames.isOurs(FilePath("_masked.png")))
        #expect(!OutputNames.isOurs(FilePath("a_masked.mp4.mp4")) && !OutputNames.isOurs(FilePath("masked.mp4")))
    }
}
