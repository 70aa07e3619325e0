// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CPlatform

/// One of the three models, read and found to be the one meant.
package struct ModelFile: Sendable {
    /// The file's name: `pnet.onnx`, `rnet.onnx` or `onet.onnx`.
    package let name: String
    let bytes: [UInt8]
}

/// The three networks' weights.
package struct ModelFiles: Sendable {
    let proposal: ModelFile
    let refinement: ModelFile
    let output: ModelFile

    /// Reads the models of a directory and compares their digests.
    package init(directory: String) throws(ModelError) {
        proposal = try Self.read("pnet.onnx", in: directory)
        refinement = try Self.read("rnet.onnx", in: directory)
        output = try Self.read("onet.onnx", in: directory)
    }

    private static func read(_ name: String, in directory: String) throws(ModelError) -> ModelFile {
        let path = directory + "/" + name
        var memory: UnsafeMutablePointer<UInt8>?
        var count = 0
        let code = faceanon_read_file(path, &memory, &count)
        guard code == 0, let memory else {
            throw code == ENOENT
                ? .missing(path: path) : .unreadable(path: path, reason: String(cString: faceanon_error_text(code)))
        }
        defer { faceanon_free(memory) }
        let digest = faceanon_sha256(memory, count)
        defer { faceanon_free(digest) }
        let found = digest.map { String(cString: $0) } ?? ""
        guard found == ModelDigests.sha256[name] else { throw .damaged(path: path, digest: found) }
        return ModelFile(name: name, bytes: Array(UnsafeBufferPointer(start: memory, count: count)))
    }
}

/// Why the models could not be read; each says what to do.
package enum ModelError: Error, Equatable {
    case missing(path: String)
    case unreadable(path: String, reason: String)
    /// The file is cut short, or another one than the one this version was made for.
    case damaged(path: String, digest: String)
    /// No directory to look in exists.
    case noDirectory(looked: [String])
}

extension ModelError: CustomStringConvertible {
    package var description: String {
        let advice =
            "Run 'make models' in faceanon's source tree and point model-dir or FACEANON_MODEL_DIR to the result, "
            + "or install faceanon again."
        return switch self {
        case .missing(let path): "The face detection model \(path) is missing. \(advice)"
        case .unreadable(let path, let reason):
            "The face detection model \(path) cannot be read (\(reason)). Give this user the right to read it. \(advice)"
        case .damaged(let path, let digest):
            "The face detection model \(path) is damaged or another one than this version of faceanon was made for "
                + "(its SHA-256 is \(digest)). \(advice)"
        case .noDirectory(let looked):
            "The face detection models pnet.onnx, rnet.onnx and onet.onnx were not found; looked in "
                + looked.joined(separator: ", ") + ". \(advice)"
        }
    }
}

/// Where the models lie.
package enum ModelDirectory {
    /// What holds first: the property's value, the environment's, `faceanon-models` beside the plugin, and
    /// `faceanon/models` in the XDG data directories.
    ///
    /// A directory that was named is taken as it is, so that its error names it; the others are taken where they exist.
    package static func find(property: String, besidePlugin: String?) throws(ModelError) -> String {
        if !property.isEmpty { return property }
        if let named = faceanon_environment("FACEANON_MODEL_DIR").map({ String(cString: $0) }), !named.isEmpty {
            return named
        }
        var candidates: [String] = []
        if let besidePlugin { candidates.append(besidePlugin + "/faceanon-models") }
        if let user = faceanon_user_data_directory() { candidates.append(String(cString: user) + "/faceanon/models") }
        if var directory = faceanon_system_data_directories() {
            while let name = directory.pointee {
                candidates.append(String(cString: name) + "/faceanon/models")
                directory += 1
            }
        }
        guard let found = candidates.first(where: { faceanon_is_directory($0) != 0 }) else {
            throw .noDirectory(looked: candidates)
        }
        return found
    }
}
