// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// What installs and runs faceanon as a service, as far as it can be checked without building the packages.
@Suite struct DeployTests {
    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: Checkout.root + "/" + path, encoding: .utf8)) ?? ""
    }

    /// The values of a key of the unit file.
    private static func unit(_ key: String) -> [String] {
        text("meson-helper/deployment/faceanon@.service").components(separatedBy: "\n")
            .filter { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
    }

    @Test func theServiceIsExposedAsLittleAsItCanBe() throws {
        let outcome = try Command.run([
            "systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager",
            "meson-helper/deployment/faceanon@.service",
        ])
        #expect(outcome.status == 0, "\(outcome.text)")
    }

    /// In a root that holds the unit and the program, as after an installation.
    @Test func systemdUnderstandsTheService() throws {
        let scratch = try Scratch()
        for folder in ["etc/systemd/system", "usr/bin"] { _ = try scratch.folder(folder) }
        try scratch.copy(
            Checkout.root + "/meson-helper/deployment/faceanon@.service", to: "etc/systemd/system/faceanon@.service")
        try scratch.copy("/bin/true", to: "usr/bin/faceanon")
        let outcome = try Command.run([
            "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "--root=\(scratch.path)",
            "faceanon@door.service",
        ])
        #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.text)")
    }

    @Test func theServiceRunsAsTheProgramWantsIt() throws {
        let start = try #require(Self.unit("ExecStart").first).components(separatedBy: " ")
        #expect(start.first == "/usr/bin/faceanon")
        let help = try Command.run([Checkout.root + "/build/faceanon", "help", start[1]])
        #expect(help.status == 0 && help.output.contains("<SOURCE> <TARGET>"), "\(help.text)")
        // What the unit reads from the environment, the example sets, or shows how to.
        let example = Self.text("meson-helper/deployment/camera.env")
        for variable in ["FACEANON_OPTIONS", "FACEANON_SOURCE", "FACEANON_TARGET"] {
            #expect(start.contains { $0.contains(variable) }, "\(variable)")
            #expect(example.contains("\(variable)="), "\(variable)")
        }
        for variable in ["SOURCE_USER", "SOURCE_PASSWORD", "TARGET_USER", "TARGET_PASSWORD"] {
            #expect(example.contains("FACEANON_\(variable)="), "\(variable)")
        }
        // The statuses after which nothing is tried again: wrong use, and no element.
        #expect(Self.unit("RestartPreventExitStatus") == ["2 6"])
        #expect(Self.unit("Type") == ["notify"] && Self.unit("WatchdogSec").count == 1)
    }

    @Test func thePackageIsOfThePluginsVersion() throws {
        let version = try #require(
            Self.text("Sources/GstFaceAnon/Plugin.swift").firstMatch(of: #/static let version = "(.*)"/#))
        let changelog = Self.text("meson-helper/packaging/debian/changelog")
        #expect(changelog.hasPrefix("faceanon (\(version.1)) "), "\(changelog)")
    }

    @Test func thePackageIsTriedWithAPictureThatIsThere() throws {
        // Variables of the user's own are not to lead elsewhere.
        let outcome = try Command.run(
            ["make", "--no-print-directory", "-C", Checkout.root, "-n", "test-deb", "DATA=/nowhere"])
        let line = try #require(outcome.output.split(separator: "\n").last { $0.contains("test-deb.sh build/deb") })
        let picture = try #require(line.split(separator: " ").last)
        #expect(FileManager.default.fileExists(atPath: "\(Checkout.root)/\(picture)"), "\(line)")
    }

    /// A program that describes itself as faceanon does gives a page that groff takes without a word.
    @Test func theManualPageIsInOrder() throws {
        let scratch = try Scratch()
        let page = try Command.run([
            "meson-helper/packaging/man-page.py", Checkout.root + "/build/faceanon", "1.0",
        ])
        #expect(page.status == 0, "\(page.text)")
        for heading in [".SH NAME", ".SH SYNOPSIS", ".SH RESTREAM", ".SH RECORD"] {
            #expect(page.output.contains(heading + "\n"), "\(heading)")
        }
        #expect(page.output.contains("source\\-credentials"))
        #expect(page.output.utf8.allSatisfy { $0 < 128 })
        try scratch.write(Data(page.output.utf8), to: "page")
        let groff = try Command.run(["groff", "-man", "-Tutf8", "-wall", "-z", scratch / "page"])
        #expect(groff.status == 0 && groff.errors == "", "\(groff.text)")
    }

    @Test func theProbesOfContainersSayHowTheProgramDoes() throws {
        let script = Checkout.root + "/meson-helper/deployment/container-health.sh"
        let nobody = try Command.run([script, "live", "1"])
        #expect(nobody.status != 0)
        let misused = try Command.run([script, "well"])
        #expect(misused.status == 2)
    }

    /// The checkers of `make lint-deploy`, on the files as they are, and with one thing wrong in each.
    @Test func theFilesForContainersAreInOrder() throws {
        func lint(_ folder: String) throws -> Command.Outcome {
            // The first run installs the checkers.
            try Command.run(
                ["meson-helper/deployment/lint-deploy.py", ".build-deploy", folder], seconds: Patience.long)
        }
        let clean = try lint("meson-helper/deployment")
        try #require(clean.status == 0, "\(clean.text)")
        let mistakes = [
            ("Dockerfile", "FROM debian:bookworm-slim", "FROM debian"),
            ("compose.yaml", "cap_drop: [ALL]", "cap_drop: ALL"),
            ("kubernetes.yaml", "replicas: 1", "replicas: one"),
            ("kubernetes.yaml", "readinessProbe:", "readyProbe:"),
        ]
        for (name, text, mistake) in mistakes {
            let scratch = try Scratch()
            for file in ["Dockerfile", "compose.yaml", "kubernetes.yaml"] {
                let whole = Self.text("meson-helper/deployment/" + file)
                let changed = file == name ? whole.replacingOccurrences(of: text, with: mistake) : whole
                #expect(file != name || changed != whole)
                try scratch.write(Data(changed.utf8), to: file)
            }
            let outcome = try lint(scratch.path)
            #expect(outcome.status != 0, "\(mistake)\n\(outcome.text)")
        }
    }

    /// What docs/install.md names is there: targets of make, options of meson, files.
    @Test func theInstallPageNamesWhatThereIs() throws {
        let page = Self.text("docs/install.md")
        let targets = Set(Self.text("Makefile").matches(of: #/(?m)^([a-z-]+):/#).map { String($0.1) })
        let named = page.matches(of: #/(?m)(?:^|`|sudo )make ([a-z-]+)/#).map { String($0.1) }
        #expect(named.count >= 6 && Set(named).isSubset(of: targets), "\(Set(named).subtracting(targets))")
        let options = Self.text("meson-helper/meson_options.txt")
        for option in page.matches(of: #/-D([a-z]+)=/#) { #expect(options.contains("option('\(option.1)'")) }
        for file in page.matches(of: #/meson-helper/[A-Za-z./-]*[A-Za-z]/#) {
            #expect(FileManager.default.fileExists(atPath: Checkout.root + "/" + file.0), "\(file.0)")
        }
    }
}
