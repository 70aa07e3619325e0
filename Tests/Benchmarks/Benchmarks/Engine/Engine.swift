// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Benchmark
import FaceAnonymization
import FaceDetection
import FaceMasking
import VideoFrames
import Yardstick

/// The whole engine, from a mapped frame to a masked one, and the time of each of its stages; the yardstick beside it; and
/// masking alone.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock], timeUnits: .microseconds, warmupIterations: 3, maxDuration: .seconds(2),
        maxIterations: 40, thresholds: [.wallClock: tolerance])

    let sizes = [(640, 480), (1280, 720), (1920, 1080), (3840, 2160)]
    for (width, height) in sizes {
        for faces in [0, 1, 6, 18] { engine(width, height, faces: faces) }
    }
    for format in [PixelFormat.nv12, .rgb] {
        for (width, height) in sizes { engine(width, height, faces: 6, format: format) }
    }
    for style in [MaskStyle.blur, .fill] { engine(1280, 720, faces: 6, style: style) }
    for (width, height) in [(1280, 720), (1920, 1080)] { yardstick(width, height, faces: 1) }
    for style in [MaskStyle.mosaic, .blur, .fill] {
        for side in [64, 256, 1024] { masking(style, side: side) }
    }
    masking(.blur, side: 256, blurLevel: 1000)
}

/// How far above the stored value nine of ten runs may be, per cent: times differ from run to run.
private var tolerance: BenchmarkThresholds { BenchmarkThresholds(relative: [.p90: 25]) }

/// A stage's time.
private func stage(_ name: String) -> BenchmarkMetric { .custom("\(name), μs") }

private let stages = ["pyramid", "P-Net", "R-Net", "O-Net", "tracking", "mask"].map(stage)

private func engine(
    _ width: Int, _ height: Int, faces: Int, format: PixelFormat = .i420, style: MaskStyle = .mosaic
) {
    var configuration = Benchmark.defaultConfiguration
    configuration.metrics += stages
    for metric in stages { configuration.thresholds?[metric] = BenchmarkThresholds(relative: [.p90: 50]) }
    Benchmark(
        "engine \(width)x\(height) \(faces) faces \(format.rawValue) \(style)", configuration: configuration
    ) { (benchmark: Benchmark, state: EngineState) in
        let frame = try state.clip.restored(benchmark.currentIteration)
        let time = UInt64(benchmark.currentIteration) * 33_333_333
        benchmark.startMeasurement()
        state.found.removeAll(keepingCapacity: true)
        try state.anonymizer.inspect(frame, at: time, settings: state.settings)
        state.anonymizer.add(facesAt: time, width: width, height: height, to: &state.found)
        try state.anonymizer.mask(state.found, of: frame, settings: state.settings)
        benchmark.stopMeasurement()
        guard state.found.count >= faces else {
            return benchmark.error("\(state.found.count) faces found where \(faces) are")
        }
        let times = state.anonymizer.times
        let values = [
            times.detection.pyramid, times.detection.proposal, times.detection.refinement, times.detection.output,
            times.tracking, times.masking,
        ]
        for (metric, value) in zip(stages, values) { benchmark.measurement(metric, Int(value / 1000)) }
    } setup: {
        var settings = AnonymizerSettings()
        settings.mask.style = style
        return EngineState(
            anonymizer: try Anonymizer(models: Environment.models(), threads: 2),
            clip: try Clip(width: width, height: height, faces: faces, format: format), settings: settings)
    }
}

private final class EngineState {
    let anonymizer: Anonymizer
    let clip: Clip
    let settings: AnonymizerSettings
    var found: [MaskedFace] = []

    init(anonymizer: Anonymizer, clip: Clip, settings: AnonymizerSettings) {
        self.anonymizer = anonymizer
        self.clip = clip
        self.settings = settings
    }
}

/// MTCNN on OpenCV DNN as one writes it first, over the same frames.
private func yardstick(_ width: Int, _ height: Int, faces: Int) {
    let name = "yardstick \(width)x\(height) \(faces) faces I420 mosaic"
    Benchmark(name) { (benchmark: Benchmark, state: YardstickState) in
        let frame = try state.clip.restored(benchmark.currentIteration)
        benchmark.startMeasurement()
        let found = yardstick_run(
            state.yardstick, frame.component(0).base, Int32(width), Int32(height), state.boxes.baseAddress, 1024)
        benchmark.stopMeasurement()
        guard found >= faces else { return benchmark.error("\(found) faces found where \(faces) are") }
    } setup: {
        guard let made = yardstick_create(try Environment.folder("YARDSTICK_MODELS"), 2, 40) else {
            throw BenchmarkError("the yardstick cannot be made, see above")
        }
        return YardstickState(
            yardstick: made, clip: try Clip(width: width, height: height, faces: faces, format: .i420))
    }
}

/// Closed when its benchmark is over.
private final class YardstickState {
    let yardstick: OpaquePointer
    let clip: Clip
    let boxes = UnsafeMutableBufferPointer<Float>.allocate(capacity: 5 * 1024)

    init(yardstick: OpaquePointer, clip: Clip) {
        self.yardstick = yardstick
        self.clip = clip
    }

    deinit {
        yardstick_destroy(yardstick)
        boxes.deallocate()
    }
}

/// Masking alone: one region of `side` px. At the default blur-level, and at twenty times it, the blur costs the same.
private func masking(_ style: MaskStyle, side: Int, blurLevel: Double = 50) {
    let level = style == .blur ? " blur-level \(Int(blurLevel))" : ""
    Benchmark("mask \(style) \(side)x\(side)\(level)") { (benchmark: Benchmark, state: MaskState) in
        let frame = try state.clip.restored(0)
        guard
            let region = MaskRegion(
                x1: 100, y1: 10, x2: 100 + Double(side), y2: 10 + Double(side), margin: 0, frame: frame)
        else { return benchmark.error("no region") }
        benchmark.startMeasurement()
        try state.painter.mask([region], of: frame, settings: state.settings)
        benchmark.stopMeasurement()
    } setup: {
        var settings = MaskSettings()
        settings.style = style
        settings.blurLevel = blurLevel
        return MaskState(
            painter: MaskPainter(), clip: try Clip(width: 1920, height: 1080, faces: 0, format: .i420),
            settings: settings)
    }
}

private struct MaskState {
    let painter: MaskPainter
    let clip: Clip
    let settings: MaskSettings
}
