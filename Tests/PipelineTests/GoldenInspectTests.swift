// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import Foundation
import Testing

/// What users read: the text of gst-inspect-1.0 and the errors. FACEANON_UPDATE_GOLDEN=1 writes them anew.
@Suite struct GoldenInspectTests {
    @Test func inspectSaysWhatItDid() throws {
        let inspected = try Command.run(["gst-inspect-1.0", "faceanon"])
        #expect(inspected.status == 0)
        #expect(inspected.errors == "")
        try Golden.expect(Checkout.normalized(inspected.output), matches: "gst-inspect.txt")
    }

    @Test func errorsSayWhatTheyDid() throws {
        let scratch = try Scratch()
        _ = try scratch.folder("empty")
        try scratch.copy(Checkout.models, to: "damaged")
        try scratch.write(Data("not a model".utf8), to: "damaged/pnet.onnx")
        try scratch.copy(Checkout.models, to: "truncated")
        try scratch.write(scratch.data("truncated/onet.onnx").dropLast(1), to: "truncated/onet.onnx")
        try scratch.copy(Checkout.models, to: "folder")
        try FileManager.default.removeItem(atPath: scratch / "folder/rnet.onnx")
        _ = try scratch.folder("folder/rnet.onnx")

        let properties = [
            "model-dir=SCRATCH/empty", "model-dir=SCRATCH/damaged", "model-dir=SCRATCH/truncated",
            "model-dir=SCRATCH/folder",
            #"network-thresholds="<0.6,0.7>""#, #"network-thresholds="<0.6,0.7,0.7,0.7>""#,
            #"network-thresholds="[0.6,0.7,0.7]""#,
            "scale-factor=0.0", "scale-factor=1.0", "scale-factor=0.99",
            #"mask-zones="<10,20,30,40>""#, #"mask-zones="<<10,20,30>>""#, #"clear-zones="<<10,20,0,40>>""#,
            "report-location=SCRATCH/missing/report", "report-location=SCRATCH/empty",
            "mask=pixelate", "sampling=best", "failure-policy=ignore", "colour=red", "@preset=strict",
        ]
        var text = ""
        for property in properties {
            text += "faceanon \(property)\n"
            let line =
                "videotestsrc num-buffers=2 ! video/x-raw,format=I420,width=320,height=240 ! faceanon \(property)"
                + " ! fakesink"
            let outcome = try launch(line.replacingOccurrences(of: "SCRATCH", with: scratch.path))
            text += outcome.status == 0 ? "    works\n" : ""
            for line in Checkout.normalized(outcome.errors, scratch).split(separator: "\n")
            where line.hasPrefix("WARNING: ") || (line.hasPrefix("ERROR: ") && line.contains("GstFaceAnon:")) {
                text +=
                    "    \(line.replacing("from element /GstPipeline:pipeline0/GstFaceAnon:faceanon0: ", with: ""))\n"
            }
        }
        // Of the models here, whose bytes may change.
        text.replace(#/SHA-256 is [0-9a-f]{64}/#, with: "SHA-256 is DIGEST")
        try Golden.expect(text, matches: "errors.txt")
    }
}
