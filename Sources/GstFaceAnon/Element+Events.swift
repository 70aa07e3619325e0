// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import FaceDetection
internal import Synchronization

/// Events from upstream: what has to keep its place among the frames that wait.
extension Element {
    /// Takes an event of the sink pad, which is the element's from here on.
    func handleFromUpstream(_ event: UnsafeMutablePointer<GstEvent>) -> gboolean {
        guard faceanon_event_is_serialized(event) != 0 else {
            // Others come from any thread, and what is below is the streaming thread's.
            return AllowedEvents.filter(event).map { push($0) } ?? 1
        }
        guard let stream else {
            gst_event_unref(event)
            return 0
        }
        switch event.pointee.type {
        case GST_EVENT_FLUSH_STOP: return endFlush(event, stream: stream)
        case GST_EVENT_EOS: return end(event, stream: stream)
        case GST_EVENT_STREAM_START: beginStream(event, stream: stream)
        case GST_EVENT_CAPS: return takeCaps(event, stream: stream)
        case GST_EVENT_SEGMENT: takeSegment(event, stream: stream)
        case GST_EVENT_SEGMENT_DONE: drain()  // Perhaps nothing comes after it.
        case GST_EVENT_TAG:
            if let orientation = StreamTags.orientation(of: event) { stream.orientation = orientation }
        default: break
        }
        return passOn(event, stream: stream)
    }

    /// Hands an event on in its place among the frames, without what would tell of people.
    private func passOn(_ event: UnsafeMutablePointer<GstEvent>, stream: Stream) -> gboolean {
        guard let event = AllowedEvents.filter(event) else { return 1 }
        guard !stream.queue.isEmpty else { return push(event) }
        stream.queue.append(event)
        return 1
    }

    /// Sends on all frames that wait: what comes now says nothing of them.
    ///
    /// What keeps them from going on is told upstream with the next buffer, since an event cannot say it; the frames
    /// are dropped, as nobody may know any more what caps they are of.
    private func drain() {
        let flow = send(.all)
        guard flow != GST_FLOW_OK, let stream else { return }
        log(GST_LEVEL_DEBUG, "frames that waited could not be sent on: \(flow.rawValue)")
        stream.discardQueue { keepSticky($0, isFlushed: false) }
        stream.flow = flow
    }

    // MARK: - Kinds

    private func end(_ event: UnsafeMutablePointer<GstEvent>, stream: Stream) -> gboolean {
        drain()
        summarize()
        return passOn(event, stream: stream)
    }

    /// After a flush the stream is elsewhere: nothing that was seen says anything of what comes.
    private func endFlush(_ event: UnsafeMutablePointer<GstEvent>, stream: Stream) -> gboolean {
        stream.discardQueue { keepSticky($0, isFlushed: true) }
        stream.reset()
        qualityOfService.reset(keepingCounts: true)
        return push(event)
    }

    /// Sticky events that waited are not lost with the frames: the pad sends them before the next buffer, as GstQueue has
    /// it. A flush ends the segment.
    func keepSticky(_ event: UnsafeMutablePointer<GstEvent>, isFlushed: Bool) {
        let type = event.pointee.type
        let isEnded = type == GST_EVENT_EOS || (isFlushed && type == GST_EVENT_SEGMENT)
        if faceanon_event_is_sticky(event) != 0, !isEnded {
            gst_pad_store_sticky_event(instance.pointee.source, event)
        }
        gst_event_unref(event)
    }

    /// Frames of another stream say nothing of those that wait; the same stream may say its name again.
    private func beginStream(_ event: UnsafeMutablePointer<GstEvent>, stream: Stream) {
        var text: UnsafePointer<CChar>?
        gst_event_parse_stream_start(event, &text)
        let identifier = text.map { String(cString: $0) }
        guard identifier != stream.identifier else { return }
        drain()
        stream.identifier = identifier
        stream.orientation = .upright
    }

    /// Caps of pictures of the same size change nothing of what is known: a new rate, aspect ratio or colorimetry is not a
    /// new picture.
    private func takeCaps(_ event: UnsafeMutablePointer<GstEvent>, stream: Stream) -> gboolean {
        var caps: UnsafeMutablePointer<GstCaps>?
        gst_event_parse_caps(event, &caps)
        do throws(StreamError) {
            guard let caps else { throw .format("There are no caps in the event.") }
            let format = try FrameFormat(caps: caps)
            if stream.isOtherPicture(format) { drain() }
            stream.setFormat(format)
            log(GST_LEVEL_INFO, "frames are \(format.summary)")
        } catch {
            stream.setFormat(nil)
            log.error(error.code, error.description)
            gst_event_unref(event)
            return 0
        }
        return passOn(event, stream: stream)
    }

    private func takeSegment(_ event: UnsafeMutablePointer<GstEvent>, stream: Stream) {
        var segment: UnsafePointer<GstSegment>?
        gst_event_parse_segment(event, &segment)
        guard let segment else { return }
        if !stream.timeline.isContinued(by: segment.pointee) { drain() }
        stream.timeline.setSegment(segment.pointee)
    }
}
