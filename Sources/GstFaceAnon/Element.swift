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
    let qualityOfService = QualityOfService()
    let processing = ProcessingTime()
    /// The usual time between two frames, ns; 0 before the first one.
    let framePeriod = Atomic<UInt64>(0)
    /// Whether the last LATENCY query was of a live pipeline: only such a one waits for frames.
    let isLive = Atomic<Bool>(false)
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
        announce(old.anonymizer.lookahead != new.anonymizer.lookahead)
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
    private func start() -> gboolean {
        let settings = currentSettings
        statistics.withLock { $0 = Statistics() }
        qualityOfService.reset()
        processing.reset()
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

    /// Takes the element up to a state or down to it.
    func changeState(_ transition: GstStateChange) -> GstStateChangeReturn {
        guard let parent = ElementType.parentClass?.pointee.change_state else { return GST_STATE_CHANGE_FAILURE }
        if transition == GST_STATE_CHANGE_READY_TO_PAUSED, start() == 0 { return GST_STATE_CHANGE_FAILURE }
        let result = parent(ElementType.pointer(instance), transition)
        let hasEnded =
            transition == GST_STATE_CHANGE_PAUSED_TO_READY
            || (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE)
        // The pads are no longer active then, so that no thread is at work here.
        if hasEnded { stop() }
        return result
    }

    private func stop() {
        stream = nil
        report = nil
    }

    // MARK: - What was done

    /// Takes a frame that goes on.
    func count(_ faces: [MaskedFace], outcome: FrameOutcome, times: FrameTimes) {
        statistics.withLock { $0.add(faces, outcome: outcome, times: times) }
    }

    func countDropped() { statistics.withLock { $0.dropped &+= 1 } }

    /// Posts an element message about a frame's faces, where one is asked for.
    func post(_ faces: [MaskedFace], frame: PendingFrame, duration: UInt64, settings: ElementSettings) {
        guard settings.postMessages != .none else { return }
        let tracks = faces.map(\.track)
        guard settings.postMessages == .everyFrame || tracks != lastPosted else { return }
        lastPosted = tracks
        let structure = FaceMessages.structure(faces, when: frame.when, duration: duration)
        gst_element_post_message(
            ElementType.pointer(instance), gst_message_new_element(ElementType.pointer(instance), structure))
    }

    /// Has the pipeline ask for the latency again, where it is another one.
    func announce(_ isOther: Bool) {
        guard isOther else { return }
        gst_element_post_message(
            ElementType.pointer(instance), gst_message_new_latency(ElementType.pointer(instance)))
    }

    /// Says at the end of the stream what was done.
    func summarize() {
        let statistics = statistics.withLock { $0 }
        log(GST_LEVEL_INFO, statistics.summary)
        gst_element_post_message(
            ElementType.pointer(instance),
            gst_message_new_element(ElementType.pointer(instance), statistics.makeStructure(named: "faceanon-summary")))
    }

    // MARK: - Failures

    /// Says once what failed. From here on nothing leaves, not even what waits, until a flush or the next start: upstream
    /// may not listen to flow returns.
    func stop(_ code: faceanon_code, _ text: String, detail: String = "") {
        log.error(code, text, detail: detail)
        stream?.discardQueue { keepSticky($0, isFlushed: false) }
        stream?.hasFailed = true
    }

    /// Warns of the first frame that had to be covered or dropped; `stats` counts them all.
    func warnOfFrame(_ error: StreamError, isCovered: Bool) {
        log(GST_LEVEL_DEBUG, "\(error)")
        guard !hasWarnedOfFrame else { return }
        hasWarnedOfFrame = true
        log.warning(
            error.code,
            error.description + (isCovered ? " It was covered" : " It was dropped")
                + ", and so will be all others; this is said once, stats counts them.")
    }

    func warnOfZones() {
        guard !hasWarnedOfZones else { return }
        hasWarnedOfZones = true
        log.warning(FACEANON_CODE_RESOURCE_SETTINGS, "clear-zones is set: faces within these zones are not masked.")
    }

    /// False where the policy lets the stream end with a report that cannot be written.
    func write(_ line: @autoclosure () -> FrameReport, settings: ElementSettings) -> Bool {
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

    /// The directory of the plugin's file; nil where the plugin is linked into the program.
    private var pluginDirectory: String? {
        guard let text = faceanon_plugin_path(instance) else { return nil }
        defer { g_free(text) }
        let path = String(cString: text)
        return path.lastIndex(of: "/").map { String(path[..<$0]) }
    }
}
