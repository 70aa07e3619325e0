// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import FaceDetection

/// How others are told of faces: metas on buffers, messages on the bus. Boxes only: landmarks never leave the detector.
enum FaceMessages {
    /// Puts each face on a buffer as a region-of-interest meta of type `face` with a `detection` structure. Their ids
    /// follow those that are there, else count from 0: in Python, metas can be asked for by their id only.
    static func attach(_ faces: [MaskedFace], to buffer: UnsafeMutablePointer<GstBuffer>) {
        var id: gint = -1
        var state: gpointer?
        while let region = faceanon_next_region(buffer, &state) { id = max(id, region.pointee.id) }
        for face in faces where face.source != .zone {
            let (x, y, width, height) = pixels(face.box)
            guard let meta = gst_buffer_add_video_region_of_interest_meta(buffer, "face", x, y, width, height),
                let detection = gst_structure_new_empty("detection")
            else { continue }
            id &+= 1
            meta.pointee.id = id
            set(detection, "confidence", double: Double(face.box.score))
            set(detection, "source", string: face.source.rawValue)
            if let track = face.track { set(detection, "track", uint: guint(track)) }
            gst_video_region_of_interest_meta_add_param(meta, detection)
        }
    }

    /// The structure of an element message, shaped like that of GStreamer's `facedetect`; the caller owns it.
    ///
    /// - Parameters:
    ///   - duration: the buffer's, ns.
    static func structure(
        _ faces: [MaskedFace], when: FrameTime, duration: UInt64
    ) -> UnsafeMutablePointer<GstStructure>? {
        guard let message = gst_structure_new_empty("faceanon") else { return nil }
        let times = [
            ("timestamp", when.pts), ("stream-time", when.streamTime), ("running-time", when.runningTime),
            ("duration", duration),
        ]
        for (name, time) in times { set(message, name, uint64: GstClockTime(time ?? .max)) }
        var list = GValue()
        g_value_init(&list, gst_value_list_get_type())
        for face in faces {
            guard let structure = gst_structure_new_empty("face") else { continue }
            let (x, y, width, height) = pixels(face.box)
            for (name, number) in [("x", x), ("y", y), ("width", width), ("height", height)] {
                set(structure, name, uint: number)
            }
            set(structure, "confidence", double: Double(face.box.score))
            set(structure, "source", string: face.source.rawValue)
            if let track = face.track { set(structure, "track", uint: guint(track)) }
            var item = GValue()
            g_value_init(&item, gst_structure_get_type())
            g_value_take_boxed(&item, structure)
            gst_value_list_append_and_take_value(&list, &item)
        }
        gst_structure_take_value(message, "faces", &list)
        return message
    }

    /// The whole pixels that a box touches.
    private static func pixels(_ box: FaceBox) -> (guint, guint, guint, guint) {
        let (x, y) = (box.x1.rounded(.down), box.y1.rounded(.down))
        // Boxes lie within the frame; what does not would be no number of pixels.
        func number(_ value: Float) -> guint { value > 0 ? guint(exactly: min(value, 65536)) ?? 0 : 0 }
        return (number(x), number(y), number(box.x2.rounded(.up) - x), number(box.y2.rounded(.up) - y))
    }

    // MARK: - Fields

    static func set(_ structure: UnsafeMutablePointer<GstStructure>, _ name: String, uint64 number: GstClockTime) {
        set(structure, name, faceanon_type_uint64()) { g_value_set_uint64($0, number) }
    }

    static func set(_ structure: UnsafeMutablePointer<GstStructure>, _ name: String, boolean value: Bool) {
        set(structure, name, faceanon_type_boolean()) { g_value_set_boolean($0, value ? 1 : 0) }
    }

    private static func set(_ structure: UnsafeMutablePointer<GstStructure>, _ name: String, uint number: guint) {
        set(structure, name, faceanon_type_uint()) { g_value_set_uint($0, number) }
    }

    private static func set(_ structure: UnsafeMutablePointer<GstStructure>, _ name: String, double number: Double) {
        set(structure, name, faceanon_type_double()) { g_value_set_double($0, number) }
    }

    private static func set(_ structure: UnsafeMutablePointer<GstStructure>, _ name: String, string: String) {
        set(structure, name, faceanon_type_string()) { g_value_set_string($0, string) }
    }

    private static func set(
        _ structure: UnsafeMutablePointer<GstStructure>, _ name: String, _ type: GType,
        _ fill: (UnsafeMutablePointer<GValue>) -> Void
    ) {
        var value = GValue()
        g_value_init(&value, type)
        fill(&value)
        gst_structure_take_value(structure, name, &value)
    }
}
