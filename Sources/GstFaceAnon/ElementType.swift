// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import VideoFrames

/// The GType `GstFaceAnon`: a GstElement with two pads. The base classes for filters have ways past the filter: GstVideoFilter
/// lets frames pass that it cannot map, GstBaseTransform has a passthrough mode. Here are tables and trampolines only;
/// `Element` does the work.
enum ElementType {
    static let type: GType = {
        var info = GTypeInfo()
        info.class_size = guint16(MemoryLayout<GstFaceAnonClass>.size)
        info.class_init = { pointer, _ in
            guard let pointer else { return }
            initializeClass(pointer)
        }
        info.instance_size = guint16(MemoryLayout<GstFaceAnon>.size)
        info.instance_init = { instance, type in
            guard let instance, let type else { return }
            initializeInstance(
                UnsafeMutableRawPointer(instance).assumingMemoryBound(to: GstFaceAnon.self),
                type.assumingMemoryBound(to: GstElementClass.self))
        }
        let type = g_type_register_static(
            gst_element_get_type(), "GstFaceAnon", &info, GTypeFlags(rawValue: 0))
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
    nonisolated(unsafe) private(set) static var parentClass: UnsafeMutablePointer<GstElementClass>?

    // MARK: - The class

    private static func initializeClass(_ pointer: UnsafeMutableRawPointer) {
        parentClass = g_type_class_peek_parent(pointer)?.assumingMemoryBound(to: GstElementClass.self)

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
                Unmanaged<Element>.fromOpaque(state).release()  // Retained in initializeInstance.
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
        elementClass.pointee.change_state = { element, transition in
            ElementType.element(element)?.changeState(transition) ?? GST_STATE_CHANGE_FAILURE
        }
    }

    /// Interlaced frames hold both fields and are masked whole; fields in buffers of their own are not taken.
    private static var templateCaps: String {
        let formats = PixelFormat.allCases.map(\.rawValue).joined(separator: ", ")
        return "video/x-raw, format=(string){ \(formats) }, width=(int)[ 1, 32767 ], height=(int)[ 1, 32767 ], "
            + "framerate=(fraction)[ 0/1, 2147483647/1 ]"
    }

    // MARK: - The instance

    private static func initializeInstance(
        _ instance: UnsafeMutablePointer<GstFaceAnon>, _ type: UnsafeMutablePointer<GstElementClass>
    ) {
        // Released in finalize.
        instance.pointee.implementation = Unmanaged.passRetained(Element(instance)).toOpaque()
        instance.pointee.sink = makePad("sink", of: instance, type)
        instance.pointee.source = makePad("src", of: instance, type)

        let sink = instance.pointee.sink
        gst_pad_set_chain_function_full(
            sink,
            { _, parent, buffer in
                guard let buffer else { return GST_FLOW_ERROR }
                guard let element = ElementType.element(parent) else {
                    gst_buffer_unref(buffer)
                    return GST_FLOW_ERROR
                }
                return element.chain(buffer)
            }, nil, nil)
        gst_pad_set_event_function_full(
            sink,
            { _, parent, event in
                guard let event else { return 0 }
                return ElementType.element(parent)?.handleFromUpstream(event) ?? 0
            }, nil, nil)
        gst_pad_set_query_function_full(
            sink,
            { _, parent, query in
                guard let query else { return 0 }
                return ElementType.element(parent)?.answerFromUpstream(query) ?? 0
            }, nil, nil)

        let source = instance.pointee.source
        gst_pad_set_event_function_full(
            source,
            { _, parent, event in
                guard let event else { return 0 }
                return ElementType.element(parent)?.handleFromDownstream(event) ?? 0
            }, nil, nil)
        gst_pad_set_query_function_full(
            source,
            { _, parent, query in
                guard let query else { return 0 }
                return ElementType.element(parent)?.answerFromDownstream(query) ?? 0
            }, nil, nil)
    }

    private static func makePad(
        _ name: String, of instance: UnsafeMutablePointer<GstFaceAnon>, _ type: UnsafeMutablePointer<GstElementClass>
    ) -> UnsafeMutablePointer<GstPad>? {
        let pad = gst_pad_new_from_template(gst_element_class_get_pad_template(type, name), name)
        // The element owns it from here on.
        gst_element_add_pad(pointer(instance), pad)
        return pad
    }
}
