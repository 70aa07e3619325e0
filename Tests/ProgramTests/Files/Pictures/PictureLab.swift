// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGstStream
import FaceAnonProgram
// Testing has one too.
import enum FaceAnonProgram.ExitStatus
import Foundation
import Testing

/// A folder of its own for a test: pictures are made and looked at by Pillow, NumPy and FFmpeg, none of which the program
/// reads or writes still pictures with.
final class PictureLab {
    let folder: URL
    static let root = ProcessInfo.processInfo.environment["FACEANON_ROOT"] ?? FileManager.default.currentDirectoryPath
    private static let isReady: Bool = {
        gst_init(nil, nil)
        return true
    }()

    init() throws {
        _ = Self.isReady
        folder = FileManager.default.temporaryDirectory.appending(path: "faceanon-pictures-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// What a script of Python's prints. It runs in the folder, with `face` (a portrait of 200x240 in RGB, with one face of
    /// about 90 px), `icc` (a profile), `box` (where its mask is, within 30 px) and the functions below.
    @discardableResult
    func python(_ script: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", Self.prelude + script]
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(["FACEANON_ROOT": Self.root]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        struct Failed: Error, CustomStringConvertible { let description: String }
        guard process.terminationStatus == 0 else { throw Failed(description: text) }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static let prelude = """
        import io, os, struct, subprocess, sys, zlib
        import numpy as np
        from PIL import Image, ImageCms
        picture = Image.open(os.environ['FACEANON_ROOT'] + '/build/test-data/astronaut.png').convert('RGB')
        picture.info = {}
        face = picture.crop((140, 20, 340, 260))
        # It holds the time when it was made: one for all scripts.
        if not os.path.exists('icc.icc'):
            open('icc.icc', 'wb').write(ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes())
        icc = open('icc.icc', 'rb').read()
        box = (15, 0, 185, 215)
        def ffmpeg(*arguments):
            subprocess.run(['ffmpeg', '-nostdin', '-v', 'error', '-y', *arguments], check=True)
        def pixels(name):
            # 16 bits by FFmpeg's own decoders; it widens 8 bits inexactly.
            if '16' not in name: return np.asarray(Image.open(name).convert('RGBA')).astype(int) * 257
            raw = subprocess.run(['ffmpeg', '-nostdin', '-v', 'error', '-i', name, '-frames:v', '1', '-f', 'rawvideo',
                                  '-pix_fmt', 'rgba64le', '-'], check=True, stdout=subprocess.PIPE).stdout
            width, height = Image.open(name).size
            return np.frombuffer(raw, '<u2').reshape(height, width, 4).astype(int)
        def compare(before, after, unit=257):
            # The largest difference outside the box, and the mean one in the face's middle, of 255.
            a, b = pixels(before), pixels(after)
            assert a.shape == b.shape, (a.shape, b.shape)
            d = abs(a - b) / unit
            inside = d[70:150, 60:130, :3].mean()
            d[box[1]:box[3], box[0]:box[2]] = 0
            return d.max(), inside
        def chunk(name, data):
            return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
        def insert(name, extra, after=33):
            data = open(name, 'rb').read()
            open(name, 'wb').write(data[:after] + extra + data[after:])
        def exif(orientation):
            tags = Image.Exif(); tags[0x0112] = orientation; tags[0x010f] = 'SECRETCAMERA'; return tags
        def lay(orientation, image=face):
            # As a camera stores it that has to be turned by `orientation`.
            way = {1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
                   6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}[orientation]
            return image if way is None else image.transpose(way)

        """

    func request(_ name: String, to out: String? = nil) -> MaskRequest {
        let out = MediaPath(path(out ?? "out-" + name))
        return MaskRequest(input: MediaPath(path(name)), output: out, container: out.suffix)
    }

    /// Masks a picture of the folder into another one (`out-NAME`).
    @discardableResult
    func mask(
        _ name: String, to out: String? = nil, _ change: (inout MaskRequest) -> Void = { _ in }
    ) throws(ProgramFailure) -> MaskSummary {
        var request = request(name, to: out)
        change(&request)
        FileManager.default.createFile(atPath: request.output.description, contents: nil)
        return try MediaJob.run(request) { _ in }
    }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: name))) }

    func write(_ bytes: [UInt8], to name: String) throws { try Data(bytes).write(to: folder.appending(path: name)) }

    /// Makes sure that masking fails with a text, and leaves nothing in OUT.
    func expectRefusal(
        _ name: String, to out: String? = nil, _ status: ExitStatus = .source, saying text: String,
        at place: SourceLocation = #_sourceLocation
    ) throws {
        do throws(ProgramFailure) {
            let summary = try mask(name, to: out)
            Issue.record("\(name) is masked: \(summary)", sourceLocation: place)
        } catch {
            #expect(error.status == status, sourceLocation: place)
            #expect(error.description.contains(text), sourceLocation: place)
            #expect(!error.description.contains("\n"), sourceLocation: place)
        }
        #expect(try bytes(out ?? "out-" + name).isEmpty, "something is left in OUT", sourceLocation: place)
    }
}

/// The largest difference outside the mask, and the mean one inside, of 255.
struct Differences {
    let outside: Double
    let inside: Double

    init(_ lab: PictureLab, _ before: String, _ after: String) throws {
        let text = try lab.python("print(*compare('\(before)', '\(after)'))")
        let numbers = text.split(separator: " ").compactMap { Double($0) }
        outside = try #require(numbers.first)
        inside = try #require(numbers.last)
    }
}

/// All tests of pictures: one after the other, since they share GStreamer and a small machine.
@Suite(.serialized) enum PicturesTests {}
