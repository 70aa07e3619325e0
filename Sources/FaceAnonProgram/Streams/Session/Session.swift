// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream

/// One attempt: a pipeline from the source through faceanon to the output, from the connection to its end. Lives on the
/// main loop; an ended session is not started again.
final class Session {
    enum End {
        /// The source has ended, or was told to, and all of it went out.
        case finished
        /// The picture has changed its size or format: what comes now needs another pipeline.
        case changed
        case trouble(Trouble)
    }

    struct Plan {
        var intake: IntakeSettings
        var properties: ElementProperties
        var encoder: EncoderSettings
        var output: any MaskedOutput
        var metrics: StreamMetrics
    }

    /// How long the end may take without anything going out, s. All of it may take longer: frames that wait under a long
    /// lookahead, on a slow machine.
    private static let drainTime = 15.0

    private let plan: Plan
    private let pipeline: Held
    private let intake: Intake
    private var sink: Held?
    private var chains: [MaskingChain] = []
    private var watch: StallWatch
    private var timers: [MainLoop.Timer] = []
    /// Errors that came together: one cause may make several elements complain.
    private var troubles: [Trouble] = []
    private var isEnding = false
    private var end = End.finished
    private var isOver = false
    private var lastWarning: ContinuousClock.Instant?
    private var untoldWarnings = 0
    private var onEnd: (End) -> Void = { _ in }
    /// What the stream is, once it plays.
    private(set) var picture = ""

    /// Whether masked frames have gone out.
    private(set) var hasPlayed = false

    init(_ plan: Plan) throws(ProgramFailure) {
        self.plan = plan
        guard let pointer = stream_pipeline_new() else { throw ProgramFailure(.failed, "there is no pipeline") }
        pipeline = Held(taking: pointer)
        intake = try Intake(plan.intake)
        watch = StallWatch(stallTimeout: plan.intake.stallTimeout)
        gst_bin_add(stream_bin(pipeline.pointer), intake.element.pointer)
    }

    /// Begins; `onEnd` is called once, when nothing of the pipeline runs any more.
    func start(onEnd: @escaping (End) -> Void) {
        self.onEnd = onEnd
        let bus = gst_pipeline_get_bus(stream_pipeline(pipeline.pointer))
        gst_bus_add_watch(
            bus,
            { _, message, data in
                guard let message, let data else { return 1 }
                Unmanaged<Session>.fromOpaque(data).takeUnretainedValue().take(message)
                return 1
            },
            // The watch is removed before this goes.
            Unmanaged.passUnretained(self).toOpaque())
        gst_object_unref(bus)
        timers.append(MainLoop.Timer(seconds: 0.25, repeats: true) { [unowned self] in tick() })
        // Why it failed comes over the bus.
        _ = gst_element_set_state(pipeline.pointer, GST_STATE_PLAYING)
        intake.start()
    }

    /// Lets out what is under way, then ends.
    func finish() { close(.finished) }

    // MARK: - The end

    private func close(_ end: End) {
        guard !isEnding else { return }
        isEnding = true
        self.end = end
        guard !chains.isEmpty else {
            tearDown()
            return
        }
        for chain in chains { chain.end() }
    }

    /// Asked now and then while it ends: whether something is stuck.
    private func lookAtEnd() {
        guard watch.stillWhileEnding() >= Self.drainTime else { return }
        if case .finished = end {
            end = .trouble(
                Trouble(
                    .failed,
                    "the end does not get through to \(plan.output.name): nothing has gone out for \(Int(Self.drainTime)) s"
                ))
        }
        tearDown()
    }

    private func tearDown() {
        guard !isOver else { return }
        isOver = true
        isEnding = true
        timers = []
        for chain in chains { if let watched = chain.watched { plan.metrics.forget(watched) } }
        let bus = gst_pipeline_get_bus(stream_pipeline(pipeline.pointer))
        gst_bus_remove_watch(bus)
        gst_object_unref(bus)
        // What is held back would keep its thread.
        gst_element_set_state(pipeline.pointer, GST_STATE_NULL)
        plan.output.sessionEnded()
        // Not within the pipeline's own callbacks.
        let (onEnd, end) = (onEnd, end)
        self.onEnd = { _ in }
        onEnd(end)
    }

    private func fail(_ trouble: Trouble) {
        troubles.append(trouble)
        guard troubles.count == 1 else { return }
        // The one who knows may be the second one to complain.
        timers.append(
            MainLoop.Timer(seconds: 0.15) { [unowned self] in
                guard !isOver, let worst = troubles.max(by: { $0.weight < $1.weight }) else { return }
                if isEnding {
                    // While it ends, only what keeps the output from being whole counts.
                    if case .finished = end, worst.failure.status != .source { end = .trouble(worst) }
                    tearDown()
                } else if worst.failure.status == .source {
                    close(.trouble(worst))
                } else {
                    end = .trouble(worst)
                    tearDown()
                }
            })
    }

    // MARK: - Messages

    private func take(_ message: UnsafeMutablePointer<GstMessage>) {
        guard !isOver else { return }
        switch stream_message_type(message) {
        case GST_MESSAGE_ERROR: fail(trouble(ElementReport(message), from: stream_message_source(message)))
        case GST_MESSAGE_WARNING: warn(ElementReport(message), from: stream_message_source(message))
        case GST_MESSAGE_EOS: takeEnd()
        case GST_MESSAGE_LATENCY: gst_bin_recalculate_latency(stream_bin(pipeline.pointer))
        case GST_MESSAGE_APPLICATION:
            guard let name = stream_message_name(message).map({ String(cString: $0) }) else { return }
            if name == Intake.padsKnown { build() }
            if name == MaskingChain.changed { close(.changed) }
        case GST_MESSAGE_ELEMENT, GST_MESSAGE_PROGRESS: plan.output.take(message)
        default: break
        }
    }

