// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// The launch line that every stream's video takes: from decoded frames through faceanon into the encoder. What follows
/// depends on where it goes.
///
/// Its elements are named: `head`, where frames wait; `faceanon`; `encoder`.
struct MaskingLine: CustomStringConvertible {
    /// Sizes that the encoder does not take: what becomes of them, as a part of the line.
    var fit: String
    var encoder: EncoderSettings.Line
    /// A source that is no camera is played at its own pace.
    var keepsTime: Bool
    /// Old frames are dropped where masking is slower than the source.
    var drops: Bool

    // Turned only after masking: the element looks for faces the way the tags say is up.
    var description: String {
        """
        \(keepsTime ? "clocksync ! " : "")queue name=head max-size-buffers=1 max-size-bytes=0 max-size-time=0
        \(drops ? "leaky=downstream" : "")
        ! videoconvert ! faceanon name=faceanon ! queue max-size-buffers=2 max-size-bytes=0 max-size-time=0
        ! videoconvert ! \(fit) ! videoflip video-direction=auto ! \(encoder.text)
        """
    }

    /// x264 takes even sizes only: an odd one gets a black row or column.
    static func even(_ caps: StreamCaps) -> String {
        let (right, bottom) = (caps.width % 2, caps.height % 2)
        let box = right + bottom > 0 ? " ! videobox right=-\(right) bottom=-\(bottom)" : ""
        return "video/x-raw,format=I420" + box
    }

    /// The same where the size is not known beforehand: an odd one is scaled.
    static let anyEven =
        "videoscale add-borders=false ! video/x-raw,format=I420,width=(int)[2,16384,2],height=(int)[2,16384,2]"

    /// A queue in which masked frames wait, encoded, until it is time to send them: they block nobody meanwhile.
    static func queue(_ name: String, milliseconds: Int) -> String {
        "queue name=\(name) max-size-buffers=0 max-size-bytes=0 max-size-time=\(milliseconds * 1_000_000)"
    }
}

/// How masked video is encoded.
struct EncoderSettings: Sendable {
    /// kbit/s; nil: by the picture's size.
    var bitrate: Int?
    /// Seconds between two key frames, at most.
    var keyInterval: Double

    /// The encoder as a launch line writes it.
    struct Line {
        let text: String

        fileprivate init(_ rate: String, keyInterval: Double, framesPerSecond: Double) {
            text =
                "x264enc name=encoder tune=zerolatency speed-preset=veryfast \(rate) "
                + "key-int-max=\(max(1, Int(keyInterval * framesPerSecond)))"
        }
    }

    /// For a picture that is known: at a steady rate.
    func line(for caps: StreamCaps) -> Line {
        let framesPerSecond = caps.rate > 0 ? caps.rate : 25
        // A tenth of a bit a pixel.
        let usual = max(300, Int(Double(caps.width) * Double(caps.height) * framesPerSecond / 10_000))
        return Line(
            "bitrate=\(min(bitrate ?? usual, 200_000))", keyInterval: keyInterval, framesPerSecond: framesPerSecond)
    }

    /// For one that is not: at a steady quality, up to a rate of kbit/s.
    static func line(upTo bitrate: Int, keyInterval: Double) -> Line {
        Line("pass=qual quantizer=23 bitrate=\(bitrate)", keyInterval: keyInterval, framesPerSecond: 25)
    }
}
