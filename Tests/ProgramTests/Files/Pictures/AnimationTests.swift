// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import FaceAnonProgram
import Foundation
import Testing

extension PicturesTests {
    @Suite struct AnimationTests {
        /// A face that moves over a plain ground, in six frames.
        private static let frames = """
            def scene(i, mode='RGB'):
                f = Image.new(mode, (300, 260), (0, 40, 90, 0)[:len(mode)]); f.paste(face, (12 * i, 10)); return f
            frames = [scene(i) for i in range(6)]

            """
        /// What a file shows, frame by frame: Pillow composes it.
        private static let shown = """
            def shown(name):
                im = Image.open(name); list_ = []
                for i in range(im.n_frames):
                    im.seek(i); list_.append((np.asarray(im.convert('RGBA')).astype(int), round(im.info.get('duration', 0))))
                return list_, im.info.get('loop')
            def outside(a, b, i):
                d = abs(a - b); inside = d[80:160, 12 * i + 60:12 * i + 130, :3].mean()
                d[:235, 12 * i:12 * i + 200] = 0
                return d.max(), inside

            """

        @Test(arguments: ["gif", "apng"]) func keepsFramesTimesAndLoops(_ suffix: String) throws {
            let lab = try PictureLab()
            let format = suffix == "apng" ? ", format='PNG'" : ""
            try lab.python(
                Self.frames + "frames[0].save('a.\(suffix)', save_all=True, append_images=frames[1:], "
                    + "duration=[50, 100, 1150, 30, 200, 70], loop=3\(format))")
            let facts = try MediaJob.facts(of: lab.request("a.\(suffix)"))
            #expect(facts.kind == .animation && facts.frames == 6 && facts.suffix == suffix)
            #expect(facts.duration == 1.6)
            var seen: [MaskProgress] = []
            var request = lab.request("a.\(suffix)")
            request.report = MediaPath(lab.path("report"))
            FileManager.default.createFile(atPath: request.output.description, contents: nil)
            let summary = try MediaJob.run(request) { seen.append($0) }
            #expect(summary.frames == 6 && summary.faces == 6)
            #expect(seen.map(\.frames) == [1, 2, 3, 4, 5, 6] && seen.last?.of == 6)
            let text = try lab.python(
                Self.shown + """
                    a, loops = shown('a.\(suffix)'); b, after = shown('out-a.\(suffix)')
                    assert loops == after, (loops, after)
                    assert [t for _, t in a] == [t for _, t in b], [t for _, t in b]
                    for i in range(6):
                        most, inside = outside(a[i][0], b[i][0], i)
                        assert most <= (24 if '\(suffix)' == 'gif' else 0), (i, most)
                        assert inside > 8, (i, inside)
                    """)
            #expect(text == "")
            // Times as the frames are shown: faces are followed.
            let lines = String(decoding: try lab.bytes("report"), as: UTF8.self).split(separator: "\n")
            #expect(lines.count == 6)
            #expect(lines.last?.contains("\"pts\":1530000000") == true)
            #expect(Set(lines.compactMap { $0.firstMatch(of: /"track":([0-9]+)/)?.1 }).count == 1)
        }

        @Test(arguments: ["gif", "apng"], [0, 1, 2]) func composesFramesThatArePartsOfThePicture(
            _ suffix: String, _ disposal: Int
        ) throws {
            let lab = try PictureLab()
            // Partly transparent frames, cleared, kept or taken back.
            let format = suffix == "apng" ? ", format='PNG', blend=[0, 1, 1, 1]" : ", transparency=0"
            try lab.python(
                Self.frames + Self.shown + """
                    def part(i):
                        f = Image.new('RGBA', (300, 260), (0, 0, 0, 0))
                        if i: f.paste((250, 20 * i, 0, 255), (220, 40 * i, 290, 40 * i + 30)); f.putpixel((250, 40 * i + 9), (0, 0, 0, 0))
                        else: f.paste(face, (0, 10))
                        return f
                    f = [part(i) for i in range(4)]
                    f[0].save('a.\(suffix)', save_all=True, append_images=f[1:], duration=100, disposal=\(disposal)\(format))
                    assert len(shown('a.\(suffix)')[0]) == 4
                    """)
            let summary = try lab.mask("a.\(suffix)")
            #expect(summary.frames == 4)
            let text = try lab.python(
                Self.shown + """
                    a, _ = shown('a.\(suffix)'); b, _ = shown('out-a.\(suffix)')
                    for (x, _), (y, _) in zip(a, b):
                        # What is transparent has no colour that counts.
                        x[x[:, :, 3] == 0] = 0; y[y[:, :, 3] == 0] = 0
                        d = abs(x - y); d[:250, :202] = 0
                        assert d.max() <= (24 if '\(suffix)' == 'gif' else 0), d.max()
                    assert abs(a[0][0] - b[0][0])[80:160, 60:130, :3].mean() > 8
                    print(len(a), len(b))
                    """)
            #expect(text == "4 4")
        }

