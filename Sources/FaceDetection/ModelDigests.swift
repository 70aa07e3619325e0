// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// SHA-256 of the model files that the element accepts, by file name.
///
/// A model of other bytes could find no faces at all, so the element refuses to start with one. The files come from
/// `meson-helper/setup/fetch-models.py`, which reads this table too and writes the same bytes on every run; after a
/// change to that conversion, its `--print-digests` prints the lines below.
package enum ModelDigests {
    package static let sha256: [String: String] = [
        "pnet.onnx": "e72e88f2e4fa361bbc5efd3efde99b738dcf8cdfd32167af94d057b27e3e8db8",
        "rnet.onnx": "dd4d13cc41485143a393ddd7e0865087333c6cd650954fd305b627855c352dba",
        "onet.onnx": "bc8e6ed2d10199247f999177117eefbd3badd2f05a222e25aecba777b3b564dd",
    ]
}
