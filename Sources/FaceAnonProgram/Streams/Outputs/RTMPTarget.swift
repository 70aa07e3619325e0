// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser
internal import CGstStream
internal import Foundation

/// From one RTMP application to another.
struct Relay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes an RTMP stream, masks it, and publishes it over RTMP.",
        discussion: """
            For servers like nginx with its RTMP module: people publish to an application that only this machine may play, \
            and viewers play another one, to which only this machine may publish. H.264 and the source's AAC or MP3 (other \
            audio becomes AAC) go to TARGET. Where masking is slower than the source, old frames are left out. When SOURCE or \
            TARGET is lost, it connects anew, with growing waits. SIGINT and SIGTERM end it in good order.

            A stream key is a password: --target-key FILE keeps it off the command line.

            \(ExitStatus.table)
            """)

    @Argument(help: ArgumentHelp("rtmp://HOST[:PORT]/APP/NAME, another URL, a file, or test.", valueName: "SOURCE"))
    var from: String

    @Argument(help: ArgumentHelp("rtmp://HOST[:PORT]/APP[/NAME] or rtmps://…", valueName: "TARGET"))
    var to: String

    @Option(
        help: ArgumentHelp(
            "A file whose first line is the stream key, which goes behind TARGET; else FACEANON_TARGET_KEY.",
            valueName: "FILE"))
    var targetKey: String?

    @OptionGroup(title: "MASKING") var element: ElementOptions
    @OptionGroup(title: "SOURCE") var source: SourceOptions
    @OptionGroup(title: "ENCODING") var encoder: EncoderOptions
    @OptionGroup(title: "REPORTS") var reporting: ReportingOptions

    func run() throws {
        let properties = try element.properties()
        let output = try RTMPTarget(to, key: Credentials.key("target", file: targetKey))
        let intake = try IntakeSettings(
            source, address: StreamAddress(source: from),
            passedAudio: "audio/mpeg, mpegversion=(int){2, 4}; audio/mpeg, mpegversion=(int)1, layer=(int)3")
        try GStreamer.start(properties)
        let metrics = StreamMetrics(name: "relay")
        let plan = Session.Plan(
            intake: intake, properties: properties, encoder: EncoderSettings(encoder), output: output, metrics: metrics)
        try Supervisor(
            plan, reporter: Reporter(reporting, streams: [metrics]), giveUpAfter: source.giveUpAfter
        ).run()
    }
}

/// An RTMP server that is published to.
final class RTMPTarget: MaskedOutput {
    let name: String
    private let location: String
    private var muxer: Held?
    private var sink: Held?

    init(_ text: String, key: String?) throws(ProgramFailure) {
        try StreamAddress.refuseCredentials(in: text, name: "target")
        let words = text.wholeMatch(of: /rtmps?:\/\/[^\/\s]+\/([^\s]+)/)
        guard let words, key != nil || words.1.contains("/") else {
            throw ProgramFailure(
                .misuse,
                "the target \(text) is not an RTMP URL: rtmp://HOST[:PORT]/APP/NAME, or without NAME and with a key")
        }
        name = text
        location = text + (key.map { "/\($0)" } ?? "")
    }

    var keepsTime: Bool { true }
    var endsAtOnce: Bool { true }

    /// The muxer waits for each of its pads, so it gets them one by one, as streams are there.
    func makeSink() throws(ProgramFailure) -> Held {
        let sink = try GStreamer.make("rtmp2sink")
        let muxer = try GStreamer.make("flvmux")
        stream_set_boolean(muxer.pointer, "streamable", 1)
        stream_set_string(sink.pointer, "location", location)
        // A pipeline that waits for a picture at its sink would keep the source's pace, and so the picture, from it.
        stream_set_boolean(sink.pointer, "async", 0)
        guard let pointer = stream_bin_new() else { throw ProgramFailure(.failed, "there is no bin") }
        let bin = Held(taking: pointer)
        gst_bin_add(stream_bin(bin.pointer), muxer.pointer)
        gst_bin_add(stream_bin(bin.pointer), sink.pointer)
        gst_element_link(muxer.pointer, sink.pointer)
        (self.muxer, self.sink) = (muxer, bin)
        return bin
    }

    func padTemplate(isVideo: Bool) -> String {
        let name = isVideo ? "video" : "audio"
        guard let muxer, let sink, let pad = gst_element_request_pad_simple(muxer.pointer, name) else { return name }
        gst_element_add_pad(sink.pointer, gst_ghost_pad_new(name, pad))
        gst_object_unref(pad)
        return name
    }

    func sessionEnded() { (muxer, sink) = (nil, nil) }

    func trouble(_ report: ElementReport) -> Trouble {
        Trouble(.target, "\(name): \(report.sentence)")
    }
}

extension Credentials {
    /// A key from the first line of a file, else from `FACEANON_NAME_KEY`. It is kept out of the log.
    static func key(
        _ name: String, file: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ProgramFailure) -> String? {
        var key = environment["FACEANON_\(name.uppercased())_KEY"]
        if let file {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw ProgramFailure(
                    .misuse, "the file of the key \(file) cannot be read: does it exist, and may you read it?")
            }
            key = String(String(decoding: data, as: UTF8.self).prefix { !$0.isNewline })
            warnIfOpen(file)
        }
        guard let key else { return nil }
        guard !key.isEmpty, !key.contains(where: \.isWhitespace) else {
            throw ProgramFailure(.misuse, "the \(name)'s key is empty or has spaces in it")
        }
        Log.hide(Credentials(user: "key", password: key))
        return key
    }
}
