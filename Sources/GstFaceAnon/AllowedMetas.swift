// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import CGStreamer

/// Lets only those metas go on that `AllowList.metas` names, by the names of their types: GStreamer knows more of them
/// with each version. Metas that applications register, and other implementations of an API, are on no list.
package enum AllowedMetas {
    /// Whether `strip` would have to take something off a buffer. Allocates nothing.
    package static func hasForbidden(_ buffer: UnsafeMutablePointer<GstBuffer>) -> Bool {
        var state: gpointer?
        while let meta = gst_buffer_iterate_meta(buffer, &state) {
            guard isAllowed(meta) else { return true }
            if meta.pointee.info.pointee.api == region, RegionParameters.hasForbidden(meta) { return true }
        }
        return false
    }

    /// Whether the pixels have to be copied to a new buffer, since taking metas off is not enough: one of them keeps the
    /// owner of the memory alive, says where the pixels lie, or is locked to the buffer by its pool.
    package static func requiresCopy(_ buffer: UnsafeMutablePointer<GstBuffer>) -> Bool {
        var state: gpointer?
        while let meta = gst_buffer_iterate_meta(buffer, &state) {
            if isAllowed(meta) { continue }
            let api = meta.pointee.info.pointee.api
            if faceanon_is_locked_meta(meta) != 0 || owners.contains(g_type_qname(api))
                || memoryTags.contains(where: { gst_meta_api_type_has_tag(api, $0) != 0 })
            {
                return true
            }
        }
        return false
    }

    /// Takes off a writable buffer what may not go on. Regions of interest keep their place and type.
    ///
    /// - Returns: false where something is left, which only a copy of the pixels gets rid of.
    @discardableResult
    package static func strip(_ buffer: UnsafeMutablePointer<GstBuffer>) -> Bool {
        guard hasForbidden(buffer) else { return true }
        gst_buffer_foreach_meta(
            buffer,
            { _, meta, _ in
                guard let found = meta?.pointee else { return 1 }
                if !AllowedMetas.isAllowed(found) {
                    // GStreamer refuses to remove what is locked.
                    if faceanon_is_locked_meta(found) == 0 { meta?.pointee = nil }
                } else if found.pointee.info.pointee.api == AllowedMetas.region {
                    RegionParameters.strip(found)
                }
                return 1
            }, nil)
        return !hasForbidden(buffer)
    }

    /// Copies what may go on to a writable buffer that has the pixels in the default layout; not the video meta, which
    /// says where the pixels of the other buffer lie.
    package static func copy(
        from source: UnsafeMutablePointer<GstBuffer>, to target: UnsafeMutablePointer<GstBuffer>
    ) {
        var state: gpointer?
        var hasRegions = false
        while let meta = gst_buffer_iterate_meta(source, &state) {
            let api = meta.pointee.info.pointee.api
            guard api != gst_video_meta_api_get_type(), isAllowed(meta) else { continue }
            faceanon_copy_meta(target, meta, source)
            hasRegions = hasRegions || api == region
        }
        if hasRegions { strip(target) }
    }

    // MARK: - Rules

    private static let region = gst_video_region_of_interest_meta_api_get_type()

    private static let allowed: [(api: GQuark, implementation: GQuark)] = AllowList.metas.map {
        (g_quark_from_string($0.api), g_quark_from_string($0.implementation))
    }

    /// Metas with a reference to the buffer that the memory comes from.
    private static let owners = [
        g_quark_from_string("GstParentBufferMetaAPI"), g_quark_from_string("GstOriginalBufferMetaAPI"),
    ]

    /// How GStreamer marks the APIs of metas that depend on the buffer's memory.
    private static let memoryTags = [g_quark_from_string("memory"), g_quark_from_string("memory-reference")]

    private static let videoMeta = g_quark_from_string("GstVideoMetaAPI")
    private static let referenceTimestamp = g_quark_from_string("GstReferenceTimestampMetaAPI")

    private static func isAllowed(_ meta: UnsafeMutablePointer<GstMeta>) -> Bool {
        guard let info = meta.pointee.info, gst_meta_info_is_custom(info) == 0 else { return false }
        let api = g_type_qname(info.pointee.api)
        let implementation = g_type_qname(info.pointee.type)
        guard allowed.contains(where: { $0.api == api && $0.implementation == implementation }) else { return false }
        if api == videoMeta { return faceanon_maps_elsewhere(meta) == 0 }
        if api == referenceTimestamp { return faceanon_has_details(meta) == 0 }
        return true
    }
}

/// The parameters of regions of interest: structures that may hold samples, buffers, and names of people.
private enum RegionParameters {
    static func hasForbidden(_ meta: UnsafeMutablePointer<GstMeta>) -> Bool {
        var next = region(meta).pointee.params
        while let link = next {
            guard let parameter = structure(link), isAllowed(parameter), PlainFields.areNumbers(parameter) else {
                return true
            }
            next = link.pointee.next
        }
        return false
    }

    static func strip(_ meta: UnsafeMutablePointer<GstMeta>) {
        let region = region(meta)
        var next = region.pointee.params
        while let link = next {
            next = link.pointee.next
            if let parameter = structure(link), isAllowed(parameter) {
                PlainFields.keepNumbers(parameter)
            } else {
                if let parameter = structure(link) { gst_structure_free(parameter) }
                region.pointee.params = g_list_delete_link(region.pointee.params, link)
            }
        }
    }

    private static func region(
        _ meta: UnsafeMutablePointer<GstMeta>
    ) -> UnsafeMutablePointer<GstVideoRegionOfInterestMeta> {
        UnsafeMutableRawPointer(meta).assumingMemoryBound(to: GstVideoRegionOfInterestMeta.self)
    }

    private static func structure(_ link: UnsafeMutablePointer<GList>) -> UnsafeMutablePointer<GstStructure>? {
        link.pointee.data?.assumingMemoryBound(to: GstStructure.self)
    }

    private static func isAllowed(_ parameter: UnsafeMutablePointer<GstStructure>) -> Bool {
        guard let name = gst_structure_get_name(parameter) else { return false }
        return AllowList.regionParameters.contains { allowed in
            allowed.hasSuffix("/") ? g_str_has_prefix(name, allowed) != 0 : g_strcmp0(name, allowed) == 0
        }
    }
}

/// The fields of structures of which only numbers go on.
enum PlainFields {
    static func areNumbers(_ structure: UnsafePointer<GstStructure>) -> Bool {
        gst_structure_foreach(structure, { _, value, _ in value.map { faceanon_is_number($0) } ?? 0 }, nil) != 0
    }

    /// Takes all other fields out of a structure that is ours alone.
    static func keepNumbers(_ structure: UnsafeMutablePointer<GstStructure>) {
        gst_structure_filter_and_map_in_place(
            structure, { _, value, _ in value.map { faceanon_is_number($0) } ?? 0 }, nil)
    }
}
