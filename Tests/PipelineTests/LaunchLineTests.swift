// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// Launch lines as users type them, on the built plugin.
@Suite struct LaunchLineTests {
    private static let source = "videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=320,height=240"
    private static let size = 320 * 240 * 3 / 2

    // MARK: - Real pictures

    /// Eileen Collins; where her face is was looked up in the picture.
    @Test func masksTheFaceOfAPictureAndNothingElse() throws {
        let scratch = try Scratch()
        let decode =
            "-q filesrc location=\(Checkout.pictures)/astronaut.png ! pngdec ! videoconvert"
            + " ! video/x-raw,format=RGB"
        #expect(try launch("\(decode) ! filesink location=\(scratch / "clear")").status == 0)
        let masked = try launch(
            "\(decode) ! faceanon report-location=\(scratch / "report") ! filesink location=\(scratch / "masked")")
        #expect(masked.status == 0)
        #expect(masked.text == "")

        let lines = try ReportLine.read(scratch.text("report"))
        try #require(lines.count == 1 && lines[0].faces.count == 1)
        #expect(lines[0].width == 512 && lines[0].height == 512 && lines[0].outcome == "masked")
        let face = lines[0].faces[0]
        #expect((170...190).contains(face.x) && (55...85).contains(face.y), "\(face)")
        #expect((75...120).contains(face.width) && (95...150).contains(face.height), "\(face)")

        let (before, after) = ([UInt8](scratch.data("clear")), [UInt8](scratch.data("masked")))
        try #require(before.count == 512 * 512 * 3 && after.count == before.count)
        // The margin is 0.2 on each side, a pixel more where it is rounded outward.
        let across = (face.x - 0.2 * face.width - 1)...(face.x + 1.2 * face.width + 1)
        let down = (face.y - 0.2 * face.height - 1)...(face.y + 1.2 * face.height + 1)
        var inside = 0
        var outside = 0
        for pixel in 0..<(512 * 512) where before[pixel * 3..<pixel * 3 + 3] != after[pixel * 3..<pixel * 3 + 3] {
            let isInside = across.contains(Double(pixel % 512)) && down.contains(Double(pixel / 512))
            if isInside { inside += 1 } else { outside += 1 }
        }
        #expect(outside == 0)
        #expect(Double(inside) > 0.9 * 1.96 * face.width * face.height)
    }

    // MARK: - Models

