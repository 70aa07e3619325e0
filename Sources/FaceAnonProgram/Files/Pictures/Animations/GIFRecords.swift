// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPictures

/// The records of a GIF in their order, by giflib, which takes nothing that is cut off or does not fit.
final class GIFRecords {
    struct Frame {
        var part = Canvas.Part(left: 0, top: 0, width: 0, height: 0)
        /// 1/100 s.
        var delay = 0
        /// What becomes of it before the next frame: 0 and 1 it stays, 2 it is cleared, 3 what was there before comes back.
        var disposal = 0
        /// The palette's entry that is not painted, or -1.
        var transparent = -1
        /// R, G, B of each entry.
        var palette: [UInt8] = []
        /// Of the part: entries of the palette, or of none.
        var indices: [UInt8] = []
    }

    /// Pixels of the whole picture.
    let width: Int
    let height: Int
    // What follows is known after the last frame only.
    /// How often it is shown again: -1 not at all, 0 for ever.
    private(set) var loops = -1
    private(set) var hasComments = false
    private(set) var hasTexts = false
    /// Data of programs, XMP among them.
    private(set) var hasData = false
    /// Bytes behind the end.
    private(set) var trailing = 0

    /// What giflib reads from.
    private final class Source {
        let bytes: [UInt8]
        var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        func read(into target: UnsafeMutablePointer<UInt8>, atMost count: Int) -> Int {
            let taken = max(0, min(count, bytes.count - position))
            bytes.withUnsafeBufferPointer { all in
                guard let base = all.baseAddress else { return }
                target.update(from: base + position, count: taken)
            }
            position += taken
            return taken
        }
    }

    private let source: Source
    private let file: UnsafeMutablePointer<GifFileType>

    init(_ bytes: [UInt8]) throws(PictureProblem) {
        source = Source(bytes)
        var error: Int32 = 0
        let opened = DGifOpen(
            Unmanaged.passUnretained(source).toOpaque(),
            { file, target, count in
                guard let user = file?.pointee.UserData, let target else { return 0 }
                return Int32(
                    Unmanaged<Source>.fromOpaque(user).takeUnretainedValue().read(
                        into: target, atMost: Int(count)))
            }, &error)
        guard let opened else { throw Self.problem(error) }
        file = opened
        (width, height) = (Int(file.pointee.SWidth), Int(file.pointee.SHeight))
    }

    deinit {
        var error: Int32 = 0
        DGifCloseFile(file, &error)
    }

    private static func problem(_ error: Int32) -> PictureProblem {
        switch error {
        case D_GIF_ERR_NOT_ENOUGH_MEM: .noMemory
        case D_GIF_ERR_READ_FAILED, D_GIF_ERR_EOF_TOO_SOON: .damaged("the file ends early")
        default: .damaged(GifErrorString(error).map { String(cString: $0) } ?? "its data are not those of a GIF")
        }
    }

    private func check(_ status: Int32) throws(PictureProblem) {
        if status == GIF_ERROR { throw Self.problem(file.pointee.Error) }
    }

    /// The next frame; nil at the end. With `headerOnly` it has no palette and no pixels.
    func next(headerOnly: Bool) throws(PictureProblem) -> Frame? {
        var frame = Frame()
        while true {
            var kind = UNDEFINED_RECORD_TYPE
            try check(DGifGetRecordType(file, &kind))
            switch kind {
            case IMAGE_DESC_RECORD_TYPE:
                try readImage(&frame, headerOnly: headerOnly)
                return frame
            case TERMINATE_RECORD_TYPE:
                trailing = source.bytes.count - source.position
                return nil
            case EXTENSION_RECORD_TYPE: try readExtension(&frame)
            default: throw Self.problem(file.pointee.Error)
            }
        }
    }

    /// What an extension says of the next frame, or of all of it. Its blocks begin with their length.
    private func readExtension(_ frame: inout Frame) throws(PictureProblem) {
        var code: Int32 = 0
        var block: UnsafeMutablePointer<GifByteType>?
        var (isLoop, isFirst) = (false, true)
        try check(DGifGetExtension(file, &code, &block))
        while let start = block {
            let data = UnsafeBufferPointer(start: start + 1, count: Int(start.pointee))
            var control = GraphicsControlBlock()
            switch code {
            case GRAPHICS_EXT_FUNC_CODE:
                if isFirst, DGifExtensionToGCB(data.count, data.baseAddress, &control) == GIF_OK {
                    frame.delay = Int(control.DelayTime)
                    frame.disposal = Int(control.DisposalMode)
                    frame.transparent = Int(control.TransparentColor)
                }
            case APPLICATION_EXT_FUNC_CODE where isFirst && Self.isLoop(data): isLoop = true
            case APPLICATION_EXT_FUNC_CODE where isLoop:
                if data.count >= 3, data[0] == 1 { loops = Int(data[1]) | Int(data[2]) << 8 }
            case APPLICATION_EXT_FUNC_CODE: hasData = true
            case COMMENT_EXT_FUNC_CODE: hasComments = true
            case PLAINTEXT_EXT_FUNC_CODE: hasTexts = true
            default: break
            }
            isFirst = false
            try check(DGifGetExtensionNext(file, &block))
        }
    }

    private static func isLoop(_ data: UnsafeBufferPointer<UInt8>) -> Bool {
        data.elementsEqual("NETSCAPE2.0".utf8) || data.elementsEqual("ANIMEXTS1.0".utf8)
    }

    private func readImage(_ frame: inout Frame, headerOnly: Bool) throws(PictureProblem) {
        try check(DGifGetImageHeader(file))
        let image = file.pointee.Image
        frame.part = Canvas.Part(
            left: Int(image.Left), top: Int(image.Top), width: Int(image.Width), height: Int(image.Height))
        guard frame.part.width > 0, frame.part.height > 0 else { throw .damaged("a frame has no pixels") }
        guard !headerOnly else { return try skipPixels() }
        // The screen bounds what is shown, and with it the memory.
        guard frame.part.isWithin(width, height) else { throw .damaged("a frame is not within the picture") }
        guard let map = image.ColorMap ?? file.pointee.SColorMap, let colours = map.pointee.Colors else {
            throw .damaged("a frame has no palette")
        }
        for index in 0..<min(256, Int(map.pointee.ColorCount)) {
            frame.palette += [colours[index].Red, colours[index].Green, colours[index].Blue]
        }
        try readPixels(&frame, isInterlaced: image.Interlace)
    }

    private func readPixels(_ frame: inout Frame, isInterlaced: Bool) throws(PictureProblem) {
        let (width, height) = (frame.part.width, frame.part.height)
        frame.indices = [UInt8](repeating: 0, count: width * height)
        let passes = isInterlaced ? [(0, 8), (4, 8), (2, 4), (1, 2)] : [(0, 1)]
        for (start, step) in passes {
            for y in stride(from: start, to: height, by: step) {
                let status = frame.indices.withUnsafeMutableBufferPointer { all in
                    all.baseAddress.map { DGifGetLine(file, $0 + y * width, Int32(width)) } ?? GIF_ERROR
                }
                try check(status)
            }
        }
    }

    private func skipPixels() throws(PictureProblem) {
        var size: Int32 = 0
        var block: UnsafeMutablePointer<GifByteType>?
        try check(DGifGetCode(file, &size, &block))
        while block != nil { try check(DGifGetCodeNext(file, &block)) }
    }
}
