// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

/// What people, log collectors, Prometheus and systemd are told.
@Suite struct ReportingTests {
    private static let snapshot: StreamMetrics.Snapshot = {
        var snapshot = StreamMetrics.Snapshot()
        snapshot.stream = "front \"door\""
        snapshot.state = .playing
        (snapshot.frames, snapshot.faces, snapshot.covered, snapshot.dropped) = (100, 50, 1, 2)
        (snapshot.fps, snapshot.latency, snapshot.reconnects) = (14.96, 123.44, 3)
        return snapshot
    }()

    @Test func aLineForPeople() {
        #expect(
            MetricsText.state(Self.snapshot, named: false)
                == "playing: 100 frames, 15.0 fps, 50 faces, 1 covered, 2 dropped, latency 123 ms, 3 reconnects")
        #expect(MetricsText.state(StreamMetrics.Snapshot(), named: false).hasPrefix("connecting: 0 frames, 0.0 fps"))
    }

    @Test func aLineForLogCollectors() {
        #expect(
            MetricsText.json(Self.snapshot, time: Date(timeIntervalSince1970: 0))
                == #"{"covered":1,"dropped":2,"faces":50,"fps":15,"frames":100,"latency_ms":123.4,"reconnects":3,"#
                + #""state":"playing","stream":"front \"door\"","time":"1970-01-01T00:00:00Z"}"# + "\n")
    }

    @Test func aTextForPrometheus() {
        let text = MetricsText.prometheus([Self.snapshot])
        for line in [
            "# TYPE faceanon_frames_total counter", #"faceanon_frames_total{stream="front \"door\""} 100"#,
            #"faceanon_latency_seconds{stream="front \"door\""} 0.1234"#, #"faceanon_up{stream="front \"door\""} 1"#,
        ] {
            #expect(text.contains(line + "\n"), "\(line)")
        }
        #expect(!MetricsText.prometheus([StreamMetrics.Snapshot()]).contains("latency_seconds{"))
    }

    @Test func countsStayWhenThereIsNoElementYet() {
        let metrics = StreamMetrics(name: "a")
        metrics.countReconnect()
        metrics.state = .waiting
        let sample = metrics.sample()
        #expect(sample.reconnects == 1 && sample.state == .waiting && sample.stream == "a" && sample.frames == 0)
        #expect(metrics.latest == sample)
    }

    @Test func systemdHearsOfIt() throws {
        let path = NSTemporaryDirectory() + UUID().uuidString
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer {
            close(socket)
            unlink(path)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "10000000"])
        #expect(notifier.watchdogInterval == 5)
        notifier.ready()
        notifier.alive()
        notifier.status("at rtsp://me:secret@host/")
        notifier.stopping()
        for expected in ["READY=1", "WATCHDOG=1", "STATUS=at rtsp://***@host/", "STOPPING=1"] {
            var buffer = [UInt8](repeating: 0, count: 200)
            let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            #expect(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self) == expected)
        }
    }

    @Test func theWatchdogOfAnotherProcessIsNotOurs() {
        let other = ServiceNotifier(environment: ["WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"])
        #expect(other.watchdogInterval == nil)
        #expect(ServiceNotifier(environment: [:]).watchdogInterval == nil)
    }

    @Test func settingsAreReadAsAShellDoes() throws {
        let properties = try ElementProperties(
            preset: "redaction", ["mask=fill  margin=0.3", #"model-dir="/a b""#, ""])
        #expect(properties.assignments.map(\.name) == ["mask", "margin", "model-dir"])
        #expect(properties.assignments.map(\.value) == ["fill", "0.3", "/a b"])
        for wrong in ["mask", "=fill", "margin='0.3"] {
            #expect(throws: ProgramFailure.self) { try ElementProperties([wrong]) }
        }
    }
}
