// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser

/// An RTSP server that has masked video only.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves cameras over RTSP, masked: the clear streams have no URL.",
        discussion: """
            Reads what to serve from CONFIG, a YAML file such as this:

            \(ServeConfiguration.example.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))

            A camera is connected to when the first viewer comes and let go of after the last one; all viewers share one \
            masked picture, without sound. Where the camera is lost, its viewers are disconnected, and whoever comes next \
            makes the server try again. Viewers may use UDP or TCP; with a certificate the server speaks TLS (rtsps) only. \
            SIGINT and SIGTERM end it in good order.

            \(ExitStatus.table)
            """)

    @Argument(help: ArgumentHelp("The configuration.", valueName: "CONFIG"))
    var config: String

    @Option(help: ArgumentHelp("Listen at this port, whatever CONFIG says; 0: any that is free.", valueName: "PORT"))
    var port: UInt16?

    @Flag(help: "Read CONFIG and what it names, say what is wrong, and end.")
    var check = false

    @OptionGroup(title: "REPORTS") var reporting: ReportingOptions

    func run() throws {
        try GStreamer.start(ElementProperties())
        var configuration = try ServeConfiguration(path: config)
        if let port { configuration.port = Int(port) }
        for mount in configuration.mounts where mount.properties != (try ElementProperties()) {
            try GStreamer.tryOut(mount.properties)
        }
        guard !check else {
            Log.say("\(config) is in order: \(configuration.mounts.map { "/\($0.name)" }.joined(separator: ", "))")
            return
        }
        let server = try StreamServer(configuration)
        try server.run(Reporter(reporting, streams: server.metrics))
    }
}
