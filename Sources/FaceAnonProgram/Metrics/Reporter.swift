// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// Says how the streams do: lines of state, JSON lines, Prometheus' text, and systemd's watchdog. Lives on the main loop.
package final class Reporter {
    private let streams: [StreamMetrics]
    private let stateInterval: Double
    private var jsonFile: FileHandle?
    private let server: MetricsServer?
    private let notifier = ServiceNotifier()
    private var timers: [MainLoop.Timer] = []
    private let started = ContinuousClock.now

    /// Opens what is to be written to, and the port.
    init(_ options: ReportingOptions, streams: [StreamMetrics]) throws(ProgramFailure) {
        self.streams = streams
        stateInterval = options.stateInterval
        server = try options.metricsPort.map { port throws(ProgramFailure) in try MetricsServer(port: port) }
        if let path = options.statsJson {
            jsonFile = path == "-" ? .standardOutput : try Self.open(path)
        }
    }

    private static func open(_ path: String) throws(ProgramFailure) -> FileHandle {
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ProgramFailure(
                .storage, "--stats-json: \(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// Tells systemd that the service is there, and begins with the reports.
    package func start() {
        if let server { Log.say("metrics at http://127.0.0.1:\(server.port)/metrics") }
        timers = [MainLoop.Timer(seconds: 1, repeats: true) { [unowned self] in sample() }]
        if stateInterval > 0 {
            timers.append(MainLoop.Timer(seconds: stateInterval, repeats: true) { [unowned self] in sayState() })
        }
        if let interval = notifier.watchdogInterval {
            timers.append(MainLoop.Timer(seconds: interval, repeats: true) { [unowned self] in notifier.alive() })
        }
        notifier.ready()
        sample()
    }

    /// The last numbers, and the end of it.
    package func stop() {
        notifier.stopping()
        timers = []
        sample()
        if stateInterval > 0 { sayState() }
    }

    private func sample() {
        let snapshots = streams.map { $0.sample() }
        server?.text = MetricsText.prometheus(snapshots)
        guard let file = jsonFile else { return }
        let time = Date()
        do {
            for snapshot in snapshots { try file.write(contentsOf: Data(MetricsText.json(snapshot, time: time).utf8)) }
        } catch {
            jsonFile = nil
            Log.say("warning: --stats-json can no longer be written: \(error.localizedDescription)")
        }
    }

    private func sayState() {
        let lines = streams.map { MetricsText.state($0.latest, named: streams.count > 1) }
        for line in lines { Log.say(line) }
        notifier.status(lines.joined(separator: "; "))
    }
}
