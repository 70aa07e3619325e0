// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

/// A failure, and whether trying again is of use.
struct Trouble {
    let failure: ProgramFailure
    let isPermanent: Bool

    init(_ status: ExitStatus, _ text: String, isPermanent: Bool = false) {
        failure = ProgramFailure(status, text)
        self.isPermanent = isPermanent
    }

    /// An error of faceanon.
    static func masking(_ report: ElementReport) -> Trouble {
        Trouble(.failed, "masking has stopped: \(report.sentence)", isPermanent: true)
    }
}
