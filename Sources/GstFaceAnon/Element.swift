// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import FaceDetection
internal import Synchronization

/// The state behind one instance of the element. Properties may come from any thread; all else comes from the streaming
/// thread, or while there is none.
final class Element {
    let instance: UnsafeMutablePointer<GstFaceAnon>
    let log: ElementLog
    private let settings = Mutex(ElementSettings())
    private let statistics = Mutex(Statistics())
    /// Exists from start to stop.
    private(set) var stream: Stream?
    private var report: ReportFile?
    private var hasWarnedOfFrame = false
    private var hasWarnedOfZones = false
    private var lastPosted: [UInt32?] = []

    init(_ instance: UnsafeMutablePointer<GstFaceAnon>) {
        self.instance = instance
        log = ElementLog(element: instance)
    }

    var currentSettings: ElementSettings { settings.withLock { $0 } }

    // MARK: - Properties

    func setProperty(_ identifier: guint, _ value: UnsafePointer<GValue>) {
        guard let property = Property.all.first(where: { $0.identifier == identifier }) else { return }
        let (old, new) = settings.withLock { settings in
            let old = settings
            property.set(&settings, value)
            return (old, settings)
        }
        if let malformed = new.malformed[property.name] { log(GST_LEVEL_WARNING, malformed) }
        if old.anonymizer.lookahead != new.anonymizer.lookahead {
            gst_element_post_message(
                ElementType.pointer(instance), gst_message_new_latency(ElementType.pointer(instance)))
        }
    }

    func getProperty(_ identifier: guint, _ value: UnsafeMutablePointer<GValue>) {
        guard let property = Property.all.first(where: { $0.identifier == identifier }) else { return }
        guard property.name != Property.statistics else {
            g_value_take_boxed(value, UnsafeMutableRawPointer(statistics.withLock { $0 }.makeStructure()))
            return
        }
        property.get(currentSettings, value)
    }

    // MARK: - States

    /// Reads the models and opens the report. What cannot work is an element error, and the pipeline does not start.
    func start() -> gboolean {
        let settings = currentSettings
        statistics.withLock { $0 = Statistics() }
        hasWarnedOfFrame = false
        hasWarnedOfZones = false
        lastPosted = []
        if let problem = settings.problem {
            log.error(FACEANON_CODE_RESOURCE_SETTINGS, problem)
            return 0
        }
        do {
            let directory = try ModelDirectory.find(
                property: settings.modelDirectory, besidePlugin: pluginDirectory)
            let anonymizer = try Anonymizer(models: try ModelFiles(directory: directory), threads: settings.threads)
            try openReport(settings)
            stream = Stream(anonymizer: anonymizer)
            log(
                GST_LEVEL_INFO,
                "started with the models of \(directory) and \(anonymizer.threads) threads; \(summary(settings))")
            return 1
        } catch let error as ModelError {
            let isMissing = if case .missing = error { true } else if case .noDirectory = error { true } else { false }
            log.error(
                isMissing ? FACEANON_CODE_RESOURCE_NOT_FOUND : FACEANON_CODE_RESOURCE_READ, error.description)
        } catch let error as ReportError {
            log.error(FACEANON_CODE_RESOURCE_WRITE, error.description)
        } catch {
            log.error(FACEANON_CODE_LIBRARY_INIT, "\(error)")
        }
        return 0
    }

    func stop() -> gboolean {
        stream = nil
        report = nil
        return 1
    }

    /// The values that hold, since GLib only warns of a number out of range and keeps the one before it.
    private func summary(_ settings: ElementSettings) -> String {
        Property.all.filter { $0.name != Property.statistics }.map { property in
            var value = GValue()
            g_value_init(&value, property.valueType)
            defer { g_value_unset(&value) }
            property.get(settings, &value)
            guard let text = gst_value_serialize(&value) else { return property.name }
            defer { g_free(text) }
            return "\(property.name)=\(String(cString: text))"
        }.joined(separator: " ")
    }

    private func openReport(_ settings: ElementSettings) throws(ReportError) {
        report = nil
        guard !settings.reportLocation.isEmpty else { return }
        do {
            report = try ReportFile(path: settings.reportLocation)
        } catch {
            guard settings.failurePolicy != .error else { throw error }
            reportEnded(error)
        }
    }

    func setCaps(_ caps: UnsafeMutablePointer<GstCaps>?) -> gboolean {
        guard let caps, let stream else { return 0 }
        do {
            try stream.setCaps(caps)
            log(GST_LEVEL_INFO, "frames are \(stream.summary)")
            return 1
        } catch {
            log.error(error.code, error.description)
            return 0
        }
    }

    // MARK: - Frames

