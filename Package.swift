// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import PackageDescription

/// OpenCV's own .pc file names 55 libraries, which pull in 375 shared objects; the three used here are named instead,
/// and the headers are found where Debian puts them (another place: OPENCV_INCLUDE_DIR).
let openCVInclude = Context.environment["OPENCV_INCLUDE_DIR"] ?? "/usr/include/opencv4"

let package = Package(
    name: "faceanon",
    products: [
        // The name makes the file libgstfaceanon.so, from which GStreamer derives the entry gst_plugin_faceanon_get_desc.
        .library(name: "gstfaceanon", type: .dynamic, targets: ["GstFaceAnon"]),
        .executable(name: "faceanon", targets: ["FaceAnonProgram"]),
        // The engine, for Tests/Benchmarks: a package of its own, so that what it takes stays out of this one.
        .library(name: "FaceAnonymization", targets: ["FaceAnonymization"]),
    ],
    // For the program alone: nothing that the plugin is made of may depend on them.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The foreign borders.
        .systemLibrary(name: "CGStreamer", pkgConfig: "gstreamer-video-1.0"),
        .systemLibrary(name: "CPlatform", pkgConfig: "glib-2.0"),
        .systemLibrary(
            name: "CGstCheck", path: "Tests/CGstCheck",
            pkgConfig: "gstreamer-check-1.0 gstreamer-video-1.0 gstreamer-controller-1.0"),
        .target(
            name: "COpenCV", exclude: ["Kernels.inc"],
            cxxSettings: [.unsafeFlags(["-isystem", openCVInclude])],
            linkerSettings: ["opencv_dnn", "opencv_imgproc", "opencv_core"].map { .linkedLibrary($0) }
        ),

        // The rooms, lowest first; arrows go down only.
        .target(name: "VideoFrames", dependencies: ["CPlatform"]),
        .target(name: "FaceDetection", dependencies: ["VideoFrames", "COpenCV", "CPlatform"]),
        .target(name: "FaceTracking", dependencies: ["FaceDetection", "CPlatform"]),
        .target(name: "FaceMasking", dependencies: ["VideoFrames", "CPlatform"]),
        .target(
            name: "FaceAnonymization",
            dependencies: ["VideoFrames", "FaceDetection", "FaceTracking", "FaceMasking", "CPlatform"]
        ),
        .target(
            name: "GstFaceAnon",
            dependencies: ["VideoFrames", "FaceDetection", "FaceMasking", "FaceAnonymization", "CGStreamer"]),

        // The program: an application of the element, which it finds as any other does. Nobody imports it but its tests.
        .systemLibrary(name: "CGstStream", pkgConfig: "gstreamer-rtsp-server-1.0 gstreamer-video-1.0"),
        // Signals and pad probes that call Swift closures with typed arguments.
        .target(name: "GstCallbacks", dependencies: ["CGstStream"]),
        // Files are opened, named and published by Linux's own calls, read and written by FFmpeg's libraries.
        .systemLibrary(name: "CFiles"),
        .systemLibrary(
            name: "CLibAV", pkgConfig: "libavformat libavcodec libavutil libswscale libswresample"),
        // Still pictures are read and written by the libraries of their kinds.
        .systemLibrary(name: "CPictures", pkgConfig: "libpng libjpeg libtiff-4 libwebp libwebpmux"),
        .executableTarget(
            name: "FaceAnonProgram",
            dependencies: [
                "CGstStream",
                "CFiles",
                "GstCallbacks",
                "CLibAV",
                "CPictures",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ]),

        // The rings of tests.
        .target(
            name: "COpenCVCheck", path: "Tests/COpenCVCheck",
            cxxSettings: [.unsafeFlags(["-isystem", openCVInclude])],
            linkerSettings: ["opencv_dnn", "opencv_core"].map { .linkedLibrary($0) }),
        .testTarget(
            name: "UnitTests",
            dependencies: [
                "VideoFrames", "FaceDetection", "FaceTracking", "FaceMasking", "FaceAnonymization", "COpenCV",
                "COpenCVCheck",
            ]),
        .testTarget(
            name: "ElementTests",
            dependencies: [
                "GstFaceAnon", "FaceDetection", "VideoFrames", "CGStreamer", "CGstCheck", "COpenCVCheck",
            ]),
        .executableTarget(name: "RTSPPeer", dependencies: ["CGstStream", "GstCallbacks"], path: "Tests/RTSPPeer"),
        .testTarget(name: "ProgramTests", dependencies: ["FaceAnonProgram", "GstCallbacks", "CGstStream"]),
        .testTarget(
            name: "PipelineTests", dependencies: [.product(name: "Yams", package: "Yams")], exclude: ["Golden"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

/// Access levels on imports and explicit existentials keep the rooms' borders visible in every file.
for target in package.targets where [.regular, .executable, .test].contains(target.type) {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
        ]
}
