// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

extension Elements {
    /// Numbers from outside at random, in all places where there are some: the process lives, and what leaves is inspected.
    ///
    /// `make fuzz` runs it for FACEANON_FUZZ_SECONDS; a failure prints the seed, and FACEANON_FUZZ_SEED runs it again.
    @Suite struct Fuzz {
        /// SplitMix64 (Steele, Lea and Flood 2014), so that a seed gives the same run everywhere.
        struct Generator: RandomNumberGenerator {
            private var state: UInt64

            init(seed: UInt64) { state = seed }

            mutating func next() -> UInt64 {
                state &+= 0x9e37_79b9_7f4a_7c15
                var z = state
                z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
                z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
                return z ^ (z >> 31)
            }

            /// A number of 64 bits, mostly one at which arithmetic breaks.
            mutating func edge() -> UInt64 {
                switch Int.random(in: 0..<6, using: &self) {
                case 0: return next()
                case 1:
                    return (UInt64(1) << UInt64.random(in: 0..<64, using: &self))
                        &+ UInt64.random(in: 0..<3, using: &self) &- 1
                case 2: return UInt64.max - UInt64.random(in: 0..<100, using: &self)
                case 3: return UInt64.random(in: 0..<100, using: &self)
                default: return UInt64.random(in: 0..<20, using: &self) * 40_000_000
                }
            }

            mutating func edge32() -> UInt32 {
                Bool.random(using: &self)
                    ? UInt32(truncatingIfNeeded: edge()) : UInt32.random(in: 0..<100, using: &self)
            }
        }

        private static var environment: [String: String] { ProcessInfo.processInfo.environment }

        @Test("L29: times, durations, rates, sizes, strides, offsets, crops, regions, zones and properties at random")
        func numbers() throws {
            try #require(Plugin.isReady)
            let seconds = Self.environment["FACEANON_FUZZ_SECONDS"].flatMap(Double.init) ?? 3
            let first = Self.environment["FACEANON_FUZZ_SEED"].flatMap { UInt64($0) }
            let end = ContinuousClock.now + .seconds(seconds)
            var seed = first ?? 1
            let criticals = Criticals()
            repeat {
                try stream(seed: seed)
                seed += 1
            } while first == nil && ContinuousClock.now < end
            #expect(criticals.count == 0, "a host may end at its first critical message")
        }

