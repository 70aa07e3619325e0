// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// Building, testing and installing by meson. The build folder stays for the next run, since Swift takes its time the
/// first time; it is not below build/, where GStreamer would find its plugin too.
@Suite(.serialized) struct MesonTests {
    private static let build = Checkout.root + "/.build-meson-tests"

    /// Set up anew each time; what is built stays. The models are put in place, so that no network is needed.
    private static let setup: Command.Outcome? = {
        let files = FileManager.default
        try? files.createDirectory(atPath: build, withIntermediateDirectories: true)
        for name in (try? files.contentsOfDirectory(atPath: Checkout.models)) ?? []
        where !files.fileExists(atPath: "\(build)/\(name)") {
            try? files.copyItem(atPath: "\(Checkout.models)/\(name)", toPath: "\(build)/\(name)")
        }
        let again = files.fileExists(atPath: build + "/build.ninja") ? ["--reconfigure"] : []
        return try? run(["meson", "setup"] + again + ["--prefix=/usr/local", build, "meson-helper"])
    }()

    private static func run(
        _ arguments: [String], environment: [String: String] = Checkout.bareEnvironment,
        seconds: Double = Patience.usual
    ) throws -> Command.Outcome {
        try Command.run(arguments, environment: environment, seconds: seconds)
    }

    private func built() throws {
        let setup = try #require(Self.setup)
        try #require(setup.status == 0, "\(setup.text)")
        let ninja = try Self.run(["ninja", "-C", Self.build], seconds: Patience.long)
        try #require(ninja.status == 0, "\(ninja.text)")
    }

    /// Checks a plugin as on a machine that has GStreamer and OpenCV only.
    private func works(_ plugin: String) throws {
        let check = try Self.run(["meson-helper/building/check-plugin.sh", "masks", plugin])
        #expect(check.status == 0, "\(check.text)")
    }

    @Test func aSecondNinjaHasNothingToDo() throws {
        try built()
        let again = try Self.run(["ninja", "-C", Self.build])
        #expect(again.status == 0)
        #expect(again.output.contains("no work to do"), "\(again.text)")
    }

    @Test(arguments: [
        "Sources/FaceMasking/MaskPainter.swift", "Sources/CGStreamer/gstreamer.h", "Sources/COpenCV/COpenCV.cpp",
        "Package.swift", "meson-helper/building/gstfaceanon.map", "meson-helper/building/build-plugin.sh",
        "Sources/FaceTracking",
    ])
    func ninjaBuildsAgainWhatHasChanged(_ file: String) throws {
        try built()
        // Asked only, and then the time is as it was: nobody has to compile for this.
        let path = Checkout.root + "/" + file
        let files = FileManager.default
        let time = try #require(try files.attributesOfItem(atPath: path)[.modificationDate] as? Date)
        defer { try? files.setAttributes([.modificationDate: time], ofItemAtPath: path) }
        try files.setAttributes([.modificationDate: Date()], ofItemAtPath: path)
        let asked = try Self.run(["ninja", "-n", "-C", Self.build])
        #expect(asked.output.contains("Generating plugin"), "\(asked.text)")
    }

    @Test func mesonTestPasses() throws {
        try built()
        let tests = try Self.run(["meson", "test", "-C", Self.build])
        #expect(tests.status == 0, "\(tests.text)")
        #expect(tests.output.contains("Ok:                 3"), "\(tests.text)")
    }

