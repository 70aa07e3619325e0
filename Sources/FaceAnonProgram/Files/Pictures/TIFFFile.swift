// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// A TIFF in memory that libtiff reads or writes.
final class TIFFFile {
    private let memory: UnsafeMutablePointer<pictures_tiff>
    private var opened: OpaquePointer?

    /// - Parameter bytes: stay for as long as this is there.
    init(reading bytes: UnsafeBufferPointer<UInt8>) throws(PictureProblem) {
        memory = .allocate(capacity: 1)
        memory.initialize(to: pictures_tiff())
        memory.pointee.bytes = bytes.baseAddress
        memory.pointee.count = bytes.count
        opened = pictures_tiff_open(memory)
        guard opened != nil else { throw damage }
    }

    /// An empty one to be written.
    init() throws(PictureProblem) {
        memory = .allocate(capacity: 1)
        memory.initialize(to: pictures_tiff())
        memory.pointee.is_written = 1
        opened = pictures_tiff_open(memory)
        guard opened != nil else { throw failure }
    }

    deinit {
        close()
        pictures_free(&memory.pointee.written)
        memory.deallocate()
    }

    /// libtiff's.
    var tiff: OpaquePointer? { opened }

    private func close() {
        if let opened { TIFFClose(opened) }
        opened = nil
    }

    /// All that was written; the last of it is when the file is closed.
    func finish() throws(PictureProblem) -> [UInt8] {
        close()
        guard error == nil else { throw failure }
        return Array(UnsafeBufferPointer(start: memory.pointee.written.bytes, count: memory.pointee.written.count))
    }

    /// The first error that libtiff has told of.
    var error: String? {
        memory.pointee.has_error != 0 ? Picture.text(memory.pointee.message) : nil
    }

    var damage: PictureProblem { .damaged(error ?? "its data end early, or do not fit") }
    var failure: PictureProblem { .failed(error ?? "out of memory") }

    // MARK: - Tags

    func short(_ tag: Int32) -> Int? {
        var value: UInt16 = 0
        return pictures_tiff_get_short(tiff, UInt32(tag), &value) != 0 ? Int(value) : nil
    }

    func long(_ tag: Int32) -> Int? {
        var value: UInt32 = 0
        return pictures_tiff_get_long(tiff, UInt32(tag), &value) != 0 ? Int(value) : nil
    }

    func float(_ tag: Int32) -> Double? {
        var value: Float = 0
        return pictures_tiff_get_float(tiff, UInt32(tag), &value) != 0 ? Double(value) : nil
    }

    /// What the samples beside the colours are.
    var extraSamples: [UInt16] {
        var count: UInt16 = 0
        var values: UnsafeRawPointer?
        guard pictures_tiff_get_values(tiff, UInt32(TIFFTAG_EXTRASAMPLES), &count, &values) != 0 else { return [] }
        return Array(UnsafeBufferPointer(start: values?.assumingMemoryBound(to: UInt16.self), count: Int(count)))
    }

    /// Whether other pictures belong to the one at hand.
    var hasChildren: Bool {
        var count: UInt16 = 0
        var values: UnsafeRawPointer?
        return pictures_tiff_get_values(tiff, UInt32(TIFFTAG_SUBIFD), &count, &values) != 0 && count > 0
    }

    var profile: [UInt8] {
        var count: UInt32 = 0
        var bytes: UnsafeRawPointer?
        guard pictures_tiff_get_profile(tiff, &count, &bytes) != 0 else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
    }

    /// The palette of a picture of 8 bits: 256 colours as red, green, blue.
    var palette: [[UInt8]]? {
        var (red, green, blue): (UnsafePointer<UInt16>?, UnsafePointer<UInt16>?, UnsafePointer<UInt16>?)
        guard pictures_tiff_get_colours(tiff, &red, &green, &blue) != 0, let red, let green, let blue else {
            return nil
        }
        let colours = (0..<256).map { [red[$0], green[$0], blue[$0]] }
        // Some writers fill 8 of the 16 bits.
        let shift = colours.contains { $0.contains { $0 > 255 } } ? 8 : 0
        return colours.map { $0.map { UInt8(truncatingIfNeeded: $0 >> shift) } }
    }

    func set(_ tag: Int32, _ value: some BinaryInteger) throws(PictureProblem) {
        guard pictures_tiff_set(tiff, UInt32(tag), UInt32(truncatingIfNeeded: value)) != 0 else { throw failure }
    }

    func set(_ tag: Int32, float value: Double) throws(PictureProblem) {
        guard pictures_tiff_set_float(tiff, UInt32(tag), value) != 0 else { throw failure }
    }
}
