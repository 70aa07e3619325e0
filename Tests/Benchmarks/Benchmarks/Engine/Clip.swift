// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonymization
import FaceDetection
import Foundation
import VideoFrames

/// A few frames with a known number of faces, composed by measure/frames.py, in memory and in one format.
final class Clip {
    let width: Int
    let height: Int
    let format: PixelFormat
    let frameCount: Int
    /// Each frame's bytes, which are put back before a frame is masked again.
    private let stored: [UnsafeMutableRawBufferPointer]
    private let frame: UnsafeMutableRawBufferPointer

    init(width: Int, height: Int, faces: Int, format: PixelFormat) throws {
        self.width = width
        self.height = height
        self.format = format
        let folder = try Environment.folder("BENCH_DIR")
        let path = "\(folder)/frames/\(width)x\(height)-\(faces).i420"
        guard let bytes = FileManager.default.contents(atPath: path), !bytes.isEmpty else {
            throw BenchmarkError("there is no clip \(path): run make bench")
        }
        let size = width * height * 3 / 2
        frameCount = bytes.count / size
        stored = (0..<frameCount).map { index in
            bytes.dropFirst(index * size).prefix(size).withUnsafeBytes {
                Self.converted($0, width: width, height: height, to: format)
            }
        }
        frame = .allocate(byteCount: stored[0].count, alignment: 64)
    }

    deinit {
        for bytes in stored { bytes.deallocate() }
        frame.deallocate()
    }

    /// A frame as it was composed, in memory that is masked and used again.
    func restored(_ index: Int) throws -> FrameView {
        frame.copyMemory(from: UnsafeRawBufferPointer(stored[index % frameCount]))
        let base = frame.baseAddress.map { $0.assumingMemoryBound(to: UInt8.self) }
        guard let base else { throw BenchmarkError("a clip without memory") }
        let luma = width * height
        let chroma = luma / 4
        let planes: (PlaneMemory, PlaneMemory?, PlaneMemory?, PlaneMemory?) =
            switch format {
            case .i420:
                (
                    PlaneMemory(base: base, stride: width), PlaneMemory(base: base + luma, stride: width / 2),
                    PlaneMemory(base: base + luma + chroma, stride: width / 2), nil
                )
            case .nv12:
                (PlaneMemory(base: base, stride: width), PlaneMemory(base: base + luma, stride: width), nil, nil)
            default: (PlaneMemory(base: base, stride: 3 * width), nil, nil, nil)
            }
        let view = FrameView(
            format: format, width: width, height: height,
            colorimetry: format == .rgb ? .fullRange : height >= 720 ? .bt709 : .bt601, planes: planes)
        guard let view else { throw BenchmarkError("\(width)x\(height) \(format.rawValue) is no frame") }
        return view
    }

    /// I420 in another format.
    private static func converted(
        _ i420: UnsafeRawBufferPointer, width: Int, height: Int, to format: PixelFormat
    ) -> UnsafeMutableRawBufferPointer {
        let luma = width * height
        let chroma = luma / 4
        switch format {
        case .nv12:
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: luma + 2 * chroma, alignment: 64)
            bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: i420[..<luma]))
            for index in 0..<chroma {
                bytes[luma + 2 * index] = i420[luma + index]
                bytes[luma + 2 * index + 1] = i420[luma + chroma + index]
            }
            return bytes
        case .rgb:
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 3 * luma, alignment: 64)
            let decoding = (height >= 720 ? Colorimetry.bt709 : .bt601).decoding
            func byte(_ value: Float) -> UInt8 { UInt8(min(max(value + 0.5, 0), 255)) }
            for y in 0..<height {
                for x in 0..<width {
                    let l = (Float(i420[y * width + x]) - decoding.black) * decoding.y
                    let u = Float(i420[luma + (y / 2) * (width / 2) + x / 2]) - 128
                    let v = Float(i420[luma + chroma + (y / 2) * (width / 2) + x / 2]) - 128
                    let pixel = 3 * (y * width + x)
                    bytes[pixel] = byte(l + v * decoding.redFromV)
                    bytes[pixel + 1] = byte(l + u * decoding.greenFromU + v * decoding.greenFromV)
                    bytes[pixel + 2] = byte(l + u * decoding.blueFromU)
                }
            }
            return bytes
        default:
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: i420.count, alignment: 64)
            bytes.copyMemory(from: i420)
            return bytes
        }
    }
}

/// Where the benchmarks find what they need; `make bench` sets it.
enum Environment {
    static func folder(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else {
            throw BenchmarkError("\(name) is not set: run make bench")
        }
        return value
    }

    static func models() throws -> ModelFiles { try ModelFiles(directory: folder("FACEANON_MODEL_DIR")) }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
