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
        var source: SourceSettings
        var passedAudio: PassedAudio
        var properties: ElementProperties
        var encoder: EncoderSettings
        var output: any MaskedOutput
        var metrics: StreamMetrics
    }

    /// How long a sink that never says that it is done may take to send the last frames, s.
    private static let sendTime = 0.25

    private let plan: Plan
    private let pipeline: Held
    private let intake: Intake
    private var sink: Held?
    private var chains: [MaskingChain] = []
    private let watch: StallWatch
    /// When the watch has to look again.
    private var alarm: MainLoop.Timer?
    private var timers: [MainLoop.Timer] = []
    /// Errors that came together: one cause may make several elements complain.
    private var troubles: [Trouble] = []
    private var endingSince: ContinuousClock.Instant?
    private var isEnding: Bool { endingSince != nil }
    /// The sink has said that all has gone through it.
    private var hasSinkEnded = false
    private var end = End.finished
    private var isOver = false
    private var lastWarning: ContinuousClock.Instant?
    private var untoldWarnings = 0
    private var onEnd: (End) -> Void = { _ in }
    /// What the stream is, once it plays.
    private var picture = ""

    /// Whether masked frames have gone out.
    private(set) var hasPlayed = false

    init(_ plan: Plan) throws(ProgramFailure) {
        self.plan = plan
        guard let pointer = stream_pipeline_new() else { throw ProgramFailure(.failed, "there is no pipeline") }
        pipeline = Held(taking: pointer)
        intake = try Intake(plan.source, plan.passedAudio)
        watch = StallWatch(
            stallTimeout: plan.source.peer.stallTimeout, connectionTimeout: plan.source.peer.timeout)
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
        // Why it failed comes over the bus.
        _ = gst_element_set_state(pipeline.pointer, GST_STATE_PLAYING)
        intake.start()
        look()
    }

    /// Lets out what is under way, then ends.
    func finish() { close(.finished) }

    // MARK: - The end

    private func close(_ end: End) {
        guard !isEnding else { return }
        endingSince = .now
        self.end = end
        guard !chains.isEmpty, !hasSinkEnded else {
            tearDown()
            return
        }
        for chain in chains { chain.end() }
        takeChainEnd()
        look()
    }

    private func tearDown() {
        guard !isOver else { return }
        isOver = true
        endingSince = endingSince ?? .now
        (alarm, timers) = (nil, [])
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
        case GST_MESSAGE_EOS:
            hasSinkEnded = true
            takeEnd()
        case GST_MESSAGE_LATENCY: gst_bin_recalculate_latency(stream_bin(pipeline.pointer))
        case GST_MESSAGE_APPLICATION: take(application: stream_message_name(message).map { String(cString: $0) })
        case GST_MESSAGE_ELEMENT, GST_MESSAGE_PROGRESS:
            plan.output.take(message)
            noticePlaying()
        default: break
        }
    }

    /// What pads and other threads have to tell.
    private func take(application name: String?) {
        switch name {
        case Intake.padsKnown: build()
        case Intake.padAdded: look()
        case MaskingChain.changed: close(.changed)
        case MaskingChain.ended: takeChainEnd()
        case MaskingChain.sends:
            noticePlaying()
            look()
        case outputChanged:
            noticePlaying()
            if let trouble = plan.output.lookAround() {
                end = .trouble(trouble)
                tearDown()
            }
        default: break
        }
    }

    private func noticePlaying() {
        guard !isOver, !isEnding, !hasPlayed, plan.output.isOpen, chains.first?.sent.last != nil else { return }
        hasPlayed = true
        plan.metrics.state = .playing
        Log.say("playing: \(picture), \(plan.source.address) to \(plan.output.name)")
    }

    /// An end has left a chain. Where the sink does not say that it is done, that is the end.
    private func takeChainEnd() {
        guard plan.output.endsAtOnce, !chains.isEmpty, chains.allSatisfy(\.hasEnded) else { return }
        timers.append(MainLoop.Timer(seconds: Self.sendTime) { [unowned self] in takeEnd() })
    }

    private func takeEnd() {
        // Who failed may end the stream as well: why it failed is told soon.
        guard !isOver, isEnding || troubles.isEmpty else { return }
        if !isEnding, !plan.source.address.isFile {
            end = .trouble(Trouble(.source, "\(plan.source.address) has ended"))
        }
        tearDown()
    }

    private func trouble(_ report: ElementReport, from source: UnsafeMutablePointer<GstObject>?) -> Trouble {
        if chains.contains(where: { $0.isFaceAnon(source) }) {
            return .masking(report)
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
            fail(Trouble(.source, "\(plan.source.address) has no video that can be decoded", isPermanent: true))
            return
        }
        do throws(ProgramFailure) {
            let sink = try plan.output.makeSink()
            self.sink = sink
            let isLive = stream_is_live(video.pad) != 0
            let pace = MaskingChain.Pace(
                drops: isLive || plan.output.keepsTime, keepsTime: !isLive && plan.output.keepsTime,
                patience: plan.source.latency + 500)
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
            look()
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
                throw ProgramFailure(.failed, "faceanon does not take what \(plan.source.address) gives")
            }
        }
        for element in [sink] + chains.map(\.bin) { gst_element_sync_state_with_parent(element.pointer) }
        // Streams that nobody takes end at their unlinked pads.
        intake.releaseAll()
    }

    // MARK: - What no error tells

    private var progress: StallWatch.Progress {
        var progress = StallWatch.Progress()
        let chain = chains.first
        progress.packet = intake.lastPacket
        progress.decoded = chain?.watched?.lastDecoded
        progress.masked = chain?.watched?.lastMasked
        progress.sent = chain?.sent.last
        progress.firstSent = chain?.sent.first
        progress.chain = chain?.since
        progress.video = intake.pads.first { $0.caps.isVideo }?.since
        progress.isTaken = hasPlayed
        progress.lacksKeyFrame = intake.damage?.lacksKeyFrame ?? false
        return progress
    }

    /// Looks whether something has taken too long, and sets the alarm for the moment when something may have. Whatever
    /// happens meanwhile can only put that moment off, but for what calls this.
    private func look() {
        guard !isOver else { return }
        let finding =
            endingSince.map { watch.lookAtEnd(progress, since: $0, at: .now) } ?? watch.look(progress, at: .now)
        let peer = intake.peer
        switch finding {
        case .fine(let moment): alarm = MainLoop.Timer(at: moment) { [unowned self] in look() }
        case .pads: build()
        case .noAnswer: fail(Trouble(.source, "\(peer.address) does not answer"))
        case .silentSource(let seconds): fail(Trouble(.source, peer.silence(seconds)))
        case .undecoded(let seconds):
            fail(
                Trouble(
                    .source, "\(peer.address) has given no picture that can be decoded for \(Int(seconds)) s"))
        case .noKeyFrame(let seconds): fail(Trouble(.source, peer.keyFrameAdvice(seconds)))
        case .masking(let seconds):
            fail(Trouble(.failed, "faceanon has given no picture for \(Int(seconds)) s"))
        case .refusal: fail(Trouble(.target, "\(plan.output.name) does not take the stream"))
        case .stuckTarget where isEnding: giveUpEnd()
        case .stuckTarget: fail(Trouble(.target, "\(plan.output.name) takes no more"))
        }
    }

    private func giveUpEnd() {
        if case .finished = end {
            end = .trouble(
                Trouble(
                    .failed,
                    "the end does not get through to \(plan.output.name): nothing has gone out for "
                        + "\(Int(StallWatch.drainTime)) s"))
        }
        tearDown()
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
