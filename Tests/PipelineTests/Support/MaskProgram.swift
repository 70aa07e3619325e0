// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// `faceanon mask` as a user calls it.
enum MaskProgram {
    static let path = Checkout.root + "/build/faceanon"
    static let picture = Checkout.pictures + "/astronaut.png"

    /// Runs it in `folder`.
    static func run(
        _ arguments: [String], in scratch: Scratch, environment: [String: String] = Checkout.environment,
        seconds: Double = Patience.usual
    ) throws -> Command.Outcome {
        try Command.run(
            [path, "mask"] + arguments, environment: environment, directory: scratch.path, seconds: seconds)
    }

    /// Runs it with what a shell makes of the arguments, such as names that are no text.
    static func shell(_ line: String, in scratch: Scratch, seconds: Double = Patience.usual) throws -> Command.Outcome {
        try Command.run(
            ["sh", "-c", "MASK='\(path) mask'; " + line], directory: scratch.path, seconds: seconds)
    }

    /// ffmpeg, which makes the files of the tests.
    static func ffmpeg(_ arguments: [String], in scratch: Scratch) throws {
        let outcome = try Command.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-y"] + arguments, directory: scratch.path)
        try #require(outcome.status == 0, "\(arguments): \(outcome.text)")
    }

    /// A video with a face and a tone.
    static func makeClip(
        _ name: String, in scratch: Scratch, seconds: Double = 1, size: String = "256:256", sound: Bool = true,
        _ more: [String] = []
    ) throws {
        var arguments = ["-loop", "1", "-framerate", "10", "-i", picture]
        if sound { arguments += ["-f", "lavfi", "-i", "sine=440"] }
        arguments += ["-t", "\(seconds)", "-vf", "scale=\(size),format=yuv420p"]
        arguments += ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"]
        try ffmpeg(arguments + more + [name], in: scratch)
    }

    /// Makes a small picture with the face.
    static func makePicture(_ name: String, in scratch: Scratch, _ more: [String] = []) throws {
        try ffmpeg(["-i", picture, "-vf", "scale=256:256"] + more + ["-frames:v", "1", name], in: scratch)
    }

    /// The events of `--progress json` in what it wrote.
    static func events(_ output: String) throws -> [MaskEvent] {
        try output.split(separator: "\n").map { try JSONDecoder().decode(MaskEvent.self, from: Data($0.utf8)) }
    }

    /// The time in seconds of each frame that a player shows, as ffprobe tells it.
    static func frameTimes(_ file: String, in scratch: Scratch) throws -> [Double] {
        struct Answer: Decodable {
            struct Frame: Decodable {
                let best_effort_timestamp_time: String?
            }
            let frames: [Frame]?
        }
        // By itself ffprobe takes an APNG for a PNG.
        let format = file.hasSuffix(".apng") ? ["-f", "apng"] : []
        let outcome = try Command.run(
            ["ffprobe", "-v", "quiet"] + format + [
                "-select_streams", "V:0", "-show_entries", "frame=best_effort_timestamp_time",
                "-of",
                "json", "file:" + file,
            ], directory: scratch.path)
        let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
        return (answer.frames ?? []).map { $0.best_effort_timestamp_time.flatMap { Double($0) } ?? .nan }
    }

    /// The first frame in grey, 128 by 128.
    static func thumbnail(_ file: String, in scratch: Scratch) throws -> [UInt8] {
        let name = "thumbnail-\(UUID().uuidString)"
        try ffmpeg(
            ["-i", "file:" + file, "-frames:v", "1", "-vf", "scale=128:128,format=gray", "-f", "rawvideo", name],
            in: scratch)
        return [UInt8](scratch.data(name))
    }

    /// Whether the first frame of `output` is that of `input`, but for the astronaut's face, which has become black.
    static func isMasked(_ output: String, of input: String, in scratch: Scratch) throws -> Bool {
        let (before, after) = (try thumbnail(input, in: scratch), try thumbnail(output, in: scratch))
        guard before.count == 128 * 128, after.count == before.count else { return false }
        // Where the face is in the picture of 512 by 512: its middle at 225, 115.
        let face = (22..<36).flatMap { y in (50..<62).map { y * 128 + $0 } }
        let rest = (100..<128).flatMap { y in (80..<128).map { y * 128 + $0 } }
        let darkest = face.map { Int(after[$0]) }.max() ?? 255
        let change = rest.map { abs(Int(before[$0]) - Int(after[$0])) }.reduce(0, +) / rest.count
        return darkest < 60 && change < 16
    }
}

/// A line of `--progress json`.
struct MaskEvent: Decodable {
    let event: String
    let input: String?
    let inputBase64: String?
    let output: String?
    let report: String?
    let outcome: String?
    let reason: String?
    let status: Int?
    let frames: Int?
    let faces: Int?
    let leftOut: [String]?
    let masked: Int?
    let leftAlone: Int?
    let failed: Int?
    let passedOver: [String]?
    let share: Double?
}
