// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import CGstStream

/// A type that signals hand to their handlers.
package protocol SignalArgument: SendableMetatype {
    /// As GLib knows it, or a type that it derives from; nil: any.
    static var type: GType? { get }

    /// Reads a value of that type; nil where it is NULL.
    init?(signalValue: UnsafePointer<GValue>)
}

/// A type that handlers answer with.
package protocol SignalResult: SendableMetatype {
    static var type: GType { get }

    func store(in value: UnsafeMutablePointer<GValue>)
}

/// A C struct that stands for a GObject, a boxed type, or what signals call a mere pointer.
package protocol GObjectStruct: SendableMetatype {
    static var type: GType { get }
}

/// An argument that the handler does not look at.
package struct Unread: SignalArgument {
    package static var type: GType? { nil }

    package init(signalValue: UnsafePointer<GValue>) {}
}

extension UnsafeMutablePointer: SignalArgument where Pointee: GObjectStruct {
    package static var type: GType? { Pointee.type }

    /// The one place where an address from GLib gets its type: `connect` has compared the two.
    package init?(signalValue: UnsafePointer<GValue>) {
        guard let pointer = g_value_peek_pointer(signalValue) else { return nil }
        self = pointer.assumingMemoryBound(to: Pointee.self)
    }
}

extension Optional: SignalArgument where Wrapped: SignalArgument {
    package static var type: GType? { Wrapped.type }

    package init?(signalValue: UnsafePointer<GValue>) { self = Wrapped(signalValue: signalValue) }
}

extension UInt32: SignalArgument {
    package static var type: GType? { stream_type_uint() }

    package init(signalValue: UnsafePointer<GValue>) { self = g_value_get_uint(signalValue) }
}

extension Int32: SignalArgument {
    package static var type: GType? { stream_type_int() }

    package init(signalValue: UnsafePointer<GValue>) { self = g_value_get_int(signalValue) }
}

/// A GstSample, which has no C struct to be seen.
package struct SampleArgument: SignalArgument {
    package static var type: GType? { gst_sample_get_type() }

    package let pointer: OpaquePointer

    package init?(signalValue: UnsafePointer<GValue>) {
        guard let pointer = g_value_peek_pointer(signalValue) else { return nil }
        self.pointer = OpaquePointer(pointer)
    }
}

extension Bool: SignalResult {
    package static var type: GType { stream_type_boolean() }

    package func store(in value: UnsafeMutablePointer<GValue>) { g_value_set_boolean(value, self ? 1 : 0) }
}

extension String: SignalResult {
    package static var type: GType { stream_type_string() }

    package func store(in value: UnsafeMutablePointer<GValue>) { g_value_set_string(value, self) }
}

extension GstElement: GObjectStruct { package static var type: GType { gst_element_get_type() } }
extension GstBus: GObjectStruct { package static var type: GType { gst_bus_get_type() } }
extension GstPad: GObjectStruct { package static var type: GType { gst_pad_get_type() } }
extension GstCaps: GObjectStruct { package static var type: GType { gst_caps_get_type() } }
extension GstMessage: GObjectStruct { package static var type: GType { gst_message_get_type() } }
extension GstRTSPClient: GObjectStruct { package static var type: GType { gst_rtsp_client_get_type() } }
extension GstRTSPContext: GObjectStruct { package static var type: GType { gst_rtsp_context_get_type() } }
extension GstRTSPMedia: GObjectStruct { package static var type: GType { gst_rtsp_media_get_type() } }
extension GstRTSPMediaFactory: GObjectStruct { package static var type: GType { gst_rtsp_media_factory_get_type() } }
extension GstRTSPServer: GObjectStruct { package static var type: GType { gst_rtsp_server_get_type() } }
extension GstRTSPSession: GObjectStruct { package static var type: GType { gst_rtsp_session_get_type() } }
extension GFileMonitor: GObjectStruct { package static var type: GType { g_file_monitor_get_type() } }
/// Signals call it a pointer.
extension GstRTSPMessage: GObjectStruct { package static var type: GType { stream_type_pointer() } }
