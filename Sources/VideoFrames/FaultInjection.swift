// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Synchronization

/// Where a failure can be made to happen, for tests.
package enum FaultPoint: CaseIterable, Sendable {
    /// A buffer cannot be mapped.
    case map
    /// OpenCV gets an input of a shape that it throws on.
    case inference
    /// There is no memory for a scratch buffer, wherever one is asked for.
    case allocation
    case tracking
    /// There is no memory for the masks of a frame.
    case masking
    /// A buffer that others hold too cannot be copied.
    case copy
    /// There is no memory for a black frame.
    case replacement
    case report
}

/// Failures on demand: the tests' builds define FACEANON_FAULTS; in the plugin there is nothing of it.
package enum FaultInjection {
    #if FACEANON_FAULTS
        /// In a structure: a function by itself would get one more wrapper each time it is read.
        private struct Plan {
            var decide: @Sendable (FaultPoint) -> Bool
        }
        private static let plan = Mutex<Plan?>(nil)

        /// Sets what decides, at each point it passes, whether the next step fails.
        package static func set(_ decide: (@Sendable (FaultPoint) -> Bool)?) {
            plan.withLock { $0 = decide.map { Plan(decide: $0) } }
        }

        package static func fails(_ point: FaultPoint) -> Bool { plan.withLock { $0 }?.decide(point) ?? false }
    #else
        @inline(__always)
        package static func fails(_ point: FaultPoint) -> Bool { false }
    #endif
}
