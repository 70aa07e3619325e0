// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import Synchronization

/// Queries, and events from downstream.
extension Element {
    /// Answers a query of the sink pad.
    func answerFromUpstream(_ query: UnsafeMutablePointer<GstQuery>) -> gboolean {
        let pad = instance.pointee.sink
        switch query.pointee.type {
        case GST_QUERY_CAPS: return gst_pad_proxy_query_caps(pad, query)
        case GST_QUERY_ACCEPT_CAPS:
            gst_query_set_accept_caps_result(query, accepts(query) ? 1 : 0)
            return 1
        case GST_QUERY_ALLOCATION:
            // Frames that wait are copies: upstream needs no more buffers for look-ahead.
            for meta in AllowList.announcedMetas { gst_query_add_allocation_meta(query, meta, nil) }
            return 1
        default: return gst_pad_query_default(pad, ElementType.pointer(instance), query)
        }
    }

    /// Answers a query of the source pad.
    func answerFromDownstream(_ query: UnsafeMutablePointer<GstQuery>) -> gboolean {
        switch query.pointee.type {
        case GST_QUERY_CAPS: return gst_pad_proxy_query_caps(instance.pointee.source, query)
        case GST_QUERY_LATENCY:
            guard gst_pad_peer_query(instance.pointee.sink, query) != 0 else { return 0 }
            addLatency(to: query)
            return 1
        default: return gst_pad_query_default(instance.pointee.source, ElementType.pointer(instance), query)
        }
    }

    /// Whether frames of some caps can be inspected here, and go on downstream.
    private func accepts(_ query: UnsafeMutablePointer<GstQuery>) -> Bool {
        var caps: UnsafeMutablePointer<GstCaps>?
        gst_query_parse_accept_caps(query, &caps)
        guard let caps, let template = gst_pad_get_pad_template_caps(instance.pointee.sink) else { return false }
        defer { gst_caps_unref(template) }
        guard gst_caps_is_subset(caps, template) != 0 else { return false }
        do throws(StreamError) {
            _ = try FrameFormat(caps: caps)
        } catch {
            // Upstream says no more than that its caps were not taken.
            log(GST_LEVEL_WARNING, error.description)
            return false
        }
        return gst_pad_peer_query_accept_caps(instance.pointee.source, caps) != 0
    }

    /// Adds to what upstream says the time that frames wait here, and that their inspection and masking take.
    private func addLatency(to query: UnsafeMutablePointer<GstQuery>) {
        var isLive: gboolean = 0
        var minimum: GstClockTime = 0
        var maximum: GstClockTime = 0
        gst_query_parse_latency(query, &isLive, &minimum, &maximum)
        self.isLive.store(isLive != 0, ordering: .relaxed)
        let own = latency
        let none = GstClockTime.max
        func longer(_ time: GstClockTime) -> GstClockTime {
            let (sum, isTooLong) = time.addingReportingOverflow(GstClockTime(own))
            return isTooLong ? none : sum
        }
        gst_query_set_latency(query, isLive, longer(minimum), maximum == none ? none : longer(maximum))
    }

    /// How long a frame stays here, ns. With look-ahead it waits for a frame that is so much later, which comes up to one
    /// frame after that.
    private var latency: UInt64 {
        let lookahead = currentSettings.anonymizer.lookahead
        let period = max(framePeriod.load(ordering: .relaxed), lookahead > 0 ? Self.shortestPeriod : 0)
        return processing.latency + (period > 0 ? (lookahead + period - 1) / period * period : lookahead)
    }

    /// Before the first frames nobody knows how often they come, ns: 25 times a second.
    private static let shortestPeriod: UInt64 = 40_000_000

    /// Takes an event of the source pad, which is the element's from here on.
    func handleFromDownstream(_ event: UnsafeMutablePointer<GstEvent>) -> gboolean {
        if event.pointee.type == GST_EVENT_QOS {
            var type = GST_QOS_TYPE_UNDERFLOW
            var proportion = 1.0
            var lateness: GstClockTimeDiff = 0
            var time: GstClockTime = 0
            gst_event_parse_qos(event, &type, &proportion, &lateness, &time)
            qualityOfService.take(
                proportion: proportion, lateness: Int64(lateness), runningTime: UInt64(time))
        }
        return gst_pad_event_default(instance.pointee.source, ElementType.pointer(instance), event)
    }
}
