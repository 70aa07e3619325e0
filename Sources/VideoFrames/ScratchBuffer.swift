// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPlatform

/// Memory for plain values that grows and is kept, so that frames after the first few allocate nothing. Where there is
/// none left it says so, which an `Array` would not: the process goes on and the failure policy decides.
package final class ScratchBuffer<Value: BitwiseCopyable> {
    package private(set) var base: UnsafeMutablePointer<Value>
    package private(set) var capacity = 0

    package init() {
        // Never read or written: there is no capacity yet.
        base = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped.assumingMemoryBound(to: Value.self)
    }

    deinit {
        if capacity > 0 { faceanon_free_aligned(base) }
    }

    /// Makes room for `count` values; false where there is no memory for them. Growing loses what was there.
    package func reserve(_ count: Int) -> Bool {
        if FaultInjection.fails(.allocation) { return false }
        guard count > capacity else { return true }
        guard let memory = faceanon_allocate_aligned(count * MemoryLayout<Value>.stride) else { return false }
        if capacity > 0 { faceanon_free_aligned(base) }
        base = memory.bindMemory(to: Value.self, capacity: count)
        capacity = count
        return true
    }
}
