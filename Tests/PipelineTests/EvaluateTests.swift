// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// `evaluate.py` on a folder whose numbers are known: two pictures with a face each, and a clip whose face
/// is painted over in frames 5 to 7, so that only `hold` masks it there.
@Suite struct EvaluateTests {
    /// Where the faces are, px.
    private static let astronaut = "[180, 60, 88, 114]"
    private static let hopper = "[179, 113, 172, 213]"
    private static let inClip = "[126, 59, 90, 113]"

    /// What is said of a set with a configuration: an `evaluation.json`.
    private struct Evaluation: Decodable {
        struct Tally: Decodable {
            let frames: Int
            let faces: Int
            let covered: Int
            let tracks: Int
            let never: Int
            let no_face: Double
            let no_face_frames: Int
            let free: Int
            let free_masked: Int
            let found: Int
            let false_alarms: Int
            let own_box: Int
            let at_faces: Double
            let at_false: Double
            let at_held: Double
            let half: Int
            let largest: Double
            let too_much: Int
            let runs: [String: Int]
            let entry: Int
            let middle: Int
            let exit: Int
            let throughout: Int

            subscript(_ numbers: KeyPath<Tally, Int>...) -> [Int] { numbers.map { self[keyPath: $0] } }
        }

        let configurations: [String: [String: Tally]]
    }

    private func pictures(of scratch: Scratch) throws {
        _ = try scratch.folder("data/images")
        for name in ["astronaut.png", "grace_hopper.jpg"] where !scratch.has("data/images/\(name)") {
            try scratch.copy(Checkout.pictures + "/" + name, to: "data/images/\(name)")
        }
    }

    /// Pictures and their truth: the entries of each, as JSON.
    private func truth(_ name: String, astronaut: String, hopper: String, in scratch: Scratch) throws {
        let text = """
            [{"file": "images/astronaut.png", \(astronaut)}, {"file": "images/grace_hopper.jpg", \(hopper)}]
            """
        try scratch.write(Data(text.utf8), to: "data/\(name).json")
    }

    /// The clip, 12 frames at 25 a second, and the truth that its face is there in each of them.
    private func clip(in scratch: Scratch, frames: Int = 12) throws {
        try makeClip(in: scratch)
        try truth("moving", frames: 0..<frames, in: scratch)
    }

    private func makeClip(in scratch: Scratch) throws {
        let filter = "crop=400:300:50:0,drawbox=x=116:y=40:w=130:h=170:color=0xc0a090:t=fill:enable='between(n,5,7)'"
        let made = try Command.run([
            "ffmpeg", "-v", "error", "-loop", "1", "-framerate", "25", "-i", Checkout.pictures + "/astronaut.png",
            "-frames:v", "12", "-vf", filter, "-c:v", "ffv1", scratch / "data/moving.mkv",
        ])
        try #require(made.status == 0, "\(made.text)")
    }

