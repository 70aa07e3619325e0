// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import Foundation

/// The numbers of a stream as people, log collectors and Prometheus read them.
package enum MetricsText {
    /// One line, without its end.
    package static func state(_ snapshot: StreamMetrics.Snapshot, named: Bool) -> String {
        var parts = ["\(snapshot.frames) frames", String(format: "%.1f fps", snapshot.fps), "\(snapshot.faces) faces"]
        parts += ["\(snapshot.covered) covered", "\(snapshot.dropped) dropped"]
        if let latency = snapshot.latency { parts.append(String(format: "latency %.0f ms", latency)) }
        if snapshot.reconnects > 0 { parts.append("\(snapshot.reconnects) reconnects") }
        return (named ? snapshot.stream + " " : "") + "\(snapshot.state.rawValue): " + parts.joined(separator: ", ")
    }

    private struct Line: Encodable {
        let time: String
        let stream: String
        let state: String
        let frames: UInt64
        let fps: Double
        let faces: UInt64
        let covered: UInt64
        let dropped: UInt64
        let latency_ms: Double?
        let reconnects: UInt64
    }

    /// One line with its end.
    package static func json(_ snapshot: StreamMetrics.Snapshot, time: Date) -> String {
        let line = Line(
            time: time.formatted(.iso8601), stream: snapshot.stream, state: snapshot.state.rawValue,
            frames: snapshot.frames, fps: (snapshot.fps * 10).rounded() / 10, faces: snapshot.faces,
            covered: snapshot.covered, dropped: snapshot.dropped,
            latency_ms: snapshot.latency.map { ($0 * 10).rounded() / 10 }, reconnects: snapshot.reconnects)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ((try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? "{}") + "\n"
    }

    /// Prometheus' text format 0.0.4.
    package static func prometheus(_ snapshots: [StreamMetrics.Snapshot]) -> String {
        typealias Snapshot = StreamMetrics.Snapshot
        let families: [(name: String, type: String, help: String, value: (Snapshot) -> Double?)] = [
            ("up", "gauge", "Whether masked frames leave.", { $0.state == .playing ? 1 : 0 }),
            ("frames_total", "counter", "Frames that went on.", { Double($0.frames) }),
            ("faces_total", "counter", "Masked areas, summed over all frames.", { Double($0.faces) }),
            (
                "covered_frames_total", "counter", "Frames covered, since they could not be inspected.",
                { Double($0.covered) }
            ),
            ("dropped_frames_total", "counter", "Frames that did not go on.", { Double($0.dropped) }),
            ("reconnects_total", "counter", "Times that source or target were lost.", { Double($0.reconnects) }),
            ("frames_per_second", "gauge", "Frames in the last second.", { $0.fps }),
            (
                "latency_seconds", "gauge", "From a frame's arrival to its way out, mean.",
                { $0.latency.map { $0 / 1000 } }
            ),
        ]
        return families.map { family in
            let samples = snapshots.compactMap { snapshot in
                family.value(snapshot).map {
                    "faceanon_\(family.name){stream=\"\(escaped(snapshot.stream))\"} \(number($0))\n"
                }
            }
            return "# HELP faceanon_\(family.name) \(family.help)\n# TYPE faceanon_\(family.name) \(family.type)\n"
                + samples.joined()
        }.joined()
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : String(format: "%.4f", value)
    }

    private static func escaped(_ label: String) -> String {
        label.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
            .replacingOccurrences(of: "\n", with: "\\n")
    }
}