    @Test(arguments: ["/usr", "/usr/local", "/opt/face anon"])
    func whatIsInstalledWorksAlone(_ prefix: String) throws {
        try built()
        let scratch = try Scratch()
        // Another folder, in which what is built is taken as it is.
        let setup = try Self.run([
            "meson", "setup", "--prefix=\(prefix)", "-Dplugin=\(Self.build)/libgstfaceanon.so",
            "-Dmodels=\(Self.build)", scratch / "build", "meson-helper",
        ])
        try #require(setup.status == 0, "\(setup.text)")
        var environment = Checkout.bareEnvironment
        environment["DESTDIR"] = scratch / "root"
        let install = try Self.run(["ninja", "-C", scratch / "build", "install"], environment: environment)
        try #require(install.status == 0, "\(install.text)")

        let system = try Self.run(["pkg-config", "--variable=pluginsdir", "gstreamer-1.0"]).output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let plugins = (scratch / "root") + prefix + system.dropFirst("/usr".count)
        try works(plugins + "/libgstfaceanon.so")
        let models = try FileManager.default.contentsOfDirectory(
            atPath: (scratch / "root") + prefix + "/share/faceanon/models")
        #expect(
            models.sorted() == [
                "LICENSE.mtcnn-runtime", "NOTICE.mtcnn-runtime", "onet.onnx", "pnet.onnx", "rnet.onnx",
            ])
        // It still works after a move of the whole tree, as a package or an image does it.
        try FileManager.default.moveItem(atPath: scratch / "root", toPath: scratch / "moved")
        try works(plugins.replacingOccurrences(of: scratch / "root", with: scratch / "moved") + "/libgstfaceanon.so")
    }

    @Test func modelsOfOtherBytesAreNotInstalled() throws {
        let scratch = try Scratch()
        try scratch.copy(Checkout.models, to: "models")
        try scratch.write(Data("not a model".utf8), to: "models/pnet.onnx")
        let setup = try Self.run([
            "meson", "setup", "-Dplugin=\(Checkout.plugin)", "-Dmodels=\(scratch / "models")", scratch / "build",
            "meson-helper",
        ])
        try #require(setup.status == 0, "\(setup.text)")
        let ninja = try Self.run(["ninja", "-C", scratch / "build"])
        #expect(ninja.status != 0)
        #expect(ninja.text.contains("ModelDigests.swift"), "\(ninja.text)")
    }

    /// What `make install` calls.
    @Test func theInstallScriptInstallsAndTakesAway() throws {
        let scratch = try Scratch()
        let prefix = try scratch.folder("a prefix")
        // Nothing of Swift is within reach.
        var environment = Checkout.bareEnvironment
        environment["PATH"] = "/usr/bin:/bin"
        let install = try Self.run(["meson-helper/building/install.py", prefix], environment: environment)
        try #require(install.status == 0, "\(install.text)")
        let line = try #require(install.output.split(separator: "\n").first { $0.hasPrefix("export ") })
        environment["GST_REGISTRY"] = scratch / "registry.bin"
        let inspect = try Self.run(
            ["sh", "-c", "\(line); gst-inspect-1.0 faceanon"], environment: environment)
        #expect(inspect.status == 0 && inspect.output.contains(prefix))
        // The program needs no toolchain either.
        let program = try Self.run(
            ["sh", "-c", "\(line); '\(prefix)/bin/faceanon' record --help"], environment: environment)
        #expect(program.status == 0 && program.output.contains("--keep-size"), "\(program.text)")

        let uninstall = try Self.run(
            ["meson-helper/building/install.py", "--uninstall", prefix], environment: environment)
        #expect(uninstall.status == 0, "\(uninstall.text)")
        let left = try Self.run(["find", prefix, "-not", "-type", "d"])
        #expect(left.output == "")
    }

    @Test func theUsersOwnFolderNeedsNoExport() throws {
        let scratch = try Scratch()
        var environment = Checkout.bareEnvironment
        environment["HOME"] = scratch.path
        let install = try Self.run(["meson-helper/building/install.py", scratch / ".local"], environment: environment)
        #expect(install.status == 0, "\(install.text)")
        #expect(!install.output.contains("export "))
        environment["GST_REGISTRY"] = scratch / "registry.bin"
        let inspect = try Self.run(["gst-inspect-1.0", "faceanon"], environment: environment)
        #expect(inspect.status == 0 && inspect.output.contains(scratch / ".local"), "\(inspect.text)")
    }
}
