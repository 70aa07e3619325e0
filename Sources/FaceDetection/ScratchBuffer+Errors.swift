// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import VideoFrames

extension ScratchBuffer {
    /// Room for `count` values. Growing loses what was there.
    @discardableResult
    func ensure(_ count: Int) throws(DetectionError) -> UnsafeMutablePointer<Value> {
        guard reserve(count) else { throw .outOfMemory(bytes: count * MemoryLayout<Value>.stride) }
        return base
    }
}
