// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import FaceDetection
internal import Synchronization

/// Frames: in by `chain`, out by `send`, their one way out of the element.
extension Element {
    /// Takes a buffer in, which is the element's from here on, and sends on what may leave now.
    func chain(_ buffer: UnsafeMutablePointer<GstBuffer>) -> GstFlowReturn {
        guard let stream, let format = stream.format else {
            gst_buffer_unref(buffer)
            return GST_FLOW_NOT_NEGOTIATED
        }
        guard stream.flow == GST_FLOW_OK else {
            gst_buffer_unref(buffer)
            defer { stream.flow = GST_FLOW_OK }
            return stream.flow
        }
        let settings = synchronizedSettings(stream, buffer: buffer)
        guard !stream.hasFailed || settings.failurePolicy != .error else {
            gst_buffer_unref(buffer)
            return GST_FLOW_ERROR
        }
        let isLate = settings.handlesLateFrames && isLate(buffer, stream: stream)
        let flow = accept(buffer, format: format, stream: stream, settings: settings, isLate: isLate)
        noteStep(stream.timeline.usualStep, settings: settings)
        return flow == GST_FLOW_OK ? send(.due) : flow
    }

    /// The settings for a frame, after controllers have set theirs for its time.
    private func synchronizedSettings(
        _ stream: Stream, buffer: UnsafeMutablePointer<GstBuffer>
    ) -> ElementSettings {
        if gst_object_has_active_control_bindings(ElementType.pointer(instance)) != 0, faceanon_has_pts(buffer) != 0,
            let time = stream.timeline.streamTime(of: faceanon_pts(buffer))
        {
            gst_object_sync_values(ElementType.pointer(instance), GstClockTime(time))
        }
        let settings = currentSettings
        if !settings.anonymizer.clearZones.isEmpty { warnOfZones() }
        return settings
    }

    /// Inspects a buffer and puts it in the queue.
    private func accept(
        _ buffer: UnsafeMutablePointer<GstBuffer>, format: FrameFormat, stream: Stream, settings: ElementSettings,
        isLate: Bool
    ) -> GstFlowReturn {
        let start = faceanon_monotonic_time()
        let frame = stream.frame(of: buffer, format: format)
        guard !isLate else {
            // In its place in the queue, so that the report keeps its order.
            frame.fail(.late)
            stream.queue.append(frame)
            return GST_FLOW_OK
        }
        do throws(StreamError) {
            if let problem = settings.problem { throw StreamError.settings(problem) }
            try stream.inspect(frame, settings: settings)
        } catch {
            guard settings.failurePolicy != .error || error.isDamage else {
                defer { stream.recycle(frame) }
                return fail(error, frame: frame)
            }
            frame.fail(error)
        }
        processing.inspected(for: faceanon_monotonic_time() - start)
        if stream.isFirstTooSmall(settings.anonymizer) {
            let size = settings.anonymizer.detector.minimumSize
            log(GST_LEVEL_INFO, "no face of min-size \(size) px fits into frames of \(format.summary)")
        }
        stream.queue.append(frame)
        return GST_FLOW_OK
    }

    /// Takes note of how often frames come: it is a part of the latency.
    private func noteStep(_ step: UInt64, settings: ElementSettings) {
        let announced = framePeriod.exchange(step, ordering: .relaxed)
        let isOther = step > announced * 2 || step < announced / 2
        announce(isOther && settings.anonymizer.lookahead > 0 && isLive.load(ordering: .relaxed))
    }

    // MARK: - The way out

    /// What of the queue is to be sent.
    enum Extent {
        /// What has to wait for no later frame.
        case due
        /// All of it: no later frame says anything of these.
        case all
    }

    /// Sends on what waits, masked: frames and the events between them.
    func send(_ extent: Extent) -> GstFlowReturn {
        guard let stream else { return GST_FLOW_FLUSHING }
        let settings = currentSettings
        let lookahead = settings.anonymizer.lookahead
        while let entry = extent == .all
            ? stream.queue.drain() : stream.queue.next(lookahead: lookahead, now: stream.timeline.now)
        {
            switch entry {
            case .event(let event):
                push(event)
            case .frame(let frame):
                let start = faceanon_monotonic_time()
                let result = finish(frame, stream: stream, settings: settings)
                stream.recycle(frame)
                guard result.flow == GST_FLOW_OK else { return result.flow }
                guard let buffer = result.buffer else { continue }
                let isSlower = processing.masked(for: faceanon_monotonic_time() - start)
                announce(isSlower && isLive.load(ordering: .relaxed))
                let flow = push(buffer, stream: stream)
                guard flow == GST_FLOW_OK else { return flow }
            }
        }
        return GST_FLOW_OK
    }

    private func push(_ buffer: UnsafeMutablePointer<GstBuffer>, stream: Stream) -> GstFlowReturn {
        if stream.isDiscontinuous {
            faceanon_buffer_set_flag(buffer, GST_BUFFER_FLAG_DISCONT)
            stream.isDiscontinuous = false
        }
        return gst_pad_push(instance.pointee.source, buffer)
    }

