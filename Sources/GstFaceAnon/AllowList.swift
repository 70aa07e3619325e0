// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer

/// What may go on with a frame and its stream: all that is known to be harmless. What is not listed here stays behind,
/// and so does what a later GStreamer or an application brings along.
///
/// Harmless is what holds no pixels, no memory, no text about people, and no way to any of these. `AllowedMetas`,
/// `AllowedTags` and `AllowedEvents` hold the rules that a name alone cannot say.
enum AllowList {
    /// Metas on buffers: their API, and the one implementation of it that is known to hold what the API says.
    static let metas: [(api: String, implementation: String)] = [
        // Where planes and rows lie in the buffer's own memory; one with a mapping of its own means a copy.
        ("GstVideoMetaAPI", "GstVideoMeta"),
        // Four numbers: the part of the picture to show. The rest of the picture is masked as well.
        ("GstVideoCropMetaAPI", "GstVideoCropMeta"),
        // Sixteen numbers: how the picture is to be turned for display.
        ("GstVideoAffineTransformationAPI", "GstVideoAffineTransformationMeta"),
        // Rectangles for encoders and analysis; their parameters are cut down to `regionParameters` and to numbers.
        ("GstVideoRegionOfInterestMetaAPI", "GstVideoRegionOfInterestMeta"),
        // The frame's time of day as cameras and editors count it: numbers.
        ("GstVideoTimeCodeMetaAPI", "GstVideoTimeCodeMeta"),
        // Numbers: which part of the frame television sets should show.
        ("GstVideoAFDMetaAPI", "GstVideoAFDMeta"),
        // Numbers: how wide the black bars are.
        ("GstVideoBarMetaAPI", "GstVideoBarMeta"),
        // Two times and the name of their clock, to align several cameras; one with details stays behind.
        ("GstReferenceTimestampMetaAPI", "GstReferenceTimestampMeta"),
    ]

    /// Structures of a region of interest, of which the numbers go on. A name that ends in `/` stands for all that
    /// begin with it.
    static let regionParameters = [
        // What encoders are asked to do with the region: `roi/x264enc` and its like.
        "roi/",
        // Confidence and box of a detector.
        "detection",
    ]

    /// Tags of plain numbers and texts.
    static let tags = [
        // How the stream is coded.
        GST_TAG_CODEC, GST_TAG_VIDEO_CODEC, GST_TAG_AUDIO_CODEC, GST_TAG_SUBTITLE_CODEC, GST_TAG_CONTAINER_FORMAT,
        GST_TAG_ENCODER, GST_TAG_ENCODER_VERSION,
        // Numbers: bits per second.
        GST_TAG_BITRATE, GST_TAG_NOMINAL_BITRATE, GST_TAG_MINIMUM_BITRATE, GST_TAG_MAXIMUM_BITRATE,
        // A number: how long the stream lasts, ns.
        GST_TAG_DURATION,
        // A code such as `de`, by which players choose streams.
        GST_TAG_LANGUAGE_CODE,
        // Without it the picture is shown lying on its side.
        GST_TAG_IMAGE_ORIENTATION,
        // Numbers: pixels per inch.
        "image-horizontal-ppi", "image-vertical-ppi",
    ]

    /// Events from upstream. In each of them only numbers and segments stay as they are; caps, tags, tables of contents
    /// and streams are cut down, and all else is taken out.
    static let events: [GstEventType] = [
        // Without fields, or with numbers only.
        GST_EVENT_FLUSH_START, GST_EVENT_FLUSH_STOP, GST_EVENT_SEGMENT, GST_EVENT_SEGMENT_DONE, GST_EVENT_EOS,
        GST_EVENT_GAP, GST_EVENT_BUFFERSIZE, GST_EVENT_STREAM_GROUP_DONE, GST_EVENT_INSTANT_RATE_CHANGE,
        // Its stream object is made anew; its id is a text, without which streams cannot be told apart.
        GST_EVENT_STREAM_START,
        // Its streams are made anew.
        GST_EVENT_STREAM_COLLECTION,
        // Fields of numbers and texts.
        GST_EVENT_CAPS,
        // `tags` only.
        GST_EVENT_TAG,
        // Chapters and their times, with `tags` only.
        GST_EVENT_TOC,
    ]

    /// Fields of caps that hold a text. Of all other fields of caps the numbers go on.
    static let capsTexts = [
        // Raw video.
        "format", "colorimetry", "chroma-site", "interlace-mode", "field-order", "multiview-mode", "drm-format",
        // HDR: numbers, written as texts.
        "mastering-display-info", "content-light-level", "hdr-format",
        // The coded stream that it came from, in stream objects.
        "stream-format", "alignment", "profile", "level", "tier", "layout", "codec",
    ]

    /// Events that elements make up, by the name of their structure; numbers only. All others stay behind.
    static let customEvents = [
        // Asks encoders for a key frame.
        "GstForceKeyUnit",
        // Says that the picture stands still.
        "GstEventStillFrame",
    ]

    /// The metas that upstream is told of: those that it may use because we understand them.
    ///
    /// Only strides and offsets. Were overlays announced, upstream would not blend them into the pixels, and they would
    /// stay behind. Were crops announced, decoders would leave their padding in the picture.
    static var announcedMetas: [GType] { [gst_video_meta_api_get_type()] }
}
