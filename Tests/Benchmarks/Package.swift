// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import PackageDescription

let package = Package(
    name: "Benchmarks",
    products: [
        // For the scripts that measure it beside others.
        .library(name: "yardstick", type: .dynamic, targets: ["Yardstick"])
    ],
    dependencies: [
        .package(name: "faceanon", path: "../.."),
        // Its traits count allocations by replacing malloc, which does not work with every libc; Tests/Benchmarks/README.md.
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
    ],
    targets: [
        .target(
            name: "Yardstick",
            cxxSettings: [
                .unsafeFlags(["-isystem", Context.environment["OPENCV_INCLUDE_DIR"] ?? "/usr/include/opencv4"])
            ],
            linkerSettings: ["opencv_dnn", "opencv_imgproc", "opencv_core"].map { .linkedLibrary($0) }
        ),
        .executableTarget(
            name: "Engine",
            dependencies: [
                "Yardstick",
                .product(name: "FaceAnonymization", package: "faceanon"),
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/Engine",
            swiftSettings: [.unsafeFlags(["-Xfrontend", "-disable-access-control"])],
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