    /// A truth of the clip: the same face in some of its frames, and none in others.
    private func truth(
        _ name: String, _ box: String = inClip, frames: Range<Int>, without empty: Range<Int> = 0..<0,
        in scratch: Scratch
    ) throws {
        let entries = frames.map { #"{"frame": \#($0), "boxes": [\#(empty.contains($0) ? "" : box)]}"# }
        let text = #"{"file": "moving.mkv", "frames": [\#(entries.joined(separator: ", "))]}"#
        try scratch.write(Data(text.utf8), to: "data/\(name).json")
    }

    private func evaluate(_ scratch: Scratch, _ arguments: String...) throws -> Command.Outcome {
        let script = Checkout.root + "/meson-helper/measuring/evaluate.py"
        return try Command.run(
            [script, scratch / "data", "--out", scratch / "out"] + arguments, seconds: Patience.long)
    }

    private func evaluation(_ scratch: Scratch) throws -> [String: [String: Evaluation.Tally]] {
        try JSONDecoder().decode(Evaluation.self, from: scratch.data("out/evaluation.json")).configurations
    }

    @Test func whatIsMaskedCountsAsCovered() throws {
        let scratch = try Scratch()
        try pictures(of: scratch)
        try truth(
            "people", astronaut: #""boxes": [\#(Self.astronaut), [5, 5, 10, 10]]"#,
            hopper: #""boxes": [\#(Self.hopper), [0, 500, 90, 90]], "ignore": [0, 1]"#, in: scratch)
        try clip(in: scratch)
        let outcome = try evaluate(scratch, "--configs", "defaults; hold=0; broadcast hold=40ms")
        #expect(outcome.status == 0, "\(outcome.text)")
        let results = try evaluation(scratch)
        #expect(results.keys.sorted() == ["broadcast hold=40ms", "defaults", "hold=0"])

        // What is too small and what is to be ignored counts neither way.
        for (name, sets) in results {
            let people = try #require(sets["people"])
            #expect(people[\.frames, \.faces, \.covered] == [2, 2, 2], "\(name)")
            #expect(people[\.tracks, \.never] == [2, 0], "\(name)")
            #expect(people[\.found, \.false_alarms, \.free] == [2, 0, 0], "\(name)")
        }
        // Frames 5 to 7 are open unless the face is held for them; it is one face all along.
        for (name, covered) in [("defaults", 12), ("hold=0", 9), ("broadcast hold=40ms", 10)] {
            let moving = try #require(results[name]?["moving"])
            #expect(moving[\.faces, \.covered, \.tracks, \.never] == [12, covered, 1, 0], "\(name)")
            #expect(moving[\.found, \.false_alarms] == [9, 0], "\(name)")
        }
        // A margin of 0.2 makes 1.96 of a box; the ellipse within a margin of 0.25 has pi / 4 of 2.25 boxes.
        let box = 90 * 113 / (400 * 300.0)
        for (name, boxes) in [("hold=0", 1.96), ("broadcast hold=40ms", 2.25 * Double.pi / 4)] {
            let moving = try #require(results[name]?["moving"])
            let expected = (boxes - 1) * box * Double(moving.covered)
            #expect(abs(moving.no_face / expected - 1) < 0.1, "\(name): \(moving.no_face), not \(expected)")
        }

        #expect(outcome.output.contains("| moving | 12 | 0.7500 | 3 | 0 of 1 |"), "\(outcome.text)")
        #expect(outcome.output == scratch.text("out/evaluation.md"))
        #expect(
            scratch.names(in: "out") == [
                "evaluation.json", "evaluation.md", "leaks-broadcast-hold-40ms.png", "leaks-defaults.png",
                "leaks-hold-0.png",
            ])
        // One leaked more than the other: so does its sheet.
        #expect(scratch.data("out/leaks-hold-0.png").count > 2 * scratch.data("out/leaks-defaults.png").count)
    }

    @Test func whoMasksWhatIsTold() throws {
        let scratch = try Scratch()
        try pictures(of: scratch)
        try makeClip(in: scratch)
        try truth("moving", frames: 0..<12, in: scratch)
        // Nobody is there while the face is painted over: what is masked then is held for nothing.
        try truth("gone", frames: 0..<12, without: 5..<8, in: scratch)
        // A face a fourth as high and wide: it is covered, but by no mask of its own.
        try truth("small", "[150, 90, 30, 30]", frames: 0..<12, in: scratch)
        try truth("entering", frames: 5..<12, in: scratch)
        try truth("leaving", frames: 0..<8, in: scratch)
        try truth("hidden", frames: 5..<8, in: scratch)
        let wrong = "[300, 300, 88, 114]"
        try truth(
            "wrong", astronaut: #""boxes": [\#(wrong)]"#, hopper: #""boxes": [\#(Self.hopper)]"#, in: scratch)
        let outcome = try evaluate(scratch, "--configs", "defaults; hold=0; margin=1.5 hold=0")
        #expect(outcome.status == 0, "\(outcome.text)")
        let results = try evaluation(scratch)

        // Boxes with a margin of 0.2, without the faces in them: shares of the frames that are masked.
        let box = 90 * 113 / (400 * 300.0)
        func isNear(_ value: Double, _ expected: Double) -> Bool { abs(value - expected) < 0.1 * expected + 0.01 }
        let open = try #require(results["hold=0"])
        let held = try #require(results["defaults"])
        for sets in [open, held] {
            let moving = try #require(sets["moving"])
            #expect(moving.own_box == moving.covered && moving.half == 0)
            #expect(isNear(moving.at_faces, 0.96 * box * Double(moving.covered)), "\(moving)")
            #expect(isNear(moving.at_false, 0) && isNear(moving.at_held, 0) && isNear(moving.largest, 1.96 * box))
        }
        #expect(isNear(try #require(open["gone"]).at_held, 0))
        #expect(isNear(try #require(held["gone"]).at_held, 3 * 1.96 * box), "\(held)")
        let small = try #require(open["small"])
        #expect(small[\.covered, \.own_box] == [9, 0] && small.at_faces == 0)
        #expect(isNear(small.at_false, 9 * (1.96 * box - 30 * 30 / (400 * 300.0))), "\(small)")
        let pictures = try #require(open["wrong"])
        #expect(pictures[\.faces, \.own_box] == [2, 1])
        #expect(isNear(pictures.at_false, 1.96 * 88 * 114 / (512 * 512.0)), "\(pictures)")

        for (name, open) in [("moving", [0, 3, 0, 0]), ("entering", [3, 0, 0, 0]), ("leaving", [0, 0, 3, 0])] {
            let tally = try #require(results["hold=0"]?[name])
            #expect(tally[\.entry, \.middle, \.exit, \.throughout] == open && tally.runs == ["3": 1], "\(name)")
            #expect(results["defaults"]?[name]?.runs == [:], "\(name)")
        }
        let hidden = try #require(open["hidden"])
        #expect(hidden[\.entry, \.middle, \.exit, \.throughout, \.never] == [0, 0, 0, 3, 1])

        // A margin of 1.5 masks sixteen boxes, as far as they lie in the picture; nobody is there in "gone" and "small".
        let large = try #require(results["margin=1.5 hold=0"])
        #expect(try #require(large["moving"]).half == 9 && large["moving"]?.too_much == 0)
        #expect(try #require(large["small"]).too_much == 9)
        #expect(outcome.output.contains("| 9 of 12 |"), "\(outcome.text)")
    }

    @Test func whatIsNotMaskedIsFoundOut() throws {
        let scratch = try Scratch()
        try pictures(of: scratch)
        // A truth that is wrong: the face is not where the mask is.
        try truth(
            "wrong", astronaut: #""boxes": [[300, 300, 88, 114]]"#, hopper: #""boxes": [\#(Self.hopper)]"#, in: scratch)
        // Half beside it: masked to 65 %, which is not covered. And a face that nobody has boxed, which is no false alarm.
        try truth(
            "beside", astronaut: #""boxes": [[228, 60, 88, 114]]"#,
            hopper: #""boxes": [], "unboxed_faces": true"#, in: scratch)
        try truth("free", astronaut: #""boxes": []"#, hopper: #""boxes": []"#, in: scratch)
        let outcome = try evaluate(scratch, "--configs", "defaults; min-size=600")
        #expect(outcome.status == 0, "\(outcome.text)")
        let results = try evaluation(scratch)
        let sets = try #require(results["defaults"])
        let wrong = try #require(sets["wrong"])
        #expect(wrong[\.faces, \.covered, \.tracks, \.never] == [2, 1, 2, 1])
        #expect(wrong[\.found, \.false_alarms] == [1, 1])
        let beside = try #require(sets["beside"])
        #expect(beside[\.faces, \.covered, \.never, \.no_face_frames, \.false_alarms] == [1, 0, 1, 1, 1])
        let free = try #require(sets["free"])
        #expect(free[\.faces, \.free, \.free_masked, \.false_alarms] == [0, 2, 2, 2])
        // Nothing of that size is found: nothing may count as masked.
        for (name, tally) in try #require(results["min-size=600"]) {
            #expect(tally[\.covered, \.found, \.free_masked, \.false_alarms] == [0, 0, 0, 0], "\(name)")
            #expect(tally.no_face == 0, "\(name)")
        }
    }

    @Test func whatCannotBeMeasuredIsSaid() throws {
        let scratch = try Scratch()
        let missing = try evaluate(scratch)
        #expect(missing.status == 1 && missing.errors.contains("data is not a folder"), "\(missing.text)")
        try pictures(of: scratch)
        let none = try evaluate(scratch)
        #expect(none.status == 1 && none.errors.contains("there is no truth below"), "\(none.text)")

        try clip(in: scratch, frames: 13)
        for (configuration, complaint) in [
            ("defaults", "moving.mkv: 12 frames came out"), ("smile", "no preset smile"),
            ("min-size=5", "min-size=5 is out of range"), ("no-such=1", "no-such"), ("sampling=none", "sampling"),
            ("scale-factor=1.0", "scale-factor"),
        ] {
            let outcome = try evaluate(scratch, "--configs", configuration)
            #expect(outcome.status == 1 && outcome.errors.contains(complaint), "\(configuration): \(outcome.text)")
            #expect(!outcome.errors.contains("Traceback") && outcome.output == "", "\(configuration): \(outcome.text)")
        }

        for (truth, complaint) in [
            ("{", "cannot be read as JSON"), (#"[{"file": "images/astronaut.png"}]"#, "KeyError: 'boxes'"),
            (#"[{"file": "images/gone.png", "boxes": []}]"#, "gone.png is missing"),
            (#"[{"file": "moving.json", "boxes": []}]"#, "cannot be read as a picture"),
            (#"{"file": "moving.json", "frames": [{"frame": 0, "boxes": []}]}"#, "moving.json: "),
        ] {
            try scratch.write(Data(truth.utf8), to: "data/broken.json")
            let outcome = try evaluate(scratch, "--configs", "defaults", "--sets", "broken")
            #expect(outcome.status == 1 && outcome.errors.contains(complaint), "\(truth): \(outcome.text)")
            #expect(!outcome.errors.contains("Traceback"), "\(truth): \(outcome.text)")
        }
    }
}
