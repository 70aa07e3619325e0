// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation

/// What a process did, as `valgrind --tool=callgrind` counted it: the same on every machine with AVX2, and under any load.
struct CallgrindProfile {
    /// Instructions executed in the code of each file, by the file's name.
    private(set) var instructions: [String: Int] = [:]
    /// How often code of a file called a function of any file.
    private(set) var calls: [Call: Int] = [:]

    struct Call: Hashable {
        let from: String
        let function: String
    }

    /// Runs a program under callgrind.
    init(running arguments: [String], environment: [String: String]) throws {
        let scratch = try Scratch()
        let output = scratch / "callgrind.out"
        var environment = environment
        // Swift's sets and dictionaries take another order each time otherwise.
        environment["SWIFT_DETERMINISTIC_HASHING"] = "1"
        let outcome = try Command.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + output] + arguments, environment: environment,
            seconds: Patience.long)
        guard outcome.status == 0 else {
            throw Command.Failure(description: "callgrind ended with \(outcome.status). It wrote: \(outcome.text)")
        }
        parse(scratch.data("callgrind.out"))
    }

    /// How often a file's code called one of these functions.
    func count(from file: String, _ functions: Set<String>) -> Int {
        calls.reduce(0) { $1.key.from == file && functions.contains($1.key.function) ? $0 + $1.value : $0 }
    }

    /// The format is described in valgrind's manual, "Callgrind Format Specification".
    private mutating func parse(_ data: Data) {
        var files: [Substring: String] = [:]
        var functions: [Substring: String] = [:]
        var file = ""
        var callee = ""
        var isCallCost = false
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("ob=") {
                file = Self.name(line.dropFirst(3), known: &files)
            } else if line.hasPrefix("cob=") {
                _ = Self.name(line.dropFirst(4), known: &files)
            } else if line.hasPrefix("fn=") {
                _ = Self.name(line.dropFirst(3), known: &functions)
            } else if line.hasPrefix("cfn=") {
                callee = Self.name(line.dropFirst(4), known: &functions)
            } else if line.hasPrefix("calls=") {
                let count = line.dropFirst(6).prefix { $0 != " " }
                calls[Call(from: file, function: callee), default: 0] += Int(count) ?? 0
                isCallCost = true
            } else if let first = line.first, first.isNumber || first == "+" || first == "-" || first == "*" {
                // What the callee cost is counted where it was spent.
                if !isCallCost, let cost = line.split(separator: " ").dropFirst().first {
                    instructions[file, default: 0] += Int(cost) ?? 0
                }
                isCallCost = false
            }
        }
    }

    /// `(3) /usr/lib/libx.so` says what 3 stands for, `(3)` means it.
    private static func name(_ text: Substring, known: inout [Substring: String]) -> String {
        guard let end = text.firstIndex(of: ")") else { return String(text) }
        let number = text[...end]
        let rest = text[end...].dropFirst(2)
        if !rest.isEmpty { known[number] = String(rest.split(separator: "/").last ?? rest) }
        return known[number] ?? ""
    }
}