        /// One stream of a life of its own.
        private func stream(seed: UInt64) throws {
            var random = Generator(seed: seed)
            let (width, height) = (Int.random(in: 1..<70, using: &random), Int.random(in: 1..<70, using: &random))
            let format = ["I420", "GRAY8", "RGB", "NV12", "YUY2", "ARGB"].randomElement(using: &random) ?? "I420"
            let rates = ["25/1", "0/1", "1/2147483647", "2147483647/1", "30000/1001"]
            func caps(_ rate: String) -> String {
                "video/x-raw,format=\(format),width=\(width),height=\(height),framerate=\(rate)"
            }
            let sized = gst_caps_from_string(caps("25/1"))
            defer { gst_caps_unref(sized) }
            let info = try #require(gst_video_info_new_from_caps(sized))
            defer { gst_video_info_free(info) }
            let size = Int(info.pointee.size)
            let harness = try FaceHarness(
                caps(rates.randomElement(using: &random) ?? "25/1"),
                [
                    "failure-policy": "cover", "mask-roi": "*", "attach-meta": "true", "post-messages": "every-frame",
                    "min-size": "12",
                    "lookahead": ["0", "80000000", "10000000000"].randomElement(using: &random) ?? "0",
                ])
            for _ in 0..<40 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0: harness.push(event: segment(&random))
                case 1:
                    harness.push(
                        event: gst_event_new_caps(
                            gst_caps_from_string(caps(rates.randomElement(using: &random) ?? "0/1"))))
                case 2: harness.push(event: gst_event_new_gap(guint64(random.edge() >> 1), guint64(random.edge())))
                case 3: set(&random, on: harness)
                case 4:
                    // A frame may come early by no more than its running time: GStreamer refuses to say otherwise.
                    let time = Int64(clamping: random.edge())
                    let lateness = max(Int64(bitPattern: random.edge()), -time)
                    gst_harness_push_upstream_event(
                        harness.harness,
                        gst_event_new_qos(
                            GST_QOS_TYPE_UNDERFLOW, Double(bitPattern: random.next()).magnitude,
                            GstClockTimeDiff(lateness), guint64(time)))
                    harness.set("qos", Int.random(in: 0..<4, using: &random) == 0 ? "true" : "false")
                case 5 where Int.random(in: 0..<4, using: &random) == 0: harness.flush()
                default:
                    let buffer = try buffer(&random, size: size, width: width, height: height, info: info)
                    #expect(harness.push(buffer) == GST_FLOW_OK, "seed \(seed)")
                }
                while let output = harness.tryPull() {
                    #expect([0, size].contains(Int(gst_buffer_get_size(output))), "seed \(seed)")
                    gst_buffer_unref(output)
                }
                _ = gst_harness_query_latency(harness.harness)
                _ = harness.takeMessages()
            }
            harness.push(event: gst_event_new_eos())
        }

        private func segment(_ random: inout Generator) -> UnsafeMutablePointer<GstEvent>? {
            var segment = GstSegment()
            gst_segment_init(&segment, GST_FORMAT_TIME)
            segment.rate = [1, -1, 2, 1e-9, 1e300, -0.5].randomElement(using: &random) ?? 1
            segment.applied_rate = [1, -1, 1e300].randomElement(using: &random) ?? 1
            (segment.start, segment.stop) = (guint64(random.edge()), guint64(random.edge()))
            (segment.base, segment.offset) = (guint64(random.edge()), guint64(random.edge()))
            (segment.time, segment.position) = (guint64(random.edge()), guint64(random.edge()))
            return gst_event_new_segment(&segment)
        }

        private func set(_ random: inout Generator, on harness: FaceHarness) {
            let number = Int32(bitPattern: random.edge32())
            let zone = (0..<4).map { _ in "\(Int32(bitPattern: random.edge32()))" }.joined(separator: ",")
            let (name, value) =
                [
                    ("mask-zones", "<<\(zone)>>"), ("clear-zones", "<<\(zone)>>"), ("min-size", "\(number)"),
                    ("margin", "\(Double(bitPattern: random.next()))"), ("hold", "\(random.edge())"),
                    ("lookahead", "\(random.edge())"), ("blur-level", "\(Double(number))"),
                    ("mosaic-level", "\(number)"),
                    ("mask", ["mosaic", "blur", "fill"].randomElement(using: &random) ?? ""),
                    ("shape", ["rectangle", "ellipse"].randomElement(using: &random) ?? ""),
                    ("scale-factor", "\(Double.random(in: 0...1, using: &random))"),
                    ("network-thresholds", "<0,0,\(Double.random(in: 0...1, using: &random))>"),
                ].randomElement(using: &random) ?? ("margin", "0")
            harness.set(name, value)
        }

        private func buffer(
            _ random: inout Generator, size: Int, width: Int, height: Int, info: UnsafeMutablePointer<GstVideoInfo>
        ) throws -> UnsafeMutablePointer<GstBuffer> {
            let length =
                Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 0..<3 * size, using: &random) : size
            let buffer = try #require(gst_buffer_new_allocate(nil, gsize(max(length, 1)), nil))
            gst_buffer_memset(buffer, 0, UInt8.random(in: 0...255, using: &random), gsize(length))
            if length == 0 { gst_buffer_set_size(buffer, 0) }
            check_set_times(buffer, guint64(random.edge()), guint64(random.edge()))
            buffer.pointee.dts = guint64(random.edge())
            buffer.pointee.offset = guint64(random.edge())
            if Int.random(in: 0..<4, using: &random) == 0 {
                check_set_flag(buffer, GstBufferFlags(rawValue: 1 << UInt32.random(in: 4..<16, using: &random)))
            }
            if Int.random(in: 0..<3, using: &random) == 0 {
                var (offsets, strides) = ([gsize](repeating: 0, count: 4), [gint](repeating: 0, count: 4))
                for plane in 0..<4 {
                    offsets[plane] = gsize(random.edge())
                    strides[plane] = gint(Int32(bitPattern: random.edge32()))
                }
                // GStreamer itself refuses metas of planes that the format has not.
                let format = info.pointee.finfo.pointee
                gst_buffer_add_video_meta_full(
                    buffer, GST_VIDEO_FRAME_FLAG_NONE, format.format, guint(width), guint(height), format.n_planes,
                    &offsets, &strides)
            }
            for _ in 0..<Int.random(in: 0..<3, using: &random) {
                gst_buffer_add_video_region_of_interest_meta(
                    buffer, "thing", random.edge32(), random.edge32(), random.edge32(), random.edge32())
            }
            if Bool.random(using: &random) {
                check_crop(buffer, random.edge32(), random.edge32(), random.edge32(), random.edge32())
            }
            return buffer
        }
    }
}
