// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// One call of `faceanon mask`, from the names on the command line to the summary.
final class MaskRun {
    private let command: Mask
    private let properties: ElementProperties
    private let console: Console
    private let crew: Crew
    private let crewSize: Int
    private var meter = ProgressMeter()
    private var outputs = MaskOutputs()
    /// Whether reports go to a folder, which is made if need be.
    private var hasReportFolder = false
    /// The item that was heard of last: what a bar names.
    private var current: MaskItem?
    private var items: [MaskItem] = []

    init(_ command: Mask) throws(ProgramFailure) {
        self.command = command
        properties = try command.element.properties()
        guard !properties.assignments.contains(where: { $0.name == "report-location" }) else {
            throw ProgramFailure(.misuse, "faceanon's report-location is set by --report")
        }
        console = Console(command.running.progress, quiet: command.running.quiet)
        crewSize = command.running.jobs ?? Machine.processors
        crew = Crew(size: crewSize, memoryLimit: Machine.memoryLimit(workers: command.running.jobs ?? 1))
        _ = FileMode.mask
    }

    func run() throws {
        do {
            try work()
        } catch let interruption as Crew.Interruption {
            console.clear()
            // What is not complete has no name yet, and is gone with its descriptor.
            outputs.discard()
            crew.dismiss()
            console.complain("interrupted: nothing was written for what was not complete")
            // So that whoever started this sees how it ended.
            signal(interruption.signal, SIG_DFL)
            raise(interruption.signal)
        }
    }

    private func work() throws {
        let inputs = MaskInputs(
            command.inputs, recursive: command.output.recursive,
            outputFolder: command.output.outputDir.map { FilePath(argument: $0) })
        items = inputs.items
        let plan = try makePlan(inputs)
        try check()
        try look()
        try plan.apply(to: items)
        for item in items { complain(item) }
        if command.output.dryRun {
            for item in items where item.outcome == nil { item.outcome = .wouldBeMasked }
        } else {
            try mask()
        }
        console.clear()
        crew.dismiss()
        outputs.removeEmptyFolders()
        let summary = MaskReport(
            items: items, passedOver: inputs.passedOver, isSingle: isSingle(inputs),
            hasReports: command.output.report != nil)
        summary.show(on: console)
        if let failure = summary.failure { throw failure }
    }

    // MARK: - Before anything is written

    private func isSingle(_ inputs: MaskInputs) -> Bool { inputs.folderCount == 0 && command.inputs.count == 1 }

    private func makePlan(_ inputs: MaskInputs) throws(ProgramFailure) -> MaskPlan {
        let options = command.output
        guard !inputs.items.isEmpty else {
            let more = inputs.passedOver.isEmpty ? "" : " (\(inputs.passedOver.joined(separator: ", ")))"
            throw ProgramFailure(
                .source, "there is nothing to mask in \(Shown.text(command.inputs.joined(separator: ", ")))\(more)")
        }
        var target = MaskPlan.Target.besideInput
        if let output = options.output {
            guard inputs.folderCount == 0 else {
                throw ProgramFailure(.misuse, "--output is for one file; --output-dir takes those of a folder")
            }
            let path = FilePath(argument: output)
            guard path.kind != nil else {
                throw ProgramFailure(.misuse, "\(path) needs a suffix that says what it is to be, such as .mp4")
            }
            target = .file(path)
        } else if let folder = options.outputDir {
            target = .folder(FilePath(argument: folder))
        }
        if options.output == nil,
            let item = inputs.items.first(where: \.isAddress)
        {
            throw ProgramFailure(.misuse, "\(item.shown) is a camera or a URL and needs --output (./NAME is a file)")
        }
        var reports = MaskPlan.ReportTarget.none
        if let report = options.report.map({ FilePath(argument: $0) }) {
            let isFolder =
                inputs.folderCount > 0 || command.inputs.count > 1 || FileStatus(report)?.kind == .folder
                || report.bytes.last == UInt8(ascii: "/")
            hasReportFolder = isFolder
            reports = isFolder ? .folder(report) : .file(report)
        }
        return MaskPlan(target, reports: reports, replaces: options.force)
    }

    /// Tries the element out: a wrong setting, a missing model or plugin is known before anything is written.
    private func check() throws {
        var failure: ProgramFailure?
        let (preset, settings) = (properties.preset, settings(threads: nil))
        try crew.run([
            Job(stall: stall(pixels: 0), prepare: { .check(preset: preset, settings: settings) }) { result in
                if case .failure(let error) = result { failure = error }
            }
        ])
        if let failure { throw failure }
    }

    /// Finds out what each file is.
    private func look() throws {
        let quality = command.media.quality
        let jobs = items.filter { $0.outcome == nil }.compactMap { item -> Job? in
            guard case .file = item.source else { return nil }
            return Job(
                stall: stall(pixels: 0), prepare: { [self] in .facts(request(item, output: nil, report: nil)) },
                onEnd: { result in
                    switch result {
                    case .success(.facts(let facts)):
                        item.facts = facts
                        if facts.kind == .video, let quality = quality, quality > 51 {
                            item.outcome = .failed(ProgramFailure(.misuse, "--quality is 0 to 51 for a video"))
                        }
                    case .success: item.outcome = .failed(ProgramFailure(.failed, "the worker gave no answer"))
                    case .failure(let error): item.outcome = Self.outcome(error, of: item)
                    }
                })
        }
        crew.onTick = { [unowned self] in
            let open = items.filter {
                if case .file = $0.source { $0.outcome == nil && $0.facts == nil } else { false }
            }
            console.show("looking at the files: \(jobs.count - open.count) of \(jobs.count)")
        }
        try crew.run(jobs)
        for item in items { complain(item) }
    }