    @Test(arguments: ["pnet.onnx", "rnet.onnx", "onet.onnx"])
    func withoutAModelNothingStarts(_ model: String) throws {
        let scratch = try Scratch()
        try scratch.copy(Checkout.models, to: "models")
        try FileManager.default.removeItem(atPath: scratch / "models/\(model)")
        let line = "\(Self.source) ! faceanon ! filesink location=\(scratch / "out")"
        let outcome = try launch(
            line, environment: Checkout.environment(["FACEANON_MODEL_DIR": scratch / "models"]))
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("\(scratch / "models")/\(model) is missing. Run 'make models'"))
        #expect(scratch.data("out").isEmpty)
    }

    @Test(arguments: ["fill", "none", "cut"])
    func withAnotherModelNothingStarts(_ kind: String) throws {
        let scratch = try Scratch()
        try scratch.copy(Checkout.models, to: "models")
        let model = scratch.data("models/rnet.onnx")
        let other =
            switch kind {
            case "fill": Data(model.dropLast(1)) + [model[model.count - 1] ^ 1]
            case "none": Data()
            default: Data(model.prefix(model.count / 2))
            }
        try scratch.write(other, to: "models/rnet.onnx")
        for policy in ["error", "cover", "drop"] {
            let outcome = try launch(
                "\(Self.source) ! faceanon failure-policy=\(policy) model-dir=\(scratch / "models")"
                    + " ! filesink location=\(scratch / "out")")
            #expect(outcome.status != 0)
            #expect(outcome.errors.contains("\(scratch / "models")/rnet.onnx is damaged or another one"))
            #expect(scratch.data("out").isEmpty)
        }
    }

    /// The order of the places, with a copy of the plugin that has no models beside it.
    @Test func looksForModelsInOrder() throws {
        let scratch = try Scratch()
        let plugins = try scratch.folder("plugins")
        try scratch.copy(Checkout.plugin, to: "plugins/libgstfaceanon.so")
        var environment = Checkout.environment
        environment["GST_PLUGIN_PATH"] = plugins
        environment["GST_REGISTRY"] = scratch / "registry.bin"
        environment["GST_DEBUG"] = "faceanon:4"
        environment["XDG_DATA_HOME"] = scratch / "home"
        environment["XDG_DATA_DIRS"] = "\(scratch / "first"):\(scratch / "second")"

        func place(_ properties: String = "") throws -> String {
            let outcome = try launch("\(Self.source) ! faceanon \(properties) ! fakesink", environment: environment)
            let started = outcome.errors.components(separatedBy: "started with the models of ")
            guard started.count == 2 else { return outcome.errors }
            return started[1].components(separatedBy: " and ")[0]
        }
        // The last place first: each that is added wins over those before it.
        let nowhere = try place()
        let places = [
            scratch / "second/faceanon/models", scratch / "first/faceanon/models", scratch / "home/faceanon/models",
            plugins + "/faceanon-models", scratch / "named", scratch / "property",
        ]
        for place in places[..<4] { #expect(nowhere.contains(place), "\(nowhere)") }
        for (index, directory) in places.enumerated() {
            let parent = URL(fileURLWithPath: directory).deletingLastPathComponent().path
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: Checkout.models, toPath: directory)
            if index == 4 { environment["FACEANON_MODEL_DIR"] = directory }
            #expect(try place(index == 5 ? "model-dir=\(directory)" : "") == directory)
        }
        #expect(try place("model-dir=/nonexistent").contains("/nonexistent/pnet.onnx is missing"))
    }

    @Test func inspectIsQuietWithoutModels() throws {
        let outcome = try Command.run(
            ["gst-inspect-1.0", "faceanon"],
            environment: Checkout.environment(["FACEANON_MODEL_DIR": "/nonexistent", "GST_DEBUG": "2"]))
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        #expect(outcome.output.contains("Filter/Effect/Video"))
    }

    // MARK: - Values

    @Test(arguments: [
        ("min-size=5", "min-size=40"), ("min-size=9000", "min-size=40"), ("mosaic-level=0", "mosaic-level=7"),
        ("score-threshold=1.5", "score-threshold=0.69999999999999996"), ("threads=-1", "threads=0"),
        ("hold=10000000001", "hold=500000000"),
    ])
    func aNumberOutOfRangeIsWarnedAboutAndTheOldValueHolds(_ property: String, _ kept: String) throws {
        let outcome = try launch(
            "\(Self.source) ! faceanon \(property) ! fakesink",
            environment: Checkout.environment(["GST_DEBUG": "faceanon:4"]))
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("is invalid or out of range for property"))
        #expect(outcome.errors.contains(" \(kept) ") || outcome.errors.contains(" \(kept)\n"))
    }

    @Test(arguments: [
        #"network-thresholds="<0.6,0.7>""#, #"network-thresholds="<>""#, "scale-factor=1.0", "scale-factor=0.0",
        "scale-factor=0.99", #"mask-zones="<<1,2,3>>""#, "report-location=/nonexistent/report",
    ])
    func whatCannotWorkIsAnErrorAndNoFrameLeaves(_ property: String) throws {
        let scratch = try Scratch()
        let outcome = try launch(
            "\(Self.source) ! faceanon \(property) ! filesink location=\(scratch / "out")")
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("ERROR: from element /GstPipeline:pipeline0/GstFaceAnon:faceanon0"))
        #expect(scratch.data("out").isEmpty)
    }

    @Test func theLastThresholdWrittenWins() throws {
        let outcome = try launch(
            #"\#(Self.source) ! faceanon rnet-threshold=0.5 network-thresholds="<0.1,0.2,0.3>" onet-threshold=0.25"#
                + " ! fakesink", environment: Checkout.environment(["GST_DEBUG": "faceanon:4"]))
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("pnet-threshold=0.10000000000000001 rnet-threshold=0.20000000000000001 "))
        #expect(outcome.errors.contains("onet-threshold=0.25 "))
    }

    @Test func aPresetWinsOverTheLine() throws {
        let outcome = try launch(
            "\(Self.source) ! faceanon @preset=redaction mask=blur min-size=100 lookahead=1000000000 ! fakesink",
            environment: Checkout.environment(["GST_DEBUG": "faceanon:4"]))
        #expect(outcome.status == 0)
        for value in ["min-size=20", "mask=fill", "lookahead=1000000000", "sampling=area"] {
            #expect(outcome.errors.contains(" \(value) "), "\(value)")
        }
    }

    // MARK: - Frames

    @Test(arguments: ["1x1", "2x1", "11x11", "13x12", "8192x16", "16x8192"], ["I420", "NV12", "YUY2", "RGB", "GRAY8"])
    func framesOfAnySizeGoThrough(_ size: String, _ format: String) throws {
        let scratch = try Scratch()
        let sides = size.split(separator: "x")
        let source = "-q videotestsrc num-buffers=2 ! video/x-raw,format=\(format),width=\(sides[0]),height=\(sides[1])"
        // Compared as RGBA, which has no bytes between its rows that nobody wrote.
        let sink = "videoconvert ! video/x-raw,format=RGBA ! filesink"
        #expect(try launch("\(source) ! \(sink) location=\(scratch / "clear")").status == 0)
        let outcome = try launch(
            "\(source) ! faceanon min-size=12 report-location=\(scratch / "report") ! \(sink)"
                + " location=\(scratch / "out")")
        #expect(outcome.status == 0, "\(outcome.text)")
        let lines = try ReportLine.read(scratch.text("report"))
        #expect(lines.map(\.outcome) == ["masked", "masked"])
        #expect(lines.map(\.faces.count) == [0, 0])
        #expect(!scratch.data("out").isEmpty)
        #expect(scratch.data("out") == scratch.data("clear"))
    }

    @Test(arguments: ["v210", "Y410", "RGB16", "RGB10A2_LE", "NV12_64Z32", "RGB8P", "I420_10BE"])
    func anUnknownFormatIsNotNegotiated(_ format: String) throws {
        let scratch = try Scratch()
        let outcome = try launch(
            "videotestsrc num-buffers=2 ! video/x-raw,format=\(format),width=320,height=240 ! faceanon"
                + " ! filesink location=\(scratch / "out")")
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("faceanon0 can't handle caps"), "\(outcome.errors)")
        #expect(scratch.data("out").isEmpty)
    }

    @Test func memoryOfADeviceIsNotNegotiated() throws {
        let outcome = try launch(
            "videotestsrc num-buffers=2 ! \"video/x-raw(memory:DMABuf),format=I420,width=320,height=240\" ! faceanon"
                + " ! fakesink")
        #expect(outcome.status != 0)
    }

    @Test func whatLeavesUnderLookaheadIsEveryFrame() throws {
        let scratch = try Scratch()
        let outcome = try launch(
            "\(Self.source) ! faceanon lookahead=1000000000 ! filesink location=\(scratch / "out")")
        #expect(outcome.status == 0)
        #expect(scratch.data("out").count == 3 * Self.size)
    }

    // MARK: - Cost

    /// With a warm registry; 0.02 s for the process as such. Time of the processors: by the clock, others' work counts too.
    @Test func inspectTakesLittleTime() throws {
        let times = try (0..<6).map { _ in try Command.run(["gst-inspect-1.0", "faceanon"]).processorSeconds }
        #expect(times.contains { $0 < 0.2 }, "\(times)")
    }
}
