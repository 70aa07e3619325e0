// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// Workers that hang, crash or are interrupted, and files that cannot be written to the end.
@Suite(.serialized) struct MaskWorkerTests {
    /// A clip that takes a while.
    private static func makeLongClip(in scratch: Scratch) throws {
        try MaskProgram.makeClip("long.mp4", in: scratch, seconds: 60, size: "640:640")
    }

    /// The worker that masks: the child of the program that has used most of the processors.
    private static func worker(of command: Command) throws -> pid_t {
        try Wait.until("a worker masks") {
            let children = try Command.run(["pgrep", "-P", "\(command.group)"]).output
                .split(separator: "\n").compactMap { pid_t($0) }
            return children.first
        }
    }

    private static func start(_ arguments: [String], in scratch: Scratch) throws -> Command {
        let command = try Command([MaskProgram.path, "mask"] + arguments, directory: scratch.path)
        // Once it masks, there is a worker with an output.
        _ = try Wait.until("frames are masked") { () -> Bool? in
            if command.hasEnded { throw Command.Failure(description: command.errors + command.output) }
            return command.output.contains(#""event":"progress""#) ? true : nil
        }
        return command
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func anInterruptLeavesNothing(_ signal: Int32) throws {
        let scratch = try Scratch()
        try Self.makeLongClip(in: scratch)
        let command = try Self.start(
            ["long.mp4", "--progress", "json", "--report", "report", "--output-dir", "new"], in: scratch)
        let worker = try Self.worker(of: command)
        let start = ContinuousClock.now
        kill(command.group, signal)
        let outcome = try command.finish()
        #expect(.now - start < .seconds(20))
        #expect(outcome.status == 128 + signal, "\(outcome.errors)")
        #expect(scratch.names() == ["long.mp4"])
        #expect(kill(worker, 0) != 0)
    }

    @Test func workersDieWithTheProgram() throws {
        let scratch = try Scratch()
        try Self.makeLongClip(in: scratch)
        let command = try Self.start(["long.mp4", "--progress", "json"], in: scratch)
        let worker = try Self.worker(of: command)
        kill(command.group, SIGKILL)
        _ = try command.finish()
        _ = try Wait.until("the worker is gone") { kill(worker, 0) != 0 ? true : nil }
        #expect(scratch.names() == ["long.mp4"])
    }

    @Test(arguments: [(SIGSEGV, "SIGSEGV"), (SIGABRT, "SIGABRT"), (SIGKILL, "SIGKILL")])
    func aCrashIsThatFilesFailureAlone(_ signal: Int32, _ name: String) throws {
        let scratch = try Scratch()
        try Self.makeLongClip(in: scratch)
        try MaskProgram.makePicture("small.png", in: scratch)
        let command = try Self.start(["long.mp4", "small.png", "--progress", "json", "--jobs", "1"], in: scratch)
        kill(try Self.worker(of: command), signal)
        let outcome = try command.finish()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("long.mp4: ") && outcome.errors.contains(name), "\(outcome.errors)")
        #expect(scratch.names() == ["long.mp4", "small.png", "small_masked.png"])
    }

    @Test func whatStandsStillIsGivenUp() throws {
        let scratch = try Scratch()
        try Self.makeLongClip(in: scratch)
        try MaskProgram.makePicture("small.png", in: scratch)
        let command = try Self.start(
            ["long.mp4", "small.png", "--progress", "json", "--jobs", "1", "--stall-timeout", "30"], in: scratch)
        kill(try Self.worker(of: command), SIGSTOP)
        let outcome = try command.finish()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("no progress for"), "\(outcome.errors)")
        #expect(scratch.names() == ["long.mp4", "small.png", "small_masked.png"])
    }

    /// A limit on the size of files stands for a quota and a full disk: the write fails in the middle.
    @Test(arguments: ["mp4", "mkv", "avi", "mov", "png"]) func whatCannotBeWrittenToTheEndIsNotThere(_ suffix: String)
        throws
    {
        let scratch = try Scratch()
        let name = suffix == "png" ? "in.png" : "in.mp4"
        if suffix == "png" {
            try scratch.copy(MaskProgram.picture, to: name)
        } else {
            try MaskProgram.makeClip(name, in: scratch, seconds: 4, size: "512:512")
        }
        // Up to the last byte: what is written last, an index, fails too. Without a limit it is known how long OUT is.
        let whole = try MaskProgram.run([name, "--output", "whole." + suffix], in: scratch)
        try #require(whole.status == 0, "\(whole.text)")
        let blocks = scratch.data("whole." + suffix).count / 512
        for limit in [0, 8, blocks / 2, blocks - 1] {
            let outcome = try MaskProgram.shell("ulimit -f \(limit); $MASK \(name) --output out.\(suffix)", in: scratch)
            #expect(outcome.status == 5, "\(limit) of \(blocks): \(outcome.status) \(outcome.text)")
            #expect(scratch.names() == [name, "whole." + suffix])
        }
        let fits = try MaskProgram.shell("ulimit -f \(blocks + 64); $MASK \(name) --output out.\(suffix)", in: scratch)
        #expect(fits.status == 0, "\(fits.text)")
    }

    @Test func aFullDiskIsSaid() throws {
        let scratch = try Scratch()
        try MaskProgram.makeClip("in.mp4", in: scratch, seconds: 4, size: "512:512")
        // In a name space of our own, so that no file system is left behind. Not everybody may make one.
        let outcome = try MaskProgram.shell(
            """
            mkdir small; unshare -m sh -c 'mount -t tmpfs -o size=64k none small || exit 77; '"$MASK"' in.mp4 --output small/out.mp4 --report \
            report; s=$?; ls -A small; exit $s' || exit $?
            """, in: scratch)
        if outcome.status == 77 || outcome.errors.contains("unshare failed") { return }
        #expect(outcome.status == 5 && outcome.output == "", "\(outcome.status) \(outcome.text)")
        #expect(scratch.names() == ["in.mp4", "small"])
    }
}
