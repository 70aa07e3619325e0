// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

import CGStreamer
import CGstCheck
import Foundation
import Testing

extension Elements {
    /// Properties as a contract: range, default, how they may be set, and what holds after that.
    @Suite struct Properties {
        struct Contract: CustomTestStringConvertible {
            var name: String
            var range: String
            var standard: String
            var isControllable = true
            var isLive = true
            var testDescription: String { name }

            /// Set up to READY only.
            static func ready(_ name: String, _ range: String, _ standard: String) -> Contract {
                Contract(name: name, range: range, standard: standard, isControllable: false, isLive: false)
            }

            /// Changeable in PLAYING, but of no type that a controller can make.
            static func mutable(_ name: String, _ range: String, _ standard: String) -> Contract {
                Contract(name: name, range: range, standard: standard, isControllable: false)
            }
        }

        static let contracts = [
            Contract(name: "min-size", range: "int 12..8192", standard: "40"),
            Contract(name: "scale-factor", range: "double 0..1", standard: "0.709"),
            .mutable("network-thresholds", "GstValueArray", "< 0.6, 0.7, 0.7 >"),
            Contract(name: "pnet-threshold", range: "double 0..1", standard: "0.6"),
            Contract(name: "rnet-threshold", range: "double 0..1", standard: "0.7"),
            Contract(name: "onet-threshold", range: "double 0..1", standard: "0.7"),
            Contract(name: "score-threshold", range: "double 0..1", standard: "0.7"),
            Contract(name: "sampling", range: "enum area reference", standard: "area"),
            Contract(name: "mask", range: "enum mosaic blur fill", standard: "mosaic"),
            Contract(name: "mosaic-level", range: "int 1..64", standard: "7"),
            Contract(name: "blur-level", range: "double 1..1000", standard: "50"),
            Contract(name: "fill-color", range: "uint 0..4294967295", standard: "4278190080"),
            Contract(name: "shape", range: "enum rectangle ellipse", standard: "rectangle"),
            Contract(name: "margin", range: "double 0..2", standard: "0.2"),
            Contract(name: "hold", range: "uint64 0..10000000000", standard: "500000000"),
            Contract(name: "lookahead", range: "uint64 0..10000000000", standard: "0"),
            Contract(name: "failure-policy", range: "enum error cover drop", standard: "error"),
            .mutable("mask-roi", "gchararray", ""),
            .mutable("mask-zones", "GstValueArray", "<  >"),
            .mutable("clear-zones", "GstValueArray", "<  >"),
            Contract(name: "attach-meta", range: "gboolean", standard: "false"),
            Contract(name: "post-messages", range: "enum none on-change every-frame", standard: "none"),
            .ready("report-location", "gchararray", ""),
            .ready("model-dir", "gchararray", ""),
            .ready("threads", "int 0..256", "0"),
            Contract(name: "qos", range: "gboolean", standard: "true"),
            .ready("stats", "GstStructure", ""),
        ]

        @Test("range, default and flags are as documented", arguments: contracts)
        func contract(_ contract: Contract) throws {
            let element = try LoneElement()
            let spec = try #require(check_find_property(element.element, contract.name))
            let range = check_range(spec)
            defer { g_free(range) }
            #expect(range.map { String(cString: $0) } == contract.range)
            #expect((check_is_controllable(spec) != 0) == contract.isControllable)
            #expect((check_is_live(spec) != 0) == contract.isLive)
            #expect((check_is_writable_property(spec) != 0) == (contract.name != "stats"))
            guard contract.name != "stats" else { return }
            let value = FaceHarness.value(element.element, contract.name)
            #expect(value == contract.standard)
            // What the class says is what an instance has.
            var standard = GValue()
            g_value_init(&standard, spec.pointee.value_type)
            defer { g_value_unset(&standard) }
            g_param_value_set_default(spec, &standard)
            guard !contract.range.hasPrefix("GstValueArray") else { return }
            var own = GValue()
            g_object_get_property(
                UnsafeMutableRawPointer(element.element).assumingMemoryBound(to: GObject.self), contract.name, &own)
            defer { g_value_unset(&own) }
            #expect(g_param_values_cmp(spec, &own, &standard) == 0)
        }

        @Test("there is no property that nobody knows of")
        func all() throws {
            let element = try LoneElement()
            var count: guint = 0
            let object = UnsafeMutableRawPointer(element.element).assumingMemoryBound(to: GTypeInstance.self)
            let objectClass = UnsafeMutableRawPointer(object.pointee.g_class).assumingMemoryBound(
                to: GObjectClass.self)
            let list = g_object_class_list_properties(objectClass, &count)
            defer { g_free(list) }
            let names = (0..<Int(count)).compactMap { list?[$0]?.pointee }
                .filter { String(cString: g_type_name($0.owner_type)) == "GstFaceAnon" }
                .map { String(cString: $0.name) }
            #expect(Set(names) == Set(Self.contracts.map(\.name)))
        }

        /// For each property values that are not its default, as launch lines write them.
        static let settable: [(name: String, value: String)] = [
            ("min-size", "12"), ("min-size", "8192"), ("scale-factor", "0.5"), ("score-threshold", "0"),
            ("score-threshold", "1"), ("sampling", "reference"), ("mask", "fill"), ("mosaic-level", "64"),
            ("blur-level", "1000"), ("fill-color", "16909060"), ("shape", "ellipse"), ("margin", "2"),
            ("hold", "10000000000"), ("lookahead", "10000000000"), ("failure-policy", "drop"), ("mask-roi", "a, b"),
            ("attach-meta", "true"), ("post-messages", "on-change"), ("report-location", "/a b.jsonl"),
            ("model-dir", "/models"), ("threads", "256"), ("qos", "false"),
        ]

