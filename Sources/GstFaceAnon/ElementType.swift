// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import VideoFrames

/// The GType `GstFaceAnon`: a GstBaseTransform, since GstVideoFilter lets frames pass that it cannot map.
/// Here are tables and trampolines only; `Element` does the work.
enum ElementType {
    static let type: GType = {
        var parent = GTypeQuery()
        g_type_query(gst_base_transform_get_type(), &parent)
        var info = GTypeInfo()
        info.class_size = guint16(MemoryLayout<GstFaceAnonClass>.size)
        info.class_init = { pointer, _ in
            guard let pointer else { return }
            initializeClass(pointer)
        }
        info.instance_size = guint16(MemoryLayout<GstFaceAnon>.size)
        info.instance_init = { instance, _ in
            guard let instance else { return }
            let element = UnsafeMutableRawPointer(instance).assumingMemoryBound(to: GstFaceAnon.self)
            // Released in finalize.
            element.pointee.implementation = Unmanaged.passRetained(Element(element)).toOpaque()
            gst_base_transform_set_in_place(pointer(element), 1)
            gst_base_transform_set_passthrough(pointer(element), 0)
            gst_base_transform_set_qos_enabled(pointer(element), 1)
        }
        let type = g_type_register_static(
            gst_base_transform_get_type(), "GstFaceAnon", &info, GTypeFlags(rawValue: 0))
        PresetInterface.add(to: type)
        return type
    }()

    static func register(with plugin: OpaquePointer?) -> gboolean {
        gst_element_register(plugin, PluginFacts.name, guint(GST_RANK_NONE.rawValue), type)
    }

    /// The same address as another GObject class's, as the C macros cast.
    static func pointer<From, To>(_ instance: UnsafeMutablePointer<From>) -> UnsafeMutablePointer<To> {
        UnsafeMutableRawPointer(instance).assumingMemoryBound(to: To.self)
    }

    /// The state of an instance.
    static func element(_ instance: UnsafeMutableRawPointer?) -> Element? {
        guard let state = instance?.assumingMemoryBound(to: GstFaceAnon.self).pointee.implementation else { return nil }
        return Unmanaged<Element>.fromOpaque(state).takeUnretainedValue()
    }

    /// Set once in class_init, before any instance exists.
    nonisolated(unsafe) private(set) static var parentClass: UnsafeMutablePointer<GstBaseTransformClass>?

    private static func initializeClass(_ pointer: UnsafeMutableRawPointer) {
        parentClass = g_type_class_peek_parent(pointer)?.assumingMemoryBound(to: GstBaseTransformClass.self)

        let object = pointer.assumingMemoryBound(to: GObjectClass.self)
        object.pointee.set_property = { instance, identifier, value, _ in
            guard let value else { return }
            ElementType.element(instance)?.setProperty(identifier, value)
        }
        object.pointee.get_property = { instance, identifier, value, _ in
            guard let value else { return }
            ElementType.element(instance)?.getProperty(identifier, value)
        }
        object.pointee.finalize = { instance in
            guard let instance else { return }
            let element: UnsafeMutablePointer<GstFaceAnon> = ElementType.pointer(instance)
            if let state = element.pointee.implementation {
                element.pointee.implementation = nil
                Unmanaged<Element>.fromOpaque(state).release()  // Retained in instance_init.
            }
            guard let parent = ElementType.parentClass else { return }
            UnsafeMutableRawPointer(parent).assumingMemoryBound(to: GObjectClass.self).pointee.finalize?(instance)
        }
        for property in Property.all {
            g_object_class_install_property(object, property.identifier, property.makeSpec())
        }

        let elementClass = pointer.assumingMemoryBound(to: GstElementClass.self)
        gst_element_class_set_static_metadata(
            elementClass, PluginFacts.immortal("Face anonymizer"), PluginFacts.immortal("Filter/Effect/Video"),
            PluginFacts.immortal(PluginFacts.summary),
            PluginFacts.immortal("The faceanon authors <maintainers@faceanon.invalid>"))
        let caps = gst_caps_from_string(templateCaps)
        defer { gst_caps_unref(caps) }
        for (name, direction) in [("sink", GST_PAD_SINK), ("src", GST_PAD_SRC)] {
            gst_element_class_add_pad_template(
                elementClass, gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps))
        }

