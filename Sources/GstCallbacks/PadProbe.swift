// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

package import CGstStream

extension UnsafeMutablePointer where Pointee == GstPad {
    /// Calls `probe` for all of these kinds that come to the pad, on its streaming thread, for as long as the pad lives.
    ///
    /// - Returns: The probe's number, for `gst_pad_remove_probe`.
    @discardableResult
    package func addProbe(
        _ kinds: GstPadProbeType...,
        probe: @escaping @Sendable (Self, UnsafeMutablePointer<GstPadProbeInfo>) -> GstPadProbeReturn
    ) -> gulong {
        gst_pad_add_probe(
            self, GstPadProbeType(rawValue: kinds.reduce(0) { $0 | $1.rawValue }),
            { pad, info, data in
                guard let pad, let info, let data else { return GST_PAD_PROBE_OK }
                return Unmanaged<Probe>.fromOpaque(data).takeUnretainedValue().call(pad, info)
            }, Unmanaged.passRetained(Probe(probe)).toOpaque(),
            // The release of what passRetained keeps, when the pad is gone.
            { data in if let data { Unmanaged<Probe>.fromOpaque(data).release() } })
    }
}

private final class Probe: Sendable {
    typealias Call =
        @Sendable (UnsafeMutablePointer<GstPad>, UnsafeMutablePointer<GstPadProbeInfo>) -> GstPadProbeReturn

    let call: Call

    init(_ call: @escaping Call) { self.call = call }
}
