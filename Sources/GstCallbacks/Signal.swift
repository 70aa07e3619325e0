// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGstStream

/// A signal that an object does not have, or not with these types.
package struct SignalError: Error, Equatable, CustomStringConvertible {
    package let description: String
}

/// Calls `handler` with the object and the signal's arguments whenever the object emits it, on the thread that emits.
///
/// The handler lives as long as the object, so it must not hold the object. Its types are compared with what GLib knows of
/// the signal; leave an argument out of it by the type `Unread`. An argument that is NULL without being declared as an
/// optional is no call.
///
/// - Parameters:
///   - signal: The name, with its detail if there is one: `sync-message::error`.
///   - after: Only after all handlers that are connected otherwise.
package func connect<Object: GObjectStruct, each Argument: SignalArgument>(
    _ signal: String, of object: UnsafeMutablePointer<Object>, after: Bool = false,
    _ handler: @escaping @Sendable (UnsafeMutablePointer<Object>, repeat each Argument) -> Void
) throws(SignalError) {
    var types: [GType?] = []
    repeat types.append((each Argument).type)
    let emission = Emission { _, values in
        var reader = ArgumentReader(values)
        guard let object = try? reader.next(UnsafeMutablePointer<Object>.self) else { return }
        try? handler(object, repeat reader.next((each Argument).self))
    }
    try emission.connect(signal, of: object, SignalTypes(arguments: types, result: stream_type_none()), after: after)
}

/// The same for a signal that asks for something.
package func connect<Object: GObjectStruct, each Argument: SignalArgument, Result: SignalResult>(
    _ signal: String, of object: UnsafeMutablePointer<Object>,
    _ handler: @escaping @Sendable (UnsafeMutablePointer<Object>, repeat each Argument) -> Result
) throws(SignalError) {
    var types: [GType?] = []
    repeat types.append((each Argument).type)
    let emission = Emission { result, values in
        var reader = ArgumentReader(values)
        guard let object = try? reader.next(UnsafeMutablePointer<Object>.self),
            let answer = try? handler(object, repeat reader.next((each Argument).self)), let result
        else { return }
        answer.store(in: result)
    }
    try emission.connect(signal, of: object, SignalTypes(arguments: types, result: Result.type), after: false)
}

/// The types that a handler is written for; nil: any.
private struct SignalTypes {
    let arguments: [GType?]
    let result: GType
}

/// What GLib calls, with the values as GLib has them.
private final class Emission: Sendable {
    typealias Call = @Sendable (_ result: UnsafeMutablePointer<GValue>?, _ values: UnsafeBufferPointer<GValue>) -> Void

    private let call: Call

    init(_ call: @escaping Call) { self.call = call }

    func connect(
        _ signal: String, of object: UnsafeMutableRawPointer, _ types: SignalTypes, after: Bool
    ) throws(SignalError) {
        let (id, detail) = try Self.find(signal, of: object, types)
        stream_connect_marshal(
            object, id, detail, after ? 1 : 0,
            { closure, result, count, values, _, _ in
                guard let data = stream_closure_data(closure) else { return }
                // GLib holds the closure, and so its data, while it calls.
                Unmanaged<Emission>.fromOpaque(data).takeUnretainedValue()
                    .call(result, UnsafeBufferPointer(start: values, count: Int(count)))
            }, Unmanaged.passRetained(self).toOpaque(),
            // The release of what passRetained keeps, when the object is gone.
            { data, _ in if let data { Unmanaged<Emission>.fromOpaque(data).release() } })
    }

    private static func find(
        _ signal: String, of object: UnsafeMutableRawPointer, _ types: SignalTypes
    ) throws(SignalError) -> (id: guint, detail: GQuark) {
        let type = stream_type_of(object)
        var (id, detail): (guint, GQuark) = (0, 0)
        guard g_signal_parse_name(signal, type, &id, &detail, 1) != 0 else {
            throw SignalError(description: "\(name(type)) has no signal \(signal)")
        }
        var query = GSignalQuery()
        g_signal_query(id, &query)
        let declared = UnsafeBufferPointer(start: query.param_types, count: Int(query.n_params)).map(stream_plain_type)
        let result = stream_plain_type(query.return_type)
        let fits =
            declared.count == types.arguments.count && result == types.result
            && zip(declared, types.arguments).allSatisfy { declared, wanted in
                wanted.map { g_type_is_a(declared, $0) != 0 } ?? true
            }
        guard fits else {
            let parameters = declared.map(name).joined(separator: ", ")
            throw SignalError(
                description: "the signal \(signal) of \(name(type)) has other types: (\(parameters)) -> \(name(result))"
            )
        }
        return (id, detail)
    }

    private static func name(_ type: GType) -> String { g_type_name(type).map { String(cString: $0) } ?? "nothing" }
}

/// An argument that has to be there is NULL.
private struct MissingArgument: Error {}

/// Reads the values of an emission in their order: the object, then the arguments.
private struct ArgumentReader {
    private let values: UnsafeBufferPointer<GValue>
    private var position = 0

    init(_ values: UnsafeBufferPointer<GValue>) { self.values = values }

    mutating func next<Argument: SignalArgument>(_: Argument.Type) throws(MissingArgument) -> Argument {
        guard position < values.count, let base = values.baseAddress,
            let argument = Argument(signalValue: base + position)
        else { throw MissingArgument() }
        position += 1
        return argument
    }
}