        initializeTransform(pointer.assumingMemoryBound(to: GstBaseTransformClass.self))
    }

    /// Interlaced frames hold both fields and are masked whole; fields in buffers of their own are not taken.
    private static var templateCaps: String {
        let formats = PixelFormat.allCases.map(\.rawValue).joined(separator: ", ")
        return "video/x-raw, format=(string){ \(formats) }, width=(int)[ 1, 32767 ], height=(int)[ 1, 32767 ], "
            + "framerate=(fraction)[ 0/1, 2147483647/1 ]"
    }

    private static func initializeTransform(_ transform: UnsafeMutablePointer<GstBaseTransformClass>) {
        // Never: a frame that is passed through is a frame that nobody looked at.
        transform.pointee.passthrough_on_same_caps = 0
        transform.pointee.transform_ip_on_passthrough = 0
        transform.pointee.start = { transform in ElementType.element(transform)?.start() ?? 0 }
        transform.pointee.stop = { transform in ElementType.element(transform)?.stop() ?? 1 }
        transform.pointee.set_caps = { transform, caps, _ in ElementType.element(transform)?.setCaps(caps) ?? 0 }
        transform.pointee.get_unit_size = { _, caps, size in
            guard let caps, let size, let info = gst_video_info_new_from_caps(caps) else { return 0 }
            size.pointee = info.pointee.size
            gst_video_info_free(info)
            return 1
        }
        transform.pointee.propose_allocation = { transform, decided, query in
            guard let parent = ElementType.parentClass?.pointee.propose_allocation,
                parent(transform, decided, query) != 0
            else { return 0 }
            ElementType.element(transform)?.proposeAllocation(query)
            return 1
        }
        transform.pointee.query = { transform, direction, query in
            guard let query, let parent = ElementType.parentClass?.pointee.query else { return 0 }
            if query.pointee.type == GST_QUERY_DRAIN, direction == GST_PAD_SINK {
                ElementType.element(transform)?.drain()
            }
            guard parent(transform, direction, query) != 0
            else { return 0 }
            if query.pointee.type == GST_QUERY_LATENCY, direction == GST_PAD_SRC {
                ElementType.element(transform)?.addLatency(to: query)
            }
            return 1
        }
        transform.pointee.sink_event = { transform, event in
            guard let event else { return 0 }
            return ElementType.element(transform)?.handle(event) ?? 0
        }
        transform.pointee.submit_input_buffer = { transform, isDiscontinuity, buffer in
            guard let parent = ElementType.parentClass?.pointee.submit_input_buffer else { return GST_FLOW_ERROR }
            // The parent owns the buffer from here on, and drops it where it is too late.
            let pts = buffer.flatMap { faceanon_has_pts($0) != 0 ? faceanon_pts($0) : nil }
            let result = parent(transform, isDiscontinuity, buffer)
            if result == faceanon_flow_dropped() { ElementType.element(transform)?.lateFrame(pts: pts) }
            return result
        }
        // Instead of the parent's, which would pass frames on untouched in passthrough mode: whatever anybody sets, each
        // buffer that comes in is inspected, and only what `next` gives out goes on.
        transform.pointee.generate_output = { transform, output in
            guard let transform, let output, let element = ElementType.element(transform) else { return GST_FLOW_ERROR }
            output.pointee = nil
            if let buffer = transform.pointee.queued_buf {
                transform.pointee.queued_buf = nil
                let flow = element.accept(buffer)
                guard flow == GST_FLOW_OK else { return flow }
            }
            let next = element.next()
            output.pointee = next.buffer
            return next.flow
        }
        // Never called; without it the base class takes the element for one that only looks.
        transform.pointee.transform_ip = { _, _ in GST_FLOW_ERROR }
    }
}