    /// Takes a buffer in, which is the element's from here on: inspects it and puts it in the queue.
    func accept(_ buffer: UnsafeMutablePointer<GstBuffer>) -> GstFlowReturn {
        guard let stream, stream.isNegotiated else {
            gst_buffer_unref(buffer)
            return GST_FLOW_NOT_NEGOTIATED
        }
        guard stream.flow == GST_FLOW_OK else {
            gst_buffer_unref(buffer)
            defer { stream.flow = GST_FLOW_OK }
            return stream.flow
        }
        synchronizeControllers(to: buffer)
        let settings = currentSettings
        if !settings.anonymizer.clearZones.isEmpty, !hasWarnedOfZones {
            hasWarnedOfZones = true
            log.warning(
                FACEANON_CODE_RESOURCE_SETTINGS, "clear-zones is set: faces within these zones are not masked.")
        }
        guard !stream.hasFailed || settings.failurePolicy != .error else {
            gst_buffer_unref(buffer)
            return GST_FLOW_ERROR
        }
        let frame = stream.frame(of: buffer, isReverse: instance.pointee.parent.segment.rate < 0)
        do throws(StreamError) {
            if let problem = settings.problem { throw StreamError.settings(problem) }
            try stream.inspect(frame, settings: settings)
        } catch {
            guard settings.failurePolicy != .error else { return fail(error, frame: frame) }
            frame.failure = error
        }
        if stream.isFirstTooSmall(settings.anonymizer) {
            let size = settings.anonymizer.detector.minimumSize
            log(GST_LEVEL_INFO, "no face of min-size \(size) px fits into frames of \(stream.summary)")
        }
        stream.queue.append(frame)
        return GST_FLOW_OK
    }

    /// The next buffer that may leave, masked; nil with GST_FLOW_OK where none may yet.
    func next(isDraining: Bool = false) -> (buffer: UnsafeMutablePointer<GstBuffer>?, flow: GstFlowReturn) {
        guard let stream else { return (nil, GST_FLOW_FLUSHING) }
        let settings = currentSettings
        while let entry = isDraining
            ? stream.queue.drain() : stream.queue.next(lookahead: settings.anonymizer.lookahead)
        {
            switch entry {
            case .event(let event):
                gst_pad_push_event(faceanon_source_pad(instance), event)
            case .frame(let frame):
                let result = finish(frame, stream: stream, settings: settings)
                stream.recycle(frame)
                if result.buffer != nil || result.flow != GST_FLOW_OK { return result }
            }
        }
        return (nil, GST_FLOW_OK)
    }

    /// Masks a frame, or does with it what the failure policy says.
    private func finish(
        _ frame: PendingFrame, stream: Stream, settings: ElementSettings
    ) -> (buffer: UnsafeMutablePointer<GstBuffer>?, flow: GstFlowReturn) {
        stream.settle(frame)
        do throws(StreamError) {
            if let failure = frame.failure { throw failure }
            guard let buffer = frame.takeOwn() else {
                throw StreamError.anonymization(.unreadableFrame(reason: "there is no memory for a copy of it"))
            }
            do throws(StreamError) {
                try stream.mask(frame.faces, in: buffer, settings: settings.anonymizer)
            } catch {
                return replace(buffer, frame: frame, for: error, settings: settings)
            }
            return publish(buffer, frame: frame, faces: frame.faces, outcome: .masked, settings: settings)
        } catch {
            guard let buffer = frame.shared else { return (nil, fail(error, frame: frame)) }
            return replace(gst_buffer_ref(buffer), frame: frame, for: error, settings: settings)
        }
    }

    /// What goes on instead of a buffer that could not be masked. Takes the buffer.
    private func replace(
        _ buffer: UnsafeMutablePointer<GstBuffer>, frame: PendingFrame, for error: StreamError,
        settings: ElementSettings
    ) -> (buffer: UnsafeMutablePointer<GstBuffer>?, flow: GstFlowReturn) {
        defer { gst_buffer_unref(buffer) }
        guard settings.failurePolicy != .error else { return (nil, fail(error, frame: frame)) }
        let covered = settings.failurePolicy == .cover ? stream?.covered(buffer) : nil
        warnOfFrame(error, isCovered: covered != nil)
        if let covered { return publish(covered, frame: frame, faces: [], outcome: .covered, settings: settings) }
        return (nil, dropped(number: frame.number, pts: frame.pts, settings: settings))
    }

    /// Tells of a finished frame: meta, message, report, statistics.
    private func publish(
        _ buffer: UnsafeMutablePointer<GstBuffer>, frame: PendingFrame, faces: [MaskedFace], outcome: FrameOutcome,
        settings: ElementSettings
    ) -> (buffer: UnsafeMutablePointer<GstBuffer>?, flow: GstFlowReturn) {
        guard let stream else { return (buffer, GST_FLOW_OK) }
        statistics.withLock { $0.add(faces, outcome: outcome, times: stream.times) }
        log(GST_LEVEL_LOG, "frame \(frame.number): \(faces.count) faces, \(outcome.rawValue)")
        if settings.attachesMeta { FaceMessages.attach(faces, to: buffer) }
        post(faces, buffer: buffer, settings: settings)
        let line = FrameReport(
            frame: frame.number, pts: frame.pts, width: stream.width, height: stream.height, outcome: outcome,
            faces: faces)
        guard write(line, settings: settings) else {
            gst_buffer_unref(buffer)
            return (nil, GST_FLOW_ERROR)
        }
        return (buffer, GST_FLOW_OK)
    }