        @Test("what was set is read back", arguments: settable)
        func readBack(name: String, value: String) throws {
            let element = try LoneElement([name: value])
            #expect(FaceHarness.value(element.element, name) == value)
        }

        @Test("thresholds are one stored value with two names: the last write wins")
        func thresholds() throws {
            let element = try LoneElement()
            func set(_ name: String, _ value: String) {
                gst_util_set_object_arg(
                    UnsafeMutableRawPointer(element.element).assumingMemoryBound(to: GObject.self), name, value)
            }
            func values() -> [String] {
                ["network-thresholds", "pnet-threshold", "rnet-threshold", "onet-threshold"].map {
                    FaceHarness.value(element.element, $0)
                }
            }
            set("network-thresholds", "<0.1,0.2,0.3>")
            #expect(values() == ["< 0.1, 0.2, 0.3 >", "0.1", "0.2", "0.3"])
            set("rnet-threshold", "0.9")
            #expect(values() == ["< 0.1, 0.9, 0.3 >", "0.1", "0.9", "0.3"])
            set("pnet-threshold", "0.4")
            set("onet-threshold", "0.5")
            #expect(values() == ["< 0.4, 0.9, 0.5 >", "0.4", "0.9", "0.5"])
            // Whole numbers too.
            set("network-thresholds", "<0,1,0>")
            #expect(values() == ["< 0, 1, 0 >", "0", "1", "0"])
        }

        @Test("zones are read back as they were set, and a wrong shape leaves the zones before it")
        func zones() throws {
            let element = try LoneElement(["mask-zones": "<<10,20,30,40>,<-5,0,7,8>>"])
            let zones = FaceHarness.value(element.element, "mask-zones")
            #expect(zones == "< < 10, 20, 30, 40 >, < -5, 0, 7, 8 > >")
            gst_util_set_object_arg(
                UnsafeMutableRawPointer(element.element).assumingMemoryBound(to: GObject.self), "mask-zones",
                "<<1,2,3>>")
            #expect(FaceHarness.value(element.element, "mask-zones") == zones)
            #expect(element.startError()?.code == Int32(GST_RESOURCE_ERROR_SETTINGS.rawValue))
            // Set right again, it starts.
            gst_util_set_object_arg(
                UnsafeMutableRawPointer(element.element).assumingMemoryBound(to: GObject.self), "mask-zones", "<>")
            #expect(element.startError() == nil)
        }

        @Test(
            "L16: what cannot work does not start, and says what can",
            arguments: [
                ("scale-factor", "1.0", "less than 1"), ("scale-factor", "0", "more than 0"),
                ("network-thresholds", "<0.6,0.7>", "three"), ("network-thresholds", "<0.6,0.7,0.7,0.7>", "three"),
                ("network-thresholds", "<>", "three"), ("mask-zones", "<<1,2,3>>", "<<10,20,30,40>>"),
                ("mask-zones", "<<1,2,3,4,5>>", "<<10,20,30,40>>"), ("clear-zones", "<<1,2,0,4>>", "at least 1"),
                ("clear-zones", "<<10,20,30,-1>>", "at least 1"), ("mask-zones", "<<10,20,0,5>>", "at least 1"),
            ])
        func refused(name: String, value: String, says: String) throws {
            let error = try #require(LoneElement([name: value]).startError())
            #expect(error.domain == BusMessage.resource)
            #expect(error.code == Int32(GST_RESOURCE_ERROR_SETTINGS.rawValue))
            #expect(error.text.contains(name) && error.text.contains(says), "\(error.text)")
        }

        @Test("L16: more pyramid levels than 64 are an element error at the first frame")
        func levels() throws {
            let picture = Picture.grey(width: 640, height: 480)
            let harness = try FaceHarness(picture.caps, ["scale-factor": "0.99"])
            #expect(harness.push(picture, frame: 0) == GST_FLOW_ERROR)
            #expect(harness.pullAll().isEmpty)
            let error = try #require(harness.takeMessages().first { $0.type == GST_MESSAGE_ERROR })
            #expect(error.text.contains("scale-factor") && error.text.contains("64"), "\(error.text)")
        }

        @Test("a report that cannot be opened does not start under error, and is warned of under cover")
        func report() throws {
            let location = "/nowhere/report.jsonl"
            let error = try #require(LoneElement(["report-location": location]).startError())
            #expect(error.domain == BusMessage.resource)
            #expect(error.code == Int32(GST_RESOURCE_ERROR_WRITE.rawValue))
            #expect(error.text.contains(location))
            let picture = Picture.astronaut()
            let harness = try FaceHarness(
                picture.caps, ["report-location": location, "failure-policy": "cover"])
            harness.push(picture, frame: 0)
            #expect(try picture.isMasked(#require(harness.pullBytes())))
            let warnings = harness.takeMessages().filter { $0.type == GST_MESSAGE_WARNING }
            #expect(warnings.map(\.domain) == [BusMessage.resource])
        }
    }
}
