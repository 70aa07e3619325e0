// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer

/// The GEnums of the properties: their numbers are the raw values of the Swift enums they stand for.
enum EnumTypes {
    static let sampling = register(
        "GstFaceAnonSampling",
        [
            (0, "By area, anti-aliased; finds more", "area"),
            (1, "Exactly as the reference system samples", "reference"),
        ])
    static let mask = register(
        "GstFaceAnonMask",
        [
            (0, "Cells of one color each", "mosaic"),
            (1, "Gaussian blur", "blur"),
            (2, "One color; keeps nothing of the face", "fill"),
        ])
    static let shape = register(
        "GstFaceAnonShape", [(0, "The whole region", "rectangle"), (1, "The ellipse within the region", "ellipse")])
    static let failurePolicy = register(
        "GstFaceAnonFailurePolicy",
        [
            (0, "Stop the pipeline with an element error", "error"),
            (1, "Cover the whole frame and warn", "cover"),
            (2, "Drop the frame and warn", "drop"),
        ])
    static let postMessages = register(
        "GstFaceAnonPostMessages",
        [
            (0, "Never", "none"),
            (1, "When faces have come or gone", "on-change"),
            (2, "For every frame", "every-frame"),
        ])

    private static func register(_ name: String, _ values: [(Int32, String, String)]) -> GType {
        // GLib reads the table for as long as the process lives: leaked on purpose, once.
        let table = UnsafeMutablePointer<GEnumValue>.allocate(capacity: values.count + 1)
        for (index, value) in values.enumerated() {
            (table + index).initialize(
                to: GEnumValue(
                    value: value.0, value_name: PluginFacts.immortal(value.1), value_nick: PluginFacts.immortal(value.2)
                ))
        }
        (table + values.count).initialize(to: GEnumValue(value: 0, value_name: nil, value_nick: nil))
        let type = g_enum_register_static(name, table)
        // For the documentation tools: the type belongs to the element's interface.
        gst_type_mark_as_plugin_api(type, GstPluginAPIFlags(rawValue: 0))
        return type
    }
}