        /// What is shown where APNG is not known has a face as well.
        @Test func leavesOutThePictureForOtherPrograms() throws {
            let lab = try PictureLab()
            try lab.python(
                Self.frames + """
                    frames[0].save('a.png')
                    d = open('a.png', 'rb').read()
                    def part(name, f):
                        f.save('part.png'); x = open('part.png', 'rb').read(); at = 8; data = b''
                        while at < len(x):
                            n = struct.unpack('>I', x[at:at + 4])[0]
                            if x[at + 4:at + 8] == b'IDAT': data += x[at + 8:at + 8 + n]
                            at += 12 + n
                        return data
                    def control(n, w, h, x, y): return chunk(b'fcTL', struct.pack('>IIIIIHHBB', n, w, h, x, y, 1, 10, 0, 0))
                    small = face.crop((0, 0, 200, 235))
                    extra = control(0, 200, 235, 50, 20) + chunk(b'fdAT', struct.pack('>I', 1) + part('p', small)) + control(2, 10, 10, 0, 0) + chunk(b'fdAT', struct.pack('>I', 3) + part('p', small.crop((0, 0, 10, 10))))
                    end = d.rindex(b'IEND') - 4
                    open('a.apng', 'wb').write(d[:33] + chunk(b'acTL', struct.pack('>II', 2, 0)) + d[33:end] + extra + d[end:])
                    """)
            let summary = try lab.mask("a.apng")
            #expect(summary.frames == 2 && summary.faces >= 2)
            #expect(summary.leftOut.contains { $0.hasPrefix("the picture for programs that know no APNG") })
            let text = try lab.python(
                Self.shown + """
                    whole = Image.open('out-a.apng'); print(whole.n_frames, whole.mode, whole.info.get('default_image', False))
                    b = np.asarray(whole.convert('RGBA')).astype(int)
                    a = np.zeros(b.shape, int); a[20:255, 50:250, :3] = np.asarray(face)[:235]; a[20:255, 50:250, 3] = 255
                    d = abs(a - b); print(d[90:170, 110:180, :3].mean() > 8)
                    d[15:260, 60:240] = 0; print(d.max())
                    """)
            #expect(text == "2 RGBA False\nTrue\n0")
        }

        @Test func keepsTheDepthOfAnAPNG() throws {
            let lab = try PictureLab()
            try lab.python(
                Self.frames + "[f.save(f'{i}.png') for i, f in enumerate(frames)]; "
                    + "ffmpeg('-framerate', '10', '-i', '%d.png', '-pix_fmt', 'rgb48be', '-plays', '0', 'a.apng')")
            #expect(try lab.mask("a.apng").faces == 6)
            #expect(try StillPictureTests.format(lab, "out-a.apng") == "rgb48be")
            #expect(try Differences(lab, "a.apng", "out-a.apng").outside == 0)
        }

        @Test func keepsEachColourOfAGIFThatHasFew() throws {
            let lab = try PictureLab()
            try lab.python(
                Self.frames + "f = [x.quantize(128) for x in frames]; "
                    + "f[0].save('a.gif', save_all=True, append_images=f[1:], duration=90)")
            try lab.mask("a.gif") { $0.element = ["mask=fill"] }
            let text = try lab.python(
                Self.shown + """
                    a, _ = shown('a.gif'); b, _ = shown('out-a.gif')
                    print(max(outside(x, y, i)[0] for i, ((x, _), (y, _)) in enumerate(zip(a, b))))
                    """)
            #expect(text == "0")
        }

        @Test func becomesAVideoWhereOUTSaysSo() throws {
            let lab = try PictureLab()
            try lab.python(
                Self.frames + "frames[0].save('a.gif', save_all=True, append_images=frames[1:], duration=100, loop=0)")
            let summary = try lab.mask("a.gif", to: "out.mp4")
            #expect(summary.frames == 6 && summary.faces == 6)
            // Damage is found before FFmpeg's reader of GIF mends it.
            try lab.write(Array(try lab.bytes("a.gif").dropLast(300)), to: "cut.gif")
            try lab.expectRefusal("cut.gif", to: "cut.mp4", saying: "cut.gif is damaged")
        }

        @Test func stopsWhereItIsTold() throws {
            let lab = try PictureLab()
            try lab.python(
                Self.frames + "frames[0].save('a.gif', save_all=True, append_images=frames[1:], duration=100)")
            #expect(try lab.mask("a.gif") { $0.frames = 2 }.frames == 2)
            #expect(try lab.mask("a.gif") { $0.seconds = 0.35 }.frames == 4)
        }

        @Test func refusesAPNGsWhoseFramesDoNotFit() throws {
            let lab = try PictureLab()
            try lab.python(
                Self.frames + """
                    frames[0].save('a.apng', format='PNG', save_all=True, append_images=frames[1:])
                    d = open('a.apng', 'rb').read()
                    def chunks(d):
                        at, list_ = 8, []
                        while at < len(d):
                            n = struct.unpack('>I', d[at:at + 4])[0]; list_.append((d[at + 4:at + 8], d[at + 8:at + 8 + n])); at += 12 + n
                        return list_
                    def write(name, list_): open(name, 'wb').write(d[:8] + b''.join(chunk(*c) for c in list_))
                    c = chunks(d); controls = [i for i, (n, _) in enumerate(c) if n == b'fcTL']
                    def changed(i, at, data): 
                        e = list(c); n, x = e[i]; e[i] = (n, x[:at] + data + x[at + len(data):]); return e
                    write('order.apng', changed(controls[2], 0, struct.pack('>I', 77)))
                    write('outside.apng', changed(controls[2], 12, struct.pack('>I', 2**31 - 1)))
                    write('count.apng', changed([n for n, _ in c].index(b'acTL'), 0, struct.pack('>I', 5)))
                    write('dispose.apng', changed(controls[1], 24, b'\\x09'))
                    write('empty.apng', [x for x in c if x[0] != b'IDAT'])
                    """)
            try lab.expectRefusal("order.apng", saying: "its frames are not in order")
            try lab.expectRefusal("outside.apng", saying: "a frame is not within the picture")
            try lab.expectRefusal("count.apng", saying: "it has 6 frames and says that it has 5")
            try lab.expectRefusal("dispose.apng", saying: "a chunk fcTL does not fit")
            try lab.expectRefusal("empty.apng", saying: "damaged")
        }
    }
}
