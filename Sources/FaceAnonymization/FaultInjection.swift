// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Synchronization

/// Where a failure can be made to happen, for tests.
package enum FaultPoint: CaseIterable, Sendable {
    case map
    case inference
    case allocation
    case tracking
    case report
}

/// Failures on demand: the tests' builds define FACEANON_FAULTS; in the plugin there is nothing of it.
package enum FaultInjection {
    #if FACEANON_FAULTS
        private static let plan = Mutex<(@Sendable (FaultPoint) -> Bool)?>(nil)

        /// Sets what decides, at each point it passes, whether the next step fails.
        package static func set(_ plan: (@Sendable (FaultPoint) -> Bool)?) { self.plan.withLock { $0 = plan } }

        package static func fails(_ point: FaultPoint) -> Bool { plan.withLock { $0 }?(point) ?? false }
    #else
        @inline(__always)
        package static func fails(_ point: FaultPoint) -> Bool { false }
    #endif
}
