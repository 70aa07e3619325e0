// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser

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

    @OptionGroup var options: StreamOptions

    func run() throws {
        try options.run("relay", from: from, passedAudio: .aacAndMP3) { () throws(ProgramFailure) in
            try RTMPTarget(to, key: Credentials.key("target", file: targetKey))
        }
    }
}
