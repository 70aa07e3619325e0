// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

extension MaskRequest {
    /// How the element is to be set.
    func properties() throws(ProgramFailure) -> ElementProperties {
        try ElementProperties(preset: preset, element)
    }
}
