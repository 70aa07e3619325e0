// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import FaceDetection
internal import Synchronization

/// The state behind one instance of the element. Properties may come from any thread; all else comes from the streaming
/// thread, or while there is none.
final class Element {
    private let instance: UnsafeMutablePointer<GstFaceAnon>
    private let log: ElementLog
    private let settings = Mutex(ElementSettings())
    private let statistics = Mutex(Statistics())
    /// Exists from start to stop.
    private var stream: Stream?

    init(_ instance: UnsafeMutablePointer<GstFaceAnon>) {
        self.instance = instance
        log = ElementLog(element: instance)
    }

    // MARK: - Properties

    func setProperty(_ identifier: guint, _ value: UnsafePointer<GValue>) {
        guard let property = Property.all.first(where: { $0.identifier == identifier }) else { return }
        let malformed = settings.withLock { settings in
            property.set(&settings, value)
            return settings.malformed
        }
        if let malformed { log(GST_LEVEL_WARNING, malformed) }
    }

    func getProperty(_ identifier: guint, _ value: UnsafeMutablePointer<GValue>) {
        guard let property = Property.all.first(where: { $0.identifier == identifier }) else { return }
        guard property.name != Property.statistics else {
            g_value_take_boxed(value, UnsafeMutableRawPointer(statistics.withLock { $0 }.makeStructure()))
            return
        }
        property.get(settings.withLock { $0 }, value)
    }

    // MARK: - States

    /// Reads the models and opens the report. What cannot work is an element error, and the pipeline does not start.
    func start() -> gboolean {
        let settings = settings.withLock { $0 }
        statistics.withLock { $0 = Statistics() }
        if let problem = settings.problem {
            log.error(FACEANON_CODE_RESOURCE_SETTINGS, problem)
            return 0
        }
        do {
            let directory = try ModelDirectory.find(
                property: settings.modelDirectory, besidePlugin: pluginDirectory)
            let anonymizer = try Anonymizer(models: try ModelFiles(directory: directory))
            let threads = InferenceThreads.request(settings.threads)
            let report = settings.reportLocation.isEmpty ? nil : try ReportFile(path: settings.reportLocation)
            stream = Stream(anonymizer: anonymizer, report: report)
            log(GST_LEVEL_INFO, "started with models of \(directory), \(threads) threads; \(settings)")
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
        return 1
    }

    func setCaps(_ caps: UnsafeMutablePointer<GstCaps>?) -> gboolean {
        guard let caps, let stream else { return 0 }
        do {
            try stream.setCaps(caps)
            log(GST_LEVEL_INFO, "frames are \(stream.summary)")
            return 1
        } catch {
            log.error(FACEANON_CODE_STREAM_FORMAT, error.description)
            return 0
        }
    }

    // MARK: - Data

    /// Masks a frame in place, or says why it must not go on.
    func transform(_ buffer: UnsafeMutablePointer<GstBuffer>) -> GstFlowReturn {
        guard let stream, stream.isNegotiated else { return GST_FLOW_NOT_NEGOTIATED }
        synchronizeControllers(to: buffer)
        let settings = settings.withLock { $0 }
        let pts = faceanon_has_pts(buffer) != 0 ? faceanon_pts(buffer) : nil
        do {
            if let problem = settings.problem { throw StreamError.settings(problem) }
            let report = try stream.mask(buffer, pts: pts, settings: settings.anonymizer)
            statistics.withLock {
                $0.frames &+= 1
                $0.faces &+= UInt64(report.faces.count)
                $0.add(stream.times)
            }
            log(GST_LEVEL_LOG, "\(report.faces.count) faces in frame \(report.frame)")
            if stream.isFirstTooSmall(settings.anonymizer) {
                log(
                    GST_LEVEL_INFO,
                    "no face of min-size \(settings.anonymizer.detector.minimumSize) px fits into frames of this size")
            }
            try stream.write(report)
            return GST_FLOW_OK
        } catch let error as StreamError {
            log.error(error.code, error.description, detail: "frame at \(pts.map { "\($0) ns" } ?? "no time stamp")")
        } catch {
            log.error(FACEANON_CODE_LIBRARY_FAILED, "\(error)")
        }
        return GST_FLOW_ERROR
    }

    /// Takes note of a frame that the base class dropped since it came too late.
    func lateFrame(pts: UInt64?) {
        statistics.withLock { $0.dropped &+= 1 }
        guard let stream else { return }
        do {
            try stream.writeDropped(pts: pts)
        } catch {
            log.error(error.code, error.description)
        }
    }

    /// Takes what an event says about the stream; returns the event to hand on, owned by the caller.
    func handle(_ event: UnsafeMutablePointer<GstEvent>) -> UnsafeMutablePointer<GstEvent> {
        guard event.pointee.type == GST_EVENT_TAG else { return event }
        return StreamTags.take(event) { stream?.orientation = $0 }
    }

    private func synchronizeControllers(to buffer: UnsafeMutablePointer<GstBuffer>) {
        guard gst_object_has_active_control_bindings(ElementType.pointer(instance)) != 0 else { return }
        let time = gst_segment_to_stream_time(&instance.pointee.parent.segment, GST_FORMAT_TIME, GstClockTime(faceanon_pts(buffer)))
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
