// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import ArgumentParser

struct Restream: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Camera in, masked stream out to an RTSP server.")
    @OptionGroup var element: ElementOptions
    @OptionGroup var source: SourceOptions
    @OptionGroup var encoder: EncoderOptions
    @OptionGroup var reporting: ReportingOptions
    func run() throws {
        try GStreamer.start(try element.properties())
    }
}
struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Record.")
    func run() throws {
    }
}
