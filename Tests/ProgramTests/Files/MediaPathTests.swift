// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

@Suite struct MediaPathTests {
    @Test(arguments: [
        Array("talk.mp4".utf8), [0xff, 0xfe, 0x2e, 0x6d], Array("a\nb %03d é".utf8), Array("-x".utf8),
    ])
    func anyNameGoesThroughJSON(bytes: [UInt8]) throws {
        let path = MediaPath(bytes: bytes)
        let data = try JSONEncoder().encode([path])
        #expect(try JSONDecoder().decode([MediaPath].self, from: data) == [path])
    }

    @Test(arguments: [
        ("talk.MP4", "mp4"), ("dir.d/talk", ""), (".hidden", ""), ("a.tar.gz", "gz"), ("/x/y.z/", "z"), ("", ""),
    ])
    func suffixes(name: String, suffix: String) {
        #expect(MediaPath(name).suffix == suffix)
    }

    @Test func messagesShowWhatCannotBePrinted() {
        #expect(MediaPath(bytes: [0x61, 0x0a, 0xff, 0xc3, 0xa9]).description == "a\\x0a\\xffé")
    }

    @Test(arguments: [("rtsp://host/x", true), ("talk:1.mp4", false), ("C://x", false), ("://x", false), ("a", false)])
    func addresses(name: String, isAddress: Bool) {
        #expect(MediaPath(name).isAddress == isAddress)
    }
}

@Suite struct BoundedQueueTests {
    @Test func elementsComeInOrderToTheEnd() async {
        let queue = BoundedQueue<Int>(capacity: 3)
        let thread = Thread {
            for number in 0..<1000 { _ = queue.push(number) }
            queue.end()
        }
        thread.start()
        var numbers: [Int] = []
        while let number = queue.pop() { numbers.append(number) }
        #expect(numbers == Array(0..<1000))
    }

    @Test func whoWaitsIsLetGoByACancel() {
        let queue = BoundedQueue<Int>(capacity: 1)
        #expect(queue.push(1))
        let thread = Thread { queue.cancel() }
        thread.start()
        #expect(!queue.push(2))
        #expect(queue.pop() == nil)
    }

    @Test func whatCostsNothingIsAlwaysTaken() {
        let queue = BoundedQueue<Int>(capacity: 1)
        for number in 0..<100 { #expect(queue.push(number, cost: 0)) }
        queue.end()
        #expect(queue.pop() == 0)
    }

    /// What was given out is not kept: a frame of 8K has 50 MB.
    @Test func keepsNothingThatWasGivenOut() {
        final class Token: Sendable {}
        let queue = BoundedQueue<Token>(capacity: 8)
        weak var watched: Token?
        func fill() {
            let token = Token()
            watched = token
            _ = queue.push(token)
            _ = queue.push(Token())
        }
        fill()
        _ = queue.pop()
        #expect(watched == nil)
    }
}
