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
    /// The system has no more threads.
    case thread
}

/// What a network is made to answer in one cell.
package struct WrongAnswer: Sendable {
    /// P-Net, R-Net or O-Net.
    package let network: String
    package let channels: Range<Int>
    package let value: Float

    package init(network: String, channels: Range<Int>, value: Float) {
        self.network = network
        self.channels = channels
        self.value = value
    }
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

        private static let wrong = Mutex<[WrongAnswer]>([])

        /// Sets what networks answer from now on, besides what they compute.
        package static func setAnswers(_ answers: [WrongAnswer]) { wrong.withLock { $0 = answers } }

        package static func setAnswer(_ answer: WrongAnswer?) { setAnswers(answer.map { [$0] } ?? []) }

        package static func wrongAnswers(of network: String) -> [WrongAnswer] {
            wrong.withLock { $0 }.filter { $0.network == network }
        }
    #else
        @inline(__always)
        package static func fails(_ point: FaultPoint) -> Bool { false }

        @inline(__always)
        package static func wrongAnswers(of network: String) -> [WrongAnswer] { [] }
    #endif
}
