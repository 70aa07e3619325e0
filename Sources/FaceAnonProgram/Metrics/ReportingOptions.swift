// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser

/// Who is told how it goes, and where.
struct ReportingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Seconds between two lines of state; 0: none.", valueName: "seconds"))
    var stateInterval: Double = 5

    @Option(help: ArgumentHelp("Append a JSON line a second to FILE; -: to the output.", valueName: "FILE"))
    var statsJson: String?

    @Option(
        help: ArgumentHelp(
            "Serve Prometheus' text at http://127.0.0.1:PORT/metrics; 0: a free port.", valueName: "PORT"))
    var metricsPort: UInt16?

    func validate() throws {
        guard stateInterval == 0 || stateInterval >= 0.1 && stateInterval <= 86400 else {
            throw ValidationError("--state-interval is 0 or 0.1 to 86400 seconds")
        }
    }
}