    /// What a folder holds beside pictures and videos is none of our business, unless its name says that it is one.
    private static func outcome(_ error: ProgramFailure, of item: MaskItem) -> MaskItem.Outcome {
        let error = ProgramFailure(error.status, item.reason(error))
        guard item.isFromFolder, error.status == .source, !(item.place.kind.map { MaskKinds.all.contains($0) } ?? false)
        else { return .failed(error) }
        return .leftAlone(error.description)
    }

    // MARK: - Masking

    private func mask() throws {
        let open = items.filter { $0.outcome == nil }
        outputs.protected = Set(items.compactMap(\.identity))
        for (index, item) in open.enumerated() {
            meter.add(
                index, frames: item.frameCount(seconds: command.media.seconds, frames: command.media.frames),
                pixels: item.pixels)
        }
        crew.onTick = { [unowned self] in tick() }
        try crew.run(open.enumerated().map { job(for: $1, index: $0, of: open.count) })
    }

    private func job(for item: MaskItem, index: Int, of count: Int) -> Job {
        let isPicture = item.facts?.kind == .picture
        // A video keeps all processors busy; a picture needs one for most of its time.
        let weight = command.running.jobs != nil || (isPicture && count > 1) ? 1 : crewSize
        let threads = weight == crewSize ? nil : max(1, Machine.processors / crewSize)
        return Job(
            weight: weight, stall: stall(pixels: item.pixels), isLive: item.isAddress,
            prepare: { [self] () throws(ProgramFailure) in
                current = item
                let files = try outputs.make(
                    for: item, replaces: command.output.force, makesFolders: command.output.outputDir != nil,
                    reportsInFolder: hasReportFolder)
                return .mask(request(item, output: files.output, report: files.report, threads: threads))
            },
            onProgress: { [unowned self] progress in
                current = item
                meter.advance(
                    index, frames: progress.frames, share: item.share(progress, seconds: command.media.seconds))
                console.emit(MaskEvent.progress(item, progress, meter))
            },
            onEnd: { [unowned self] result in
                close(item, result)
                var frames: Int?
                if case .masked(let summary) = item.outcome { frames = summary.frames }
                meter.end(index, frames: frames)
                complain(item)
                tick()
            })
    }

    private func close(_ item: MaskItem, _ result: Result<WorkerAnswer, ProgramFailure>) {
        do throws(ProgramFailure) {
            guard case .summary(let summary) = try result.get() else {
                throw ProgramFailure(.failed, "the worker gave no answer")
            }
            guard summary.damage.isEmpty else {
                throw ProgramFailure(.source, summary.damage.joined(separator: "; "))
            }
            try outputs.publish(item)
            item.outcome = .masked(summary)
        } catch {
            var reason = outputs.named(item.reason(error), of: item)
            if command.output.keepPartial, let partial = outputs.publishPartial(item) {
                reason += "; \(partial)"
            }
            item.outcome = .failed(ProgramFailure(error.status, reason))
        }
        outputs.discard(item)
    }

    private func tick() {
        meter.sample(at: console.seconds)
        console.show(meter, name: current?.shown)
    }

    // MARK: - Requests

    private func request(_ item: MaskItem, output: FilePath?, report: FilePath?, threads: Int? = nil) -> MaskRequest {
        let media = command.media
        var request = MaskRequest(
            input: item.mediaPath, output: MediaPath(bytes: output?.bytes ?? []),
            container: command.output.output.flatMap { FilePath(argument: $0).kind } ?? item.facts?.suffix ?? "")
        request.report = report.map { MediaPath(bytes: $0.bytes) }
        request.preset = properties.preset
        request.element = settings(threads: threads)
        request.codec = media.codec?.rawValue
        (request.quality, request.stream, request.keep) = (media.quality, media.stream, media.keep)
        (request.seconds, request.frames) = (media.seconds, media.frames)
        return request
    }

    /// The settings of the element as the command line has them, after our own.
    private func settings(threads: Int?) -> [String] {
        (threads.map { ["threads=\($0)"] } ?? []) + (command.element.mask.map { ["mask=\($0)"] } ?? [])
            + command.element.settings
    }

    /// Seconds of silence that are too many. A frame of a million pixels takes a busy machine with one slow processor up
    /// to 5 s.
    private func stall(pixels: Int) -> Double { command.running.stallTimeout + Double(pixels) / 1e6 * 5 }

    /// Says at once what went wrong; the summary says it again.
    private func complain(_ item: MaskItem) {
        guard case .failed(let failure) = item.outcome, !item.isSaid else { return }
        item.isSaid = true
        if items.count > 1 { console.complain("\(item.shown): \(failure)") }
    }
}
