// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import Foundation
internal import Yams

/// A YAML file, whose faults are told with file, line and key.
struct ConfigurationFile {
    let path: String
    let root: Section

    init(path: String) throws(ProgramFailure) {
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else { throw TextFile.unreadable("the configuration \(path)") }
        try self.init(path: path, text: text)
    }

    init(path: String, text: String) throws(ProgramFailure) {
        self.path = path
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw Self.failure(path, error)
        } catch {
            throw ProgramFailure(.misuse, "\(path): \(error)")
        }
        guard let node else { throw ProgramFailure(.misuse, "\(path) is empty") }
        root = try Section(node, Place(file: path, folder: (path as NSString).deletingLastPathComponent, key: ""))
    }

    private static func failure(_ path: String, _ error: YamlError) -> ProgramFailure {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            ProgramFailure(.misuse, "\(path):\(mark.line): this is no YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            ProgramFailure(
                .misuse, "\(path):\(context.mark.line): \(duplicates.joined(separator: ", ")) is there twice")
        default: ProgramFailure(.misuse, "\(path): this is no YAML: \(error)")
        }
    }

    /// Where a value stands.
    struct Place {
        let file: String
        let folder: String
        /// As in `mounts[0].source`.
        let key: String

        func with(_ more: String) -> Place {
            let dot = key.isEmpty || more.hasPrefix("[") ? "" : "."
            return Place(file: file, folder: folder, key: key + dot + more)
        }

        func failure(_ line: Int?, _ text: String) -> ProgramFailure {
            ProgramFailure(.misuse, "\(file)\(line.map { ":\($0)" } ?? ""): \(key.isEmpty ? "" : "\(key): ")\(text)")
        }
    }

    /// A value, with what can be asked of it.
    struct Value {
        let node: Node
        let place: Place

        var line: Int? { node.mark?.line }

        func failure(_ text: String) -> ProgramFailure { place.failure(line, text) }

        /// Does what the value is for; a failure tells where it stands.
        func telling<Result>(_ work: () throws(ProgramFailure) -> Result) throws(ProgramFailure) -> Result {
            do { return try work() } catch { throw failure(error.description) }
        }

        func text() throws(ProgramFailure) -> String {
            guard let scalar = node.scalar, !scalar.string.isEmpty else { throw failure("wants a text") }
            return scalar.string
        }

        /// A file, looked for beside the configuration.
        func file() throws(ProgramFailure) -> String {
            let path = try text()
            return path.hasPrefix("/") || place.folder.isEmpty ? path : place.folder + "/" + path
        }

        func number(_ range: ClosedRange<Int>) throws(ProgramFailure) -> Int {
            guard let text = node.scalar?.string, let number = Int(text), range.contains(number) else {
                throw failure("wants a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }

        func seconds(_ range: ClosedRange<Double>) throws(ProgramFailure) -> Double {
            guard let text = node.scalar?.string, let number = Double(text), range.contains(number) else {
                throw failure("wants seconds, from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }

        func list() throws(ProgramFailure) -> [Value] {
            guard let sequence = node.sequence else { throw failure("wants a list: lines that begin with -") }
            return sequence.enumerated().map { Value(node: $1, place: place.with("[\($0)]")) }
        }

        func section() throws(ProgramFailure) -> Section { try Section(node, place) }
    }

    /// Keys and values.
    struct Section {
        private(set) var entries: [(key: String, value: Value)] = []
        let place: Place
        private let line: Int?

        init(_ node: Node, _ place: Place) throws(ProgramFailure) {
            self.place = place
            line = node.mark?.line
            guard let mapping = node.mapping else { throw place.failure(line, "wants lines of the form KEY: VALUE") }
            for (keyNode, valueNode) in mapping {
                guard let key = keyNode.scalar?.string else {
                    throw place.failure(keyNode.mark?.line, "wants names for keys")
                }
                entries.append((key, Value(node: valueNode, place: place.with(key))))
            }
        }

        subscript(key: String) -> Value? { entries.first { $0.key == key }?.value }

        func needed(_ key: String) throws(ProgramFailure) -> Value {
            guard let value = self[key] else { throw place.failure(line, "\(key) is missing") }
            return value
        }

        /// A misspelt key would otherwise be a setting that does not hold.
        func refuseOthers(than known: [String]) throws(ProgramFailure) {
            for (key, value) in entries where !known.contains(key) {
                throw value.failure("there is no such key: known here are \(known.joined(separator: ", "))")
            }
        }
    }
}
