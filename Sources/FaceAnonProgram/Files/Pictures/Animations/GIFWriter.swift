// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// Writes a GIF by giflib, each frame with a palette of its own.
final class GIFWriter: AnimationWriter {
    /// What giflib writes to.
    private final class Target {
        var bytes: [UInt8] = []
    }

    private let target = Target()
    private var file: UnsafeMutablePointer<GifFileType>?
    private let width: Int
    private let height: Int
    private var palette = PaletteMaker()

    init(width: Int, height: Int, plays: Int) throws(PictureProblem) {
        (self.width, self.height) = (width, height)
        guard width <= 65535, height <= 65535 else { throw .failed("GIF cannot hold \(width)x\(height) pixels") }
        var error: Int32 = 0
        let opened = EGifOpen(
            Unmanaged.passUnretained(target).toOpaque(),
            { file, bytes, count in
                guard let user = file?.pointee.UserData else { return 0 }
                let target = Unmanaged<Target>.fromOpaque(user).takeUnretainedValue()
                target.bytes += UnsafeBufferPointer(start: bytes, count: Int(count))
                return count
            }, &error)
        guard let opened else { throw Self.unwritten }
        file = opened
        EGifSetGifVersion(opened, true)
        try check(EGifPutScreenDesc(opened, Int32(width), Int32(height), 8, 0, nil))
        guard plays != 1 else { return }
        // How often it is shown again; 0 is for ever.
        let loops = plays == 0 ? 0 : plays - 1
        try check(EGifPutExtensionLeader(opened, APPLICATION_EXT_FUNC_CODE))
        try check(EGifPutExtensionBlock(opened, 11, "NETSCAPE2.0"))
        try check(EGifPutExtensionBlock(opened, 3, [1, UInt8(loops & 255), UInt8(loops >> 8 & 255)]))
        try check(EGifPutExtensionTrailer(opened))
    }

    deinit {
        var error: Int32 = 0
        if let file { EGifCloseFile(file, &error) }
    }

    private static let unwritten = PictureProblem.failed("out of memory, or a frame that GIF cannot hold")

    private func check(_ status: Int32) throws(PictureProblem) {
        if status == GIF_ERROR { throw Self.unwritten }
    }

    func add(_ frame: Picture, delay: FrameDelay) throws(PictureProblem) {
        let plane = frame.plane(0)
        guard let pixels = plane.base else { throw .noMemory }
        let count = Int(plane.width) * Int(plane.height)
        var indexed = palette.indexed(UnsafeMutableBufferPointer(start: pixels, count: 4 * count))
        var control = GraphicsControlBlock(
            DisposalMode: indexed.transparent == nil ? 1 : 2, UserInputFlag: false, DelayTime: Int32(delay.numerator),
            TransparentColor: Int32(indexed.transparent ?? -1))
        var packed: [UInt8] = [0, 0, 0, 0]
        let length = EGifGCBToExtension(&control, &packed)
        try check(EGifPutExtension(file, GRAPHICS_EXT_FUNC_CODE, Int32(length), packed))
        try putDescription(indexed.palette)
        for y in 0..<height {
            // giflib writes to the line that it is given.
            let status = indexed.indices.withUnsafeMutableBufferPointer { all in
                all.baseAddress.map { EGifPutLine(file, $0 + y * width, Int32(width)) } ?? GIF_ERROR
            }
            try check(status)
        }
    }

    /// Begins a frame of the whole size. GIF's palettes have 2, 4, 8 … 256 entries.
    private func putDescription(_ palette: [UInt8]) throws(PictureProblem) {
        var size = 2
        while size < palette.count / 3 { size *= 2 }
        guard size <= 256, let map = GifMakeMapObject(Int32(size), nil) else { throw Self.unwritten }
        defer { GifFreeMapObject(map) }
        guard let colours = map.pointee.Colors else { throw Self.unwritten }
        for index in 0..<size {
            let at = 3 * index
            colours[index] =
                at + 2 < palette.count
                ? GifColorType(Red: palette[at], Green: palette[at + 1], Blue: palette[at + 2]) : GifColorType()
        }
        try check(EGifPutImageDesc(file, 0, 0, Int32(width), Int32(height), false, map))
    }

    func finish() throws(PictureProblem) -> [UInt8] {
        var error: Int32 = 0
        guard let file else { throw Self.unwritten }
        self.file = nil
        try check(EGifCloseFile(file, &error))
        return target.bytes
    }
}
