// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Testing

@Suite struct FilePathTests {
    @Test(arguments: [
        ("a/b.mp4", "a", "b.mp4", "b", "mp4"), ("b.mp4", ".", "b.mp4", "b", "mp4"), ("/b", "/", "b", "b", nil),
        ("a//b.tar.GZ", "a", "b.tar.GZ", "b.tar", "GZ"), ("a/b/", "a", "b", "b", nil),
        (".hidden", ".", ".hidden", ".hidden", nil),
        ("..x", ".", "..x", "..x", nil), ("end.", ".", "end.", "end.", nil), ("-x.png", ".", "-x.png", "-x", "png"),
        ("a.b/c", "a.b", "c", "c", nil), ("/", ".", "/", "/", nil),
    ])
    func partsOfPaths(_ text: String, _ folder: String, _ name: String, _ stem: String, _ suffix: String?) {
        let path = FilePath(text)
        #expect(path.folder == FilePath(folder))
        #expect(path.name == FilePath(name))
        #expect(path.stem == FilePath(stem))
        #expect(path.suffix == suffix.map { FilePath($0) })
    }

    @Test func kindsAreLettersAndDigits() {
        #expect(FilePath("a.MP4").kind == "mp4")
        #expect(
            FilePath("a.m p").kind == nil && FilePath("a.é").kind == nil
                && FilePath(bytes: [0x61, 0x2E, 0xFF]).kind == nil)
    }

    /// Every name that Linux allows comes through the command line as it was.
    @Test(
        arguments: [
            Array("plain.mp4".utf8), [0xFF, 0xFE], [0x61, 0xC3], [0xC3, 0xA9], [0x65, 0xCC, 0x81], [0xED, 0xA0, 0x80],
            [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], Array(1...255),
            Array((1...255).reversed()),
            [0xF4, 0x8F, 0xBF], [0x80], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func namesAreBytes(_ bytes: [UInt8]) {
        let argument = RawArguments.text(bytes)
        #expect(FilePath(argument: argument).bytes == bytes)
        let equal = RawArguments.text(Array(argument.utf8))
        #expect(equal == argument || bytes != Array(argument.utf8))
    }

    @Test func twoSpellingsAreTwoNames() {
        let (composed, decomposed) = (FilePath("\u{E9}"), FilePath("e\u{301}"))
        #expect(composed != decomposed && Set([composed, decomposed]).count == 2)
    }

    @Test(
        arguments: [
            (Array("plain é 漢.mp4".utf8), "plain é 漢.mp4"), (Array("a\nb\tc\rd".utf8), #"a\nb\tc\rd"#),
            (Array("\u{1B}[2Jx".utf8), #"\u{1b}[2Jx"#), (Array("a\u{202E}gpm".utf8), #"a\u{202e}gpm"#),
            ([0x61, 0xFF, 0x62], #"a\xffb"#), ([0x61, 0xC3], #"a\xc3"#), (Array(#"a\nb"#.utf8), #"a\\nb"#),
            ([0x9B, 0x41], #"\x9bA"#), (Array("\u{9B}A".utf8), #"\u{9b}A"#),
        ] as [([UInt8], String)])
    func whatIsShownSteersNoTerminal(_ bytes: [UInt8], _ shown: String) {
        #expect(FilePath(bytes: bytes).description == shown)
    }

    @Test func pathsAreJoined() {
        #expect(FilePath("a") / FilePath("b") == FilePath("a/b"))
        #expect(FilePath("/") / FilePath("b") == FilePath("/b"))
        #expect(FilePath("") / FilePath("b") == FilePath("b"))
    }
}
