// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import VideoFrames

/// A buffer on its way through the element. It owns the buffer until that is taken. What has left serves another buffer,
/// so that nothing is allocated for each.
final class PendingFrame {
    private var buffer: UnsafeMutablePointer<GstBuffer>?
    /// What the caps said when it came in; nil only before the first buffer.
    private(set) var format: FrameFormat?
    /// Counted from 0 at the stream's start.
    private(set) var number: UInt64 = 0
    private(set) var when = FrameTime()
    /// What is masked beside faces: zones and regions of interest.
    var others: [MaskedFace] = []
    /// Once the frame is settled: all that is masked.
    var faces: [MaskedFace] = []
    /// Whether nothing that comes later changes `faces`.
    var isSettled = false
    /// Why it could not be inspected; it must not go on as it is then.
    private(set) var failure: StreamError?
    /// An empty buffer that stands for a gap: there are no pixels to inspect or to mask.
    private(set) var isGap = false

    deinit { letGo() }

    /// Takes a buffer, and forgets the one before.
    func begin(
        _ buffer: UnsafeMutablePointer<GstBuffer>, format: FrameFormat, number: UInt64, when: FrameTime,
        isGap: Bool = false
    ) {
        letGo()
        self.buffer = buffer
        self.format = format
        self.number = number
        self.when = when
        self.isGap = isGap
        others.removeAll(keepingCapacity: true)
        faces.removeAll(keepingCapacity: true)
        isSettled = false
        failure = nil
    }

    /// Lets go of the buffer, where it was not taken.
    func letGo() {
        if let buffer { gst_buffer_unref(buffer) }
        buffer = nil
    }

    /// For looking at; nothing may be written.
    var shared: UnsafeMutablePointer<GstBuffer>? { buffer }

    /// Makes the buffer one that nobody else has a part in, and in whose memory is nothing but the frame.
    ///
    /// Writing into memory that others hold would change their picture; bytes beside and behind the frame may show what
    /// nobody has inspected, and some metas carry the clear picture on. So what is not a plain frame of our own is copied.
    ///
    /// - Parameters:
    ///   - alwaysCopies: for frames that wait: they would keep upstream's pool of buffers empty.
    func makeOwn(pool: FramePool, alwaysCopies: Bool) throws(StreamError) {
        guard let buffer, let format else { return }
        guard !FaultInjection.fails(.copy) else {
            throw .anonymization(.unreadableFrame(reason: "there is no memory for a copy of it"))
        }
        if !alwaysCopies, faceanon_is_plain_frame(buffer, format.info) != 0, !AllowedMetas.requiresCopy(buffer),
            AllowedMetas.strip(buffer), faceanon_clear_slack(buffer) != 0
        {
            return try format.clearPadding(of: buffer)
        }
        let copy = try format.copyWindow(of: buffer) { pool.take() }
        _ = faceanon_copy_times_and_flags(copy, buffer)
        AllowedMetas.copy(from: buffer, to: copy)
        gst_buffer_unref(buffer)
        self.buffer = copy
    }

    /// Takes note that the frame could not be inspected, and lets go of its pixels: nobody may see them any more, and
    /// upstream may wait for its buffer.
    func fail(_ error: StreamError) {
        failure = error
        _ = dropPixels()
    }

    /// Makes the buffer of a gap one that has no memory at all, not even behind its end.
    func makeEmpty() throws(StreamError) {
        guard dropPixels() else {
            throw .anonymization(.unreadableFrame(reason: "there is no memory for a copy of it"))
        }
    }

    private func dropPixels() -> Bool {
        guard let buffer, let empty = gst_buffer_new() else { return false }
        _ = faceanon_copy_times_and_flags(empty, buffer)
        gst_buffer_unref(buffer)
        self.buffer = empty
        return true
    }

    /// The buffer, which is the caller's then; nil where it was taken before.
    func take() -> UnsafeMutablePointer<GstBuffer>? {
        defer { buffer = nil }
        return buffer
    }
}

/// Buffers of the element's own for frames in the default layout. Those that downstream has let go of serve again.
final class FramePool {
    private let pool: UnsafeMutablePointer<GstBufferPool>?

    init(size: Int) {
        pool = gst_buffer_pool_new()
        let configuration = gst_buffer_pool_get_config(pool)
        gst_buffer_pool_config_set_params(configuration, nil, guint(clamping: size), 0, 0)
        gst_buffer_pool_set_config(pool, configuration)
        gst_buffer_pool_set_active(pool, 1)
    }

    deinit {
        gst_buffer_pool_set_active(pool, 0)
        if let pool { gst_object_unref(pool) }
    }

    /// A buffer whose content is what was in it before: all of it has to be written. Nil where there is no memory.
    func take() -> UnsafeMutablePointer<GstBuffer>? {
        var buffer: UnsafeMutablePointer<GstBuffer>?
        guard gst_buffer_pool_acquire_buffer(pool, &buffer, nil) == GST_FLOW_OK, let buffer else { return nil }
        // A few bytes for alignment lie behind the end: what was there in memory that somebody else gave back.
        _ = faceanon_clear_slack(buffer)
        return buffer
    }
}
