// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

public import CGStreamer

/// The facts of the plugin, in the memory that GStreamer keeps a pointer to.
enum PluginFacts {
    static let version = "0.1.0"
    static let name = "faceanon"
    static let summary = "Masks every face in every video frame"
    static let license = "Apache 2.0"
    static let origin = "https://github.com/faceanon/faceanon"
    static let releaseDate = "2026-11-22"

    /// Texts that GStreamer reads for as long as the process lives; leaked on purpose, once.
    static func immortal(_ text: String) -> UnsafePointer<CChar>? { UnsafePointer(g_strdup(text)) }

    nonisolated(unsafe) fileprivate static let descriptor: UnsafeMutablePointer<GstPluginDesc> = {
        // Written once, before anybody reads it.
        let descriptor = UnsafeMutablePointer<GstPluginDesc>.allocate(capacity: 1)
        descriptor.initialize(
            to: GstPluginDesc(
                major_version: gint(GST_VERSION_MAJOR), minor_version: gint(GST_VERSION_MINOR),
                name: immortal(name), description: immortal(summary),
                plugin_init: { plugin in ElementType.register(with: plugin) },
                version: immortal(version), license: immortal(license), source: immortal(name),
                package: immortal(name), origin: immortal(origin), release_datetime: immortal(releaseDate),
                _gst_reserved: (nil, nil, nil, nil)))
        return descriptor
    }()
}

/// What GStreamer calls when it loads the file `libgstfaceanon.so`.
@c(gst_plugin_faceanon_get_desc)
public func pluginDescriptor() -> UnsafePointer<GstPluginDesc>? { UnsafePointer(PluginFacts.descriptor) }

/// For programs that link the plugin in: registers it with the process, after `gst_init`.
@c(gst_plugin_faceanon_register)
public func registerPlugin() {
    let facts = PluginFacts.descriptor.pointee
    gst_plugin_register_static(
        facts.major_version, facts.minor_version, facts.name, facts.description, facts.plugin_init, facts.version,
        facts.license, facts.source, facts.package, facts.origin)
}
