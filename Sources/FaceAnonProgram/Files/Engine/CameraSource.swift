// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream
internal import Foundation
internal import Synchronization

/// A camera as a file that never ends: GStreamer reads it, and what it gives comes out of a pipe as Matroska.
///
/// Frames that nobody fetches in time are dropped before they are decoded by anyone: a recording never lags behind.
final class CameraSource {
    /// To be read by whoever owns this; closed with it.
    let descriptor: Int32
    private let pipeline: Held
    private let watch: Watch
    private let thread: Thread

    /// Whether a name stands for a camera, or for the test picture that stands in for one.
    static func isCamera(_ path: MediaPath) -> Bool { element(for: path) != nil }

    private static func element(for path: MediaPath) -> String? {
        let name = String(decoding: path.bytes, as: UTF8.self)
        if name == "camera" { return "v4l2src device=/dev/video0" }
        if name == "test://" {
            return "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=25/1"
        }
        guard name.hasPrefix("/dev/video"), let number = UInt16(name.dropFirst("/dev/video".count)) else { return nil }
        return "v4l2src device=/dev/video\(number)"
    }

    /// Starts the camera.
    init(_ path: MediaPath) throws(ProgramFailure) {
        guard let element = Self.element(for: path) else {
            throw ProgramFailure(.source, "\(path) is no camera")
        }
        gst_init(nil, nil)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw ProgramFailure(.failed, "there is no pipe for the camera: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var error: UnsafeMutablePointer<GError>?
        let parsed = gst_parse_launch(
            "\(element) ! decodebin expose-all-streams=false ! queue leaky=downstream max-size-buffers=2 "
                + "! videoconvert ! video/x-raw,format=I420 ! matroskamux streamable=true ! fdsink sync=false fd=\(ends[1])",
            &error)
        guard let made = parsed, error == nil else {
            let reason = error.map { String(cString: $0.pointee.message) } ?? "no reason given"
            g_clear_error(&error)
            if let parsed { gst_object_unref(parsed) }
            for end in ends { close(end) }
            throw ProgramFailure(.installation, "GStreamer cannot read a camera: \(reason)")
        }
        gst_object_ref_sink(made)
        pipeline = Held(taking: made)
        descriptor = ends[0]
        let watch = Watch(bus: gst_pipeline_get_bus(stream_pipeline(made)), output: ends[1])
        self.watch = watch
        thread = Thread { watch.run() }
        gst_element_set_state(made, GST_STATE_PLAYING)
        thread.start()
    }

    deinit {
        // The reading end first: who writes to the pipe is let go of.
        close(descriptor)
        gst_element_set_state(pipeline.pointer, GST_STATE_NULL)
        watch.stop()
    }

    /// What the camera ended with.
    var failure: ProgramFailure? { watch.failure }

    /// Waits for what the camera has to say, and then ends what comes out of the pipe.
    ///
    /// `@unchecked Sendable`: the bus looks after itself, and the rest is behind the mutex.
    private final class Watch: @unchecked Sendable {
        private let bus: UnsafeMutablePointer<GstBus>?
        private let state: Mutex<(failure: ProgramFailure?, output: Int32)>

        init(bus: UnsafeMutablePointer<GstBus>?, output: Int32) {
            self.bus = bus
            state = Mutex((nil, output))
        }

        deinit { if let bus { gst_object_unref(bus) } }

        var failure: ProgramFailure? { state.withLock { $0.failure } }

        func run() {
            let types = GstMessageType(
                rawValue: GST_MESSAGE_ERROR.rawValue | GST_MESSAGE_EOS.rawValue | GST_MESSAGE_APPLICATION.rawValue)
            guard let message = gst_bus_timed_pop_filtered(bus, GstClockTime.max, types) else { return }
            defer { gst_message_unref(message) }
            if stream_message_type(message) == GST_MESSAGE_ERROR {
                let report = ElementReport(message)
                state.withLock { $0.failure = ProgramFailure(.source, "the camera: \(report.sentence)") }
            }
            closeOutput()
        }

        /// Ends `run`, if it still waits.
        func stop() {
            gst_bus_post(bus, gst_message_new_application(nil, gst_structure_new_empty("faceanon-camera-end")))
        }

        private func closeOutput() {
            state.withLock { state in
                if state.output >= 0 { close(state.output) }
                state.output = -1
            }
        }
    }
}
