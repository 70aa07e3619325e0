// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceDetection
import FaceMasking
import Foundation
import Synchronization
import Testing
import VideoFrames

/// Pictures with one face each that packages ship (`make pictures`; CREDITS.txt beside them says whose they are), decoded
/// by GStreamer.
enum TestPicture: String, CaseIterable {
    /// 512x512, face 86 px wide. NASA, from scikit-image.
    case astronaut = "astronaut.png"
    /// 512x600, face 173 px wide. United States Navy, from matplotlib.
    case hopper = "grace_hopper.jpg"

    var width: Int { 512 }
    var height: Int { self == .astronaut ? 512 : 600 }

    /// The boxes of PeekingDuck 1.3.0.post1 (`model.mtcnn`), run as it is on the same pictures, lossless, with its
    /// defaults but for `min_size`; px and score.
    func reference(minimumSize: Int) -> FaceBox? {
        switch (self, minimumSize) {
        case (.astronaut, 40): FaceBox(x1: 181.031, y1: 59.302, x2: 266.973, y2: 173.431, score: 0.99981)
        case (.astronaut, 20): FaceBox(x1: 180.554, y1: 58.717, x2: 266.62, y2: 173.341, score: 0.99989)
        case (.hopper, 40): FaceBox(x1: 175.056, y1: 109.223, x2: 347.752, y2: 327.31, score: 0.99946)
        case (.hopper, 20): FaceBox(x1: 176.973, y1: 110.377, x2: 353.428, y2: 337.279, score: 0.99872)
        default: nil
        }
    }

    /// The picture, or a part of it, in a format.
    ///
    /// - Parameters:
    ///   - part: the part that is shown; the whole picture where there is none.
    ///   - size: what it is scaled to; multiples of 8, at which no format of GStreamer's has padding.
    func frame(
        _ format: PixelFormat = .rgb, part: PixelRectangle? = nil, size: (width: Int, height: Int)? = nil
    ) throws -> FrameBuffer {
        let part = part ?? PixelRectangle(x: 0, y: 0, width: width, height: height)
        let (width, height) = size ?? (part.width, part.height)
        try #require(width % 8 == 0 && height % 8 == 0)
        let bytes = try decode([
            "videocrop", "left=\(part.x)", "right=\(self.width - part.x - part.width)", "top=\(part.y)",
            "bottom=\(self.height - part.y - part.height)", "!", "videoscale", "method=lanczos", "!",
            "videoconvert", "!", "video/x-raw,format=\(format.rawValue),width=\(width),height=\(height)",
        ])
        let frame = FrameBuffer(format, width: width, height: height)
        let planes = frame.bytes.map(\.count)
        try #require(bytes.count == planes.reduce(0, +))
        frame.fill { plane, index in bytes[planes[..<plane].reduce(0, +) + index] }
        return frame
    }

    /// What a launch line's end makes of the picture. Answers are kept: many tests want the same.
    private func decode(_ end: [String]) throws -> [UInt8] {
        let root =
            ProcessInfo.processInfo.environment["FACEANON_ROOT"] ?? FileManager.default.currentDirectoryPath
        let line =
            ["gst-launch-1.0", "-q", "filesrc", "location=\(root)/build/test-data/\(rawValue)", "!"]
            // The pixels of libjpeg, as most programs have them; jpegdec's chroma is another.
            + ["gdkpixbufdec", "!", "videoconvert", "!", "video/x-raw,format=RGB", "!"] + end
        return try Self.decoded.withLock { decoded in
            if let bytes = decoded[line] { return bytes }
            let raw = FileManager.default.temporaryDirectory.appendingPathComponent("faceanon-\(UUID()).raw")
            defer { try? FileManager.default.removeItem(at: raw) }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["timeout", "300"] + line + ["!", "filesink", "location=\(raw.path)"]
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "\(line.joined(separator: " ")); run make pictures")
            let bytes = [UInt8](try Data(contentsOf: raw))
            decoded[line] = bytes
            return bytes
        }
    }

    private static let decoded = Mutex<[[String]: [UInt8]]>([:])
}

/// The models that `make models` fetched.
enum TestModels {
    static var directory: String {
        get throws {
            try #require(ProcessInfo.processInfo.environment["FACEANON_MODEL_DIR"], "run make test")
        }
    }

    static func load() throws -> ModelFiles { try ModelFiles(directory: try directory) }
}

extension PixelFormat {
    /// How GStreamer's videoconvert colours small pictures of that format.
    var usualColorimetry: Colorimetry { layout.model == .rgb ? .fullRange : .bt601 }
}
