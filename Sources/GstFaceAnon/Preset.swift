// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer

/// The presets that come with the element, beside those that users save: `faceanon @preset=redaction`. Each sets only
/// what it lists. They are in the code, so that they are there wherever the plugin is.
struct Preset: Sendable {
    let name: String
    let comment: String
    /// Properties and their values, as a launch line writes them.
    let values: [(property: String, value: String)]

    static let all = [
        Preset(
            name: "reference", comment: "As PeekingDuck finds and masks faces",
            values: [("sampling", "reference"), ("mask", "mosaic"), ("margin", "0"), ("hold", "0")]),
        Preset(
            name: "broadcast", comment: "Soft ellipses that stay with the faces",
            values: [("mask", "blur"), ("shape", "ellipse"), ("margin", "0.25"), ("hold", "500000000")]),
        Preset(
            name: "redaction", comment: "As much as can be found, and nothing left of it",
            values: [
                ("mask", "fill"), ("margin", "0.3"), ("hold", "1000000000"), ("min-size", "20"),
                ("network-thresholds", "<0.5,0.5,0.5>"), ("score-threshold", "0.5"),
            ]),
    ]

    /// Sets the values on an element.
    func apply(to element: OpaquePointer?) {
        for (property, value) in values {
            gst_util_set_object_arg(
                UnsafeMutableRawPointer(element)?.assumingMemoryBound(to: GObject.self), property, value)
        }
    }
}

/// The GstPreset interface: ours first, then the base implementation, which keeps users' presets in files.
enum PresetInterface {
    /// Set once, when the type is made.
    nonisolated(unsafe) private static var base = GstPresetInterface()

    static func add(to type: GType) {
        var info = GInterfaceInfo()
        info.interface_init = { interface, _ in
            guard let presets = interface?.assumingMemoryBound(to: GstPresetInterface.self) else { return }
            PresetInterface.base = presets.pointee
            presets.pointee.get_preset_names = { element in PresetInterface.names(element) }
            presets.pointee.load_preset = { element, name in
                guard let name else { return 0 }
                guard let preset = Preset.all.first(where: { $0.name == String(cString: name) }) else {
                    return PresetInterface.base.load_preset?(element, name) ?? 0
                }
                preset.apply(to: element)
                return 1
            }
            presets.pointee.get_meta = { element, name, tag, value in
                guard let name, let tag, let value,
                    let preset = Preset.all.first(where: { $0.name == String(cString: name) })
                else { return PresetInterface.base.get_meta?(element, name, tag, value) ?? 0 }
                guard String(cString: tag) == "comment" else { return 0 }
                value.pointee = g_strdup(preset.comment)
                return 1
            }
        }
        g_type_add_interface_static(type, gst_preset_get_type(), &info)
    }

    private static func names(
        _ element: OpaquePointer?
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<gchar>?>? {
        let saved = base.get_preset_names?(element)
        defer { g_strfreev(saved) }
        var names = Preset.all.map(\.name)
        var next = saved
        while let entry = next, let name = entry.pointee {
            if !names.contains(String(cString: name)) { names.append(String(cString: name)) }
            next = entry + 1
        }
        // Given away: the caller frees it with g_strfreev.
        let list = g_malloc_n(gsize(names.count + 1), gsize(MemoryLayout<UnsafeMutablePointer<gchar>?>.stride))?
            .bindMemory(to: UnsafeMutablePointer<gchar>?.self, capacity: names.count + 1)
        for (index, name) in names.enumerated() { list?[index] = g_strdup(name) }
        list?[names.count] = nil
        return list
    }
}
