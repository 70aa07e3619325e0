// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser
internal import CGstStream
internal import Foundation

/// The program: a subcommand a use.
@main struct FaceAnonProgram: ParsableCommand {
    /// The plugin's too: they are made and released together.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "faceanon",
        abstract: "Videos, pictures and streams in which every face is masked, by the GStreamer element faceanon.",
        discussion: """
            Where a source is asked for, test is a moving test picture: any command can be tried without a camera, as in

              faceanon record test FOLDER

            \(ExitStatus.table)
            """,
        version: version,
        subcommands: [
            Mask.self, Restream.self, Serve.self, Relay.self, HLS.self, Record.self, MaskWorker.self,
        ]
    )

    /// A file called -sh.mp4 would be read as -s, -h and so on, and ask for help: a script would take that for success.
    private static func refuseFilesThatLookLikeOptions(_ arguments: [String]) throws(ProgramFailure) {
        for argument in arguments.prefix(while: { $0 != "--" })
        where argument.hasPrefix("-") && !argument.hasPrefix("--") && argument.count > 2 {
            throw ProgramFailure(
                .misuse, "there is no option \(argument); a file of that name is written ./\(argument), or after --")
        }
    }

    /// ArgumentParser's own `main` would end with 64 for wrong use, and print errors past the redactor.
    static func main() {
        // A peer that is gone is an error to be read, not a reason to die.
        signal(SIGPIPE, SIG_IGN)
        // So is a file that must not grow any more.
        signal(SIGXFSZ, SIG_IGN)
        stream_use_one_heap()
        do {
            try refuseFilesThatLookLikeOptions(RawArguments.ofProcess)
            var command = try parseAsRoot(RawArguments.ofProcess)
            try command.run()
        } catch let failure as ProgramFailure {
            Log.say(failure.description)
            Foundation.exit(failure.status.rawValue)
        } catch {
            if exitCode(for: error) == .success { exit(withError: error) }
            Log.write(Log.redacted(fullMessage(for: error)) + "\n")
            Foundation.exit(ExitStatus.misuse.rawValue)
        }
    }
}
