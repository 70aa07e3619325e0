// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser

/// How the element is set: the same for every subcommand.
struct ElementOptions: ParsableArguments {
    @Option(help: "A preset of the element: reference, broadcast, or redaction.")
    var preset: String?

    @Option(help: "What is put over a face: mosaic, blur, or fill.")
    var mask: String?

    @Option(
        name: .customLong("element"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Further settings of the element; they win over the preset. May be given again.",
            valueName: "NAME=VALUE …"))
    var settings: [String] = []

    /// The settings in their order.
    func properties() throws(ProgramFailure) -> ElementProperties {
        try ElementProperties(preset: preset, (mask.map { ["mask=\($0)"] } ?? []) + settings)
    }
}