    private func post(_ faces: [MaskedFace], buffer: UnsafeMutablePointer<GstBuffer>, settings: ElementSettings) {
        guard settings.postMessages != .none else { return }
        let tracks = faces.map(\.track)
        guard settings.postMessages == .everyFrame || tracks != lastPosted else { return }
        lastPosted = tracks
        let structure = FaceMessages.structure(faces, buffer: buffer, segment: &instance.pointee.parent.segment)
        gst_element_post_message(
            ElementType.pointer(instance), gst_message_new_element(ElementType.pointer(instance), structure))
    }

    /// Takes note of a frame that the base class dropped since it came too late.
    func lateFrame(pts: UInt64?) {
        guard let stream else { return }
        _ = dropped(number: stream.nextFrame(), pts: pts, settings: currentSettings)
    }

    private func dropped(number: UInt64, pts: UInt64?, settings: ElementSettings) -> GstFlowReturn {
        guard let stream else { return GST_FLOW_OK }
        statistics.withLock { $0.dropped &+= 1 }
        let line = FrameReport(
            frame: number, pts: pts, width: stream.width, height: stream.height, outcome: .dropped, faces: [])
        return write(line, settings: settings) ? GST_FLOW_OK : GST_FLOW_ERROR
    }

    // MARK: - Failures

    /// Posts an element error for a frame, and ends the stream with it.
    private func fail(_ error: StreamError, frame: PendingFrame) -> GstFlowReturn {
        stop(
            error.code, error.description + " It was not passed on.",
            detail: "frame \(frame.number) at \(frame.pts.map { "\($0) ns" } ?? "no time")")
        return GST_FLOW_ERROR
    }

    /// Says once what failed. From here on nothing leaves, not even what waits, until a flush or the next start: upstream
    /// may not listen to flow returns.
    private func stop(_ code: faceanon_code, _ text: String, detail: String = "") {
        log.error(code, text, detail: detail)
        stream?.clear()
        stream?.hasFailed = true
    }

    /// Warns of the first frame that had to be covered or dropped; `stats` counts them all.
    private func warnOfFrame(_ error: StreamError, isCovered: Bool) {
        log(GST_LEVEL_DEBUG, "\(error)")
        guard !hasWarnedOfFrame else { return }
        hasWarnedOfFrame = true
        log.warning(
            error.code,
            error.description + (isCovered ? " It was covered" : " It was dropped")
                + ", and so will be all others; this is said once, stats counts them.")
    }

    /// False where the policy lets the stream end with a report that cannot be written.
    private func write(_ line: @autoclosure () -> FrameReport, settings: ElementSettings) -> Bool {
        guard let report else { return true }
        do {
            try report.write(line())
            return true
        } catch {
            guard settings.failurePolicy != .error else {
                stop(FACEANON_CODE_RESOURCE_WRITE, error.description)
                return false
            }
            reportEnded(error)
            return true
        }
    }

    private func reportEnded(_ error: ReportError) {
        report = nil
        statistics.withLock { $0.reportEnded = true }
        log.warning(FACEANON_CODE_RESOURCE_WRITE, error.description + " Faces are masked on; the report has ended.")
    }

    // MARK: - The end

    /// Says at the end of the stream what was done.
    func summarize() {
        let statistics = statistics.withLock { $0 }
        log(GST_LEVEL_INFO, statistics.summary)
        gst_element_post_message(
            ElementType.pointer(instance),
            gst_message_new_element(ElementType.pointer(instance), statistics.makeStructure(named: "faceanon-summary")))
    }

    private func synchronizeControllers(to buffer: UnsafeMutablePointer<GstBuffer>) {
        guard gst_object_has_active_control_bindings(ElementType.pointer(instance)) != 0 else { return }
        guard instance.pointee.parent.segment.format == GST_FORMAT_TIME else { return }
        let time = gst_segment_to_stream_time(
            &instance.pointee.parent.segment, GST_FORMAT_TIME, GstClockTime(faceanon_pts(buffer)))
        if time != guint64.max { gst_object_sync_values(ElementType.pointer(instance), time) }
    }

    /// The directory of the plugin's file; nil where the plugin is linked into the program.
    private var pluginDirectory: String? {
        guard let text = faceanon_plugin_path(instance) else { return nil }
        defer { g_free(text) }
        let path = String(cString: text)
        return path.lastIndex(of: "/").map { String(path[..<$0]) }
    }
}
