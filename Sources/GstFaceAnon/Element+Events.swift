// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import FaceDetection

/// Events and queries: what has to keep its place among the frames that wait.
extension Element {
    /// Takes an event, which is the element's from here on.
    func handle(_ event: UnsafeMutablePointer<GstEvent>) -> gboolean {
        guard let parent = ElementType.parentClass?.pointee.sink_event else {
            gst_event_unref(event)
            return 0
        }
        let base: UnsafeMutablePointer<GstBaseTransform> = ElementType.pointer(instance)
        // Others come from any thread, and what is below is the streaming thread's.
        guard faceanon_event_is_serialized(event) != 0 else { return parent(base, event) }
        guard let stream else {
            gst_event_unref(event)
            return 0
        }
        switch event.pointee.type {
        case GST_EVENT_FLUSH_STOP:
            stream.clear()
            stream.flow = GST_FLOW_OK
            stream.hasFailed = false
            return parent(base, event)
        case GST_EVENT_EOS:
            drain()
            summarize()
            return parent(base, event)
        case GST_EVENT_STREAM_START:
            drain()
            stream.orientation = .upright
            stream.clock = StreamClock()
            return parent(base, event)
        case GST_EVENT_CAPS, GST_EVENT_SEGMENT, GST_EVENT_SEGMENT_DONE, GST_EVENT_STREAM_GROUP_DONE:
            // The frames that wait belong to what was before, and perhaps nothing comes after.
            drain()
            return parent(base, event)
        case GST_EVENT_GAP:
            var time: GstClockTime = 0
            var duration: GstClockTime = 0
            gst_event_parse_gap(event, &time, &duration)
            // In reverse playback the stream's clock runs the other way.
            guard instance.pointee.parent.segment.rate > 0 else { return pass(event, stream: stream, to: parent) }
            stream.queue.skip(to: UInt64(time), for: UInt64(duration))
            drain(all: false)
            return pass(event, stream: stream, to: parent)
        case GST_EVENT_TAG:
            let event = StreamTags.take(event) { stream.orientation = $0 }
            return pass(event, stream: stream, to: parent)
        default:
            return pass(event, stream: stream, to: parent)
        }
    }

    /// Hands an event on in its place among the frames.
    private func pass(
        _ event: UnsafeMutablePointer<GstEvent>, stream: Stream,
        to parent: (UnsafeMutablePointer<GstBaseTransform>?, UnsafeMutablePointer<GstEvent>?) -> gboolean
    ) -> gboolean {
        guard !stream.queue.isEmpty else {
            return parent(ElementType.pointer(instance), event)
        }
        stream.queue.append(event)
        return 1
    }

    /// Sends on all frames that wait, or those that have to wait no longer.
    ///
    /// What keeps them from going on is told upstream with the next buffer, since an event cannot say it; the frames
    /// are dropped, as nobody may know any more what caps they are of.
    func drain(all: Bool = true) {
        while true {
            let next = next(isDraining: all)
            var flow = next.flow
            if let buffer = next.buffer { flow = gst_pad_push(faceanon_source_pad(instance), buffer) }
            guard flow == GST_FLOW_OK else {
                log(GST_LEVEL_DEBUG, "frames that waited could not be sent on: \(flow.rawValue)")
                stream?.clear()
                stream?.flow = flow
                return
            }
            if next.buffer == nil { return }
        }
    }

    /// Answers a latency query: what upstream says, and what frames wait here.
    func addLatency(to query: UnsafeMutablePointer<GstQuery>) {
        let lookahead = GstClockTime(currentSettings.anonymizer.lookahead)
        guard lookahead > 0 else { return }
        var isLive: gboolean = 0
        var minimum: GstClockTime = 0
        var maximum: GstClockTime = 0
        gst_query_parse_latency(query, &isLive, &minimum, &maximum)
        let none = GstClockTime.max
        gst_query_set_latency(
            query, isLive, minimum &+ lookahead, maximum == none ? none : maximum &+ lookahead)
    }

    /// Tells upstream that strides other than the default are understood, so that nobody has to copy, and how many
    /// frames wait here at most, so that a pool of few buffers does not run dry.
    func proposeAllocation(_ query: UnsafeMutablePointer<GstQuery>?) {
        gst_query_add_allocation_meta(query, gst_video_meta_api_get_type(), nil)
        var caps: UnsafeMutablePointer<GstCaps>?
        var needsPool: gboolean = 0
        gst_query_parse_allocation(query, &caps, &needsPool)
        let seconds = Double(currentSettings.anonymizer.lookahead) / 1e9
        guard seconds > 0, let caps, let info = gst_video_info_new_from_caps(caps) else { return }
        defer { gst_video_info_free(info) }
        let rate = info.pointee.fps_n > 0 ? Double(info.pointee.fps_n) / Double(max(info.pointee.fps_d, 1)) : 30
        let waiting = guint(min(seconds * rate, 1200).rounded(.up)) + 2
        gst_query_add_allocation_pool(query, nil, guint(clamping: info.pointee.size), waiting, 0)
    }
}