    /// Pushes an event, which is downstream's then.
    ///
    /// - Returns: whether downstream took it. Where it did not take caps or a segment, it refuses the next buffer as well,
    ///   and upstream learns of it then.
    @discardableResult
    func push(_ event: UnsafeMutablePointer<GstEvent>) -> gboolean {
        let type = event.pointee.type
        let result = gst_pad_push_event(instance.pointee.source, event)
        if result == 0 {
            log(GST_LEVEL_DEBUG, "downstream did not take \(String(cString: gst_event_type_get_name(type)))")
        }
        return result
    }

    // MARK: - Masking

    /// Masks a frame, or does with it what the failure policy says.
    private func finish(
        _ frame: PendingFrame, stream: Stream, settings: ElementSettings
    ) -> (buffer: UnsafeMutablePointer<GstBuffer>?, flow: GstFlowReturn) {
        stream.settle(frame)
        if let failure = frame.failure { return replace(frame, for: failure, settings: settings) }
        guard let format = frame.format, let buffer = frame.shared else { return (nil, GST_FLOW_OK) }
        do throws(StreamError) {
            if !frame.isGap {
                try stream.mask(frame.faces, in: buffer, format: format, settings: settings.anonymizer)
            }
        } catch {
            return replace(frame, for: error, settings: settings)
        }
        guard let buffer = frame.take() else { return (nil, GST_FLOW_OK) }
        return publish(buffer, frame: frame, faces: frame.faces, outcome: .masked, settings: settings)
    }

    /// What goes on instead of a frame that could not be masked.
    private func replace(
        _ frame: PendingFrame, for error: StreamError, settings: ElementSettings
    ) -> (buffer: UnsafeMutablePointer<GstBuffer>?, flow: GstFlowReturn) {
        guard settings.failurePolicy != .error || error.isDamage else { return (nil, fail(error, frame: frame)) }
        guard let format = frame.format else { return (nil, GST_FLOW_OK) }
        var covered: UnsafeMutablePointer<GstBuffer>?
        if settings.failurePolicy == .cover, !error.isLate, let buffer = frame.shared {
            covered = stream?.covered(buffer, format: format)
        }
        if !error.isLate { warnOfFrame(error, isCovered: covered != nil) }
        if let covered { return publish(covered, frame: frame, faces: [], outcome: .covered, settings: settings) }
        stream?.isDiscontinuous = true
        return (nil, dropped(number: frame.number, pts: frame.when.pts, format: format, settings: settings))
    }

    /// Tells of a finished frame: meta, message, report, statistics.
    private func publish(
        _ buffer: UnsafeMutablePointer<GstBuffer>, frame: PendingFrame, faces: [MaskedFace], outcome: FrameOutcome,
        settings: ElementSettings
    ) -> (buffer: UnsafeMutablePointer<GstBuffer>?, flow: GstFlowReturn) {
        guard let stream, let format = frame.format else {
            gst_buffer_unref(buffer)
            return (nil, GST_FLOW_FLUSHING)
        }
        count(faces, outcome: outcome, times: stream.times)
        log(GST_LEVEL_LOG, "frame \(frame.number): \(faces.count) faces, \(outcome.rawValue)")
        if settings.attachesMeta { FaceMessages.attach(faces, to: buffer) }
        post(faces, frame: frame, duration: faceanon_duration(buffer), settings: settings)
        let line = FrameReport(
            frame: frame.number, pts: frame.when.pts, width: format.width, height: format.height, outcome: outcome,
            faces: faces)
        guard write(line, settings: settings) else {
            gst_buffer_unref(buffer)
            return (nil, GST_FLOW_ERROR)
        }
        return (buffer, GST_FLOW_OK)
    }

    private func dropped(
        number: UInt64, pts: UInt64?, format: FrameFormat, settings: ElementSettings
    ) -> GstFlowReturn {
        countDropped()
        let line = FrameReport(
            frame: number, pts: pts, width: format.width, height: format.height, outcome: .dropped, faces: [])
        return write(line, settings: settings) ? GST_FLOW_OK : GST_FLOW_ERROR
    }

    // MARK: - Failures

    /// Posts an element error for a frame, and ends the stream with it.
    private func fail(_ error: StreamError, frame: PendingFrame) -> GstFlowReturn {
        stop(
            error.code, error.description + " It was not passed on.",
            detail: "frame \(frame.number) at \(frame.when.pts.map { "\($0) ns" } ?? "no time")")
        return GST_FLOW_ERROR
    }

    // MARK: - Late frames

    /// Whether a buffer comes so late that downstream would drop it. It is dropped here, before any work on it, with a
    /// QoS message; it is never passed on uninspected.
    private func isLate(_ buffer: UnsafeMutablePointer<GstBuffer>, stream: Stream) -> Bool {
        guard faceanon_has_pts(buffer) != 0, let time = stream.timeline.runningTime(of: faceanon_pts(buffer)),
            let verdict = qualityOfService.judge(runningTime: time)
        else { return false }
        let streamTime = stream.timeline.streamTime(of: faceanon_pts(buffer))
        let message = gst_message_new_qos(
            ElementType.pointer(instance), 0, guint64(time), guint64(streamTime ?? .max),
            guint64(faceanon_pts(buffer)), guint64(faceanon_duration(buffer)))
        gst_message_set_qos_values(message, gint64(verdict.lateness), verdict.proportion, 1_000_000)
        gst_message_set_qos_stats(message, GST_FORMAT_BUFFERS, guint64(verdict.processed), guint64(verdict.dropped))
        gst_element_post_message(ElementType.pointer(instance), message)
        return true
    }
}