    private func takeEnd() {
        // Who failed may end the stream as well: why it failed is told soon.
        guard isEnding || troubles.isEmpty else { return }
        if !isEnding, !plan.intake.address.isFile {
            end = .trouble(Trouble(.source, "\(plan.intake.address) has ended"))
        }
        tearDown()
    }

    private func trouble(_ report: ElementReport, from source: UnsafeMutablePointer<GstObject>?) -> Trouble {
        if chains.contains(where: { $0.isFaceAnon(source) }) {
            return Trouble(.failed, "masking has stopped: \(report.sentence)", isPermanent: true)
        }
        if let sink, stream_is_within(source, sink.pointer) != 0 { return plan.output.trouble(report) }
        if stream_is_within(source, intake.element.pointer) != 0 { return intake.trouble(report) }
        return Trouble(.failed, report.sentence)
    }

    private func warn(_ report: ElementReport, from source: UnsafeMutablePointer<GstObject>?) {
        guard chains.contains(where: { $0.isFaceAnon(source) }) else { return }
        // It may warn of every frame.
        if let lastWarning, ContinuousClock.now - lastWarning < .seconds(5) {
            untoldWarnings += 1
            return
        }
        let more = untoldWarnings > 0 ? " (and \(untoldWarnings) more since the last warning)" : ""
        (lastWarning, untoldWarnings) = (.now, 0)
        Log.say("warning: \(report.sentence)\(more)")
    }

    // MARK: - The pipeline

    private func build() {
        guard !isEnding, chains.isEmpty else { return }
        let pads = intake.pads
        guard let video = pads.first(where: { $0.caps.isVideo }) else {
            fail(Trouble(.source, "\(plan.intake.address) has no video that can be decoded", isPermanent: true))
            return
        }
        do throws(ProgramFailure) {
            let sink = try plan.output.makeSink()
            self.sink = sink
            let isLive = stream_is_live(video.pad) != 0
            let pace = MaskingChain.Pace(
                drops: isLive || plan.output.keepsTime, keepsTime: !isLive && plan.output.keepsTime,
                patience: plan.intake.latency + 500)
            let chain = try MaskingChain(
                video: video.caps, damage: intake.damage, pace: pace, properties: plan.properties,
                encoder: plan.encoder,
                prepare: plan.output.prepare)
            if let watched = chain.watched { plan.metrics.watch(watched) }
            chains = [chain]
            picture = "\(video.caps.width)x\(video.caps.height)"
            let audio = pads.first { $0.caps.isAudio }
            if let audio {
                chains.append(try MaskingChain(audio: audio.caps, pace: pace))
                picture += " with audio"
            }
            try join(sink, [video] + (audio.map { [$0] } ?? []))
            watch.chain = chain
        } catch {
            fail(Trouble(error.status, error.description, isPermanent: true))
        }
    }

    /// Source pad to chain to sink; data flows only when everything is in place.
    private func join(_ sink: Held, _ pads: [Intake.HeldPad]) throws(ProgramFailure) {
        let bin = stream_bin(pipeline.pointer)
        gst_bin_add(bin, sink.pointer)
        for (index, chain) in chains.enumerated() {
            gst_bin_add(bin, chain.bin.pointer)
            let template = plan.output.padTemplate(isVideo: index == 0)
            guard gst_element_link_pads(chain.bin.pointer, "src", sink.pointer, template) != 0,
                let head = gst_element_get_static_pad(chain.bin.pointer, "sink")
            else { throw ProgramFailure(.failed, "\(plan.output.name) does not take the stream") }
            defer { gst_object_unref(head) }
            guard gst_pad_link(pads[index].pad, head) == GST_PAD_LINK_OK else {
                throw ProgramFailure(.failed, "faceanon does not take what \(plan.intake.address) gives")
            }
        }
        for element in [sink] + chains.map(\.bin) { gst_element_sync_state_with_parent(element.pointer) }
        // Streams that nobody takes end at their unlinked pads.
        intake.releaseAll()
    }

    private func tick() {
        guard !isOver else { return }
        if let trouble = plan.output.pendingTrouble() {
            end = .trouble(trouble)
            tearDown()
            return
        }
        if plan.output.endsAtOnce, !chains.isEmpty, chains.allSatisfy(\.hasEnded) {
            takeEnd()
            return
        }
        guard !isEnding else {
            lookAtEnd()
            return
        }
        if !hasPlayed, watch.chain?.hasSent == true, plan.output.isOpen {
            hasPlayed = true
            plan.metrics.state = .playing
            Log.say("playing: \(picture), \(plan.intake.address) to \(plan.output.name)")
        }
        let lacksKeyFrame = intake.damage?.lacksKeyFrame ?? false
        switch watch.look(
            packets: intake.packets, pads: intake.pads, lacksKeyFrame: lacksKeyFrame, hasPlayed: hasPlayed)
        {
        case .fine: break
        case .pads: build()
        case .source(let text): fail(Trouble(.source, "\(plan.intake.address) \(text)"))
        case .masking(let text): fail(Trouble(.failed, text))
        case .target(let text): fail(Trouble(.target, "\(plan.output.name) \(text)"))
        }
    }
}

extension Trouble {
    /// Who is believed first.
    fileprivate var weight: Int {
        if failure.status == .failed && isPermanent { return 4 }
        if isPermanent { return 3 }
        return switch failure.status {
        case .target, .storage: 2
        case .source: 1
        default: 0
        }
    }
}
