// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// The command line with every byte of it. Swift's own `CommandLine.arguments` repairs what is not UTF-8, and a file is then
/// no longer found.
///
/// ArgumentParser takes Strings, so a byte that belongs to no character becomes a character for private use, U+10FF80 to
/// U+10FFFF, and `FilePath(argument:)` makes it a byte again. These characters themselves go the same way, so that each
/// name has one form.
package enum RawArguments {
    private static let first: UInt32 = 0x10FF80
    private static let last: UInt32 = 0x10FFFF

    /// The arguments of this process, without its name.
    static var ofProcess: [String] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            CommandLine.unsafeArgv[index].map { argument in
                text(Array(UnsafeBufferPointer(start: argument, count: length(argument))).map { UInt8(bitPattern: $0) })
            }
        }
    }

    package static func text(_ bytes: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        var iterator = bytes.makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        var position = 0
        func escape(_ length: Int) {
            for byte in bytes[position..<min(position + length, bytes.count)] {
                // Such bytes are 0x80 or more: those below are characters of their own.
                Unicode.Scalar(0x10FF00 + UInt32(byte)).map { text.append($0) }
            }
            position += length
        }
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                if (first...last).contains(scalar.value) {
                    escape(encoded.count)
                } else {
                    text.append(scalar)
                    position += encoded.count
                }
            case .error(let length): escape(length)
            case .emptyInput: return String(text)
            }
        }
    }

    package static func bytes(_ text: String) -> [UInt8] {
        text.unicodeScalars.flatMap { scalar -> [UInt8] in
            (first...last).contains(scalar.value)
                ? [UInt8(scalar.value & 0xFF)] : Array(String(scalar).utf8)
        }
    }

    private static func length(_ text: UnsafeMutablePointer<CChar>) -> Int {
        var length = 0
        while text[length] != 0 { length += 1 }
        return length
    }
}

extension FilePath {
    /// A path as it stands in an argument of `RawArguments`.
    package init(argument: String) { self.init(bytes: RawArguments.bytes(argument)) }
}
