// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation

/// A queue between two threads that holds no more than so much: who is faster waits for the other.
///
/// `@unchecked Sendable`: all that changes is behind `condition`.
package final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private let capacity: Int
    /// What was given out is nil: it must not be kept.
    private var elements: [(element: Element?, cost: Int)] = []
    private var first = 0
    private var cost = 0
    private var isEnded = false
    private var isCancelled = false

    /// - Parameters:
    ///   - capacity: an element is taken in while those within cost less than this together.
    package init(capacity: Int) { self.capacity = max(capacity, 1) }

    /// Waits for room. False: the queue is cancelled, and the element is not in it.
    package func push(_ element: Element, cost: Int = 1) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while self.cost >= capacity, cost > 0, !isCancelled { condition.wait() }
        guard !isCancelled else { return false }
        elements.append((element, cost))
        self.cost += cost
        condition.broadcast()
        return true
    }

    /// Waits for an element. nil: there will be no more.
    package func pop() -> Element? {
        condition.lock()
        defer { condition.unlock() }
        while first == elements.count, !isEnded, !isCancelled { condition.wait() }
        guard first < elements.count, !isCancelled else { return nil }
        let entry = elements[first]
        elements[first].element = nil
        first += 1
        if first == elements.count {
            elements.removeAll(keepingCapacity: true)
            first = 0
        } else if first >= 64, first * 2 >= elements.count {
            elements.removeFirst(first)
            first = 0
        }
        cost -= entry.cost
        condition.broadcast()
        return entry.element
    }

    /// No more elements will come; those within are still given out.
    package func end() {
        condition.lock()
        isEnded = true
        condition.broadcast()
        condition.unlock()
    }

    /// Lets go of all elements, and of all who wait.
    package func cancel() {
        condition.lock()
        isCancelled = true
        elements.removeAll()
        first = 0
        condition.broadcast()
        condition.unlock()
    }
}
