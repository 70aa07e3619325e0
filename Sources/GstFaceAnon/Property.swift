// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The faceanon authors

internal import CGStreamer
internal import FaceAnonymization
internal import FaceDetection
internal import FaceMasking

/// A property of the element: a contract with launch lines, presets and applications.
struct Property: Sendable {
    let identifier: guint
    let name: String
    let makeSpec: @Sendable () -> UnsafeMutablePointer<GParamSpec>?
    let get: @Sendable (ElementSettings, UnsafeMutablePointer<GValue>) -> Void
    let set: @Sendable (inout ElementSettings, UnsafePointer<GValue>) -> Void

    /// The type of its values.
    var valueType: GType {
        makeSpec().map { spec in
            defer { g_param_spec_unref(g_param_spec_ref_sink(spec)) }
            return spec.pointee.value_type
        } ?? faceanon_type_string()
    }

    /// Of `stats`, which is not a setting: `Element` answers for it.
    static let statistics = "stats"

    /// In the order in which gst-inspect lists them.
    static let all: [Property] = [
        integer(
            "min-size", "Minimum size",
            "Smallest face side looked for, px. A frame in which no face of that size fits counts as inspected",
            12...8192, \.anonymizer.detector.minimumSize),
        double(
            "scale-factor", "Scale factor",
            "Ratio between one pyramid level and the next, more than 0 and less than 1", 0...1,
            \.anonymizer.detector.scaleFactor),
        networkThresholds,
        double(
            "pnet-threshold", "P-Net threshold", "The first of network-thresholds; the last one written wins", 0...1,
            \.anonymizer.detector.proposalThreshold),
        double(
            "rnet-threshold", "R-Net threshold", "The second of network-thresholds; the last one written wins", 0...1,
            \.anonymizer.detector.refinementThreshold),
        double(
            "onet-threshold", "O-Net threshold", "The third of network-thresholds; the last one written wins", 0...1,
            \.anonymizer.detector.outputThreshold),
        double(
            "score-threshold", "Score threshold", "Faces have to score more than this in the end", 0...1,
            \.anonymizer.detector.scoreThreshold),
        enumeration(
            "sampling", "Sampling", "How pyramid levels and crops are sampled from the frame", EnumTypes.sampling,
            get: { $0.anonymizer.detector.sampling.rawValue },
            set: { $0.anonymizer.detector.sampling = Sampling(rawValue: $1) ?? .area }),
        enumeration(
            "mask", "Mask", "What is put over a face", EnumTypes.mask,
            get: { $0.anonymizer.mask.style.rawValue },
            set: { $0.anonymizer.mask.style = MaskStyle(rawValue: $1) ?? .fill }),
        integer(
            "mosaic-level", "Mosaic level", "Cells per side of the masked region; more cells hide less", 1...64,
            \.anonymizer.mask.mosaicLevel),
        double(
            "blur-level", "Blur level",
            "Standard deviation of the Gaussian, px; never less than 0.25 of the region's longer side", 1...1000,
            \.anonymizer.mask.blurLevel),
        fillColor,
        enumeration(
            "shape", "Shape", "Shape of the mask within the region", EnumTypes.shape,
            get: { $0.anonymizer.mask.shape.rawValue },
            set: { $0.anonymizer.mask.shape = MaskShape(rawValue: $1) ?? .rectangle }),
        double(
            "margin", "Margin", "Share of the box's side added on each side before masking; 0 masks the box itself",
            0...2, \.anonymizer.mask.margin),
        time(
            "hold", "Hold", "How long a face stays masked after it was last seen, moving as it moved, ns",
            \.anonymizer.hold),
        time(
            "lookahead", "Lookahead",
            "How far back in time a newly found face is masked too, ns; output is delayed by it", \.anonymizer.lookahead
        ),
        enumeration(
            "failure-policy", "Failure policy", "What happens to a frame that could not be inspected",
            EnumTypes.failurePolicy,
            get: { $0.failurePolicy.rawValue },
            set: { $0.failurePolicy = FailurePolicy(rawValue: $1) ?? .error }),
        regionTypes,
        zones(
            "mask-zones", "Mask zones",
            "Always masked, px of the incoming frame: <<x,y,width,height>>; win over clear-zones",
            \.anonymizer.maskZones),
        zones(
            "clear-zones", "Clear zones", "Never masked, px of the incoming frame: <<x,y,width,height>>",
            \.anonymizer.clearZones),
        boolean(
            "attach-meta", "Attach meta",
            "Put each masked face on the output as a region-of-interest meta of type face", \.attachesMeta),
        enumeration(
            "post-messages", "Post messages", "When an element message faceanon tells of faces on the bus",
            EnumTypes.postMessages,
            get: { $0.postMessages.rawValue },
            set: { $0.postMessages = PostMessages(rawValue: $1) ?? .none }),
        string(
            "report-location", "Report location",
            "File that gets one JSON object a line for each frame; it tells where faces are: keep it as private as the "
                + "video", \.reportLocation),
        string(
            "model-dir", "Model directory",
            "Directory of pnet.onnx, rnet.onnx and onet.onnx; else FACEANON_MODEL_DIR, faceanon-models beside the "
                + "plugin, or faceanon/models in the XDG data directories", \.modelDirectory),
        integer(
            "threads", "Threads",
            "Threads of this element that work at a frame, the streaming thread included; 0: as many as the machine has",
            0...256, \.threads, flags: faceanon_param_ready()),
        boolean(
            "qos", "QoS", "Drop frames that come too late, with a QoS message; they are never passed on",
            \.handlesLateFrames),
        statisticsProperty,
    ].enumerated().map { index, make in make(guint(index + 1)) }

    private typealias Maker = @Sendable (guint) -> Property

    // MARK: - Kinds

    private static func integer(
        _ name: String, _ nick: String, _ blurb: String, _ range: ClosedRange<Int>,
        _ value: any WritableKeyPath<ElementSettings, Int> & Sendable, flags: GParamFlags = faceanon_param_live()
    ) -> Maker {
        let standard = ElementSettings()[keyPath: value]
        return { identifier in
            Property(
                identifier: identifier, name: name,
                makeSpec: {
                    g_param_spec_int(
                        name, nick, blurb, gint(range.lowerBound), gint(range.upperBound), gint(standard), flags)
                },
                get: { g_value_set_int($1, gint($0[keyPath: value])) },
                set: { $0[keyPath: value] = Int(g_value_get_int($1)) })
        }
    }

    private static func double(
        _ name: String, _ nick: String, _ blurb: String, _ range: ClosedRange<Double>,
        _ value: any WritableKeyPath<ElementSettings, Double> & Sendable
    ) -> Maker {
        let standard = ElementSettings()[keyPath: value]
        return { identifier in
            Property(
                identifier: identifier, name: name,
                makeSpec: {
                    g_param_spec_double(
                        name, nick, blurb, range.lowerBound, range.upperBound, standard, faceanon_param_live())
                },
                get: { g_value_set_double($1, $0[keyPath: value]) },
                set: { $0[keyPath: value] = g_value_get_double($1) })
        }
    }

    private static func string(
        _ name: String, _ nick: String, _ blurb: String,
        _ value: any WritableKeyPath<ElementSettings, String> & Sendable
    ) -> Maker {
        { identifier in
            Property(
                identifier: identifier, name: name,
                makeSpec: { g_param_spec_string(name, nick, blurb, "", faceanon_param_ready()) },
                get: { g_value_set_string($1, $0[keyPath: value]) },
                set: { $0[keyPath: value] = g_value_get_string($1).map { String(cString: $0) } ?? "" })
        }
    }

    private static func time(
        _ name: String, _ nick: String, _ blurb: String,
        _ value: any WritableKeyPath<ElementSettings, UInt64> & Sendable
    ) -> Maker {
        let standard = ElementSettings()[keyPath: value]
        return { identifier in
            Property(
                identifier: identifier, name: name,
                makeSpec: {
                    g_param_spec_uint64(name, nick, blurb, 0, 10_000_000_000, guint64(standard), faceanon_param_live())
                },
                get: { g_value_set_uint64($1, guint64($0[keyPath: value])) },
                set: { $0[keyPath: value] = UInt64(g_value_get_uint64($1)) })
        }
    }

    private static func boolean(
        _ name: String, _ nick: String, _ blurb: String, _ value: any WritableKeyPath<ElementSettings, Bool> & Sendable
    ) -> Maker {
        let standard: gboolean = ElementSettings()[keyPath: value] ? 1 : 0
        return { identifier in
            Property(
                identifier: identifier, name: name,
                makeSpec: { g_param_spec_boolean(name, nick, blurb, standard, faceanon_param_live()) },
                get: { g_value_set_boolean($1, $0[keyPath: value] ? 1 : 0) },
                set: { $0[keyPath: value] = g_value_get_boolean($1) != 0 })
        }
    }

    /// Rectangles, always nested: `<<x,y,width,height>,<…>>`.
    private static func zones(
        _ name: String, _ nick: String, _ blurb: String,
        _ zones: any WritableKeyPath<ElementSettings, [PixelRectangle]> & Sendable
    ) -> Maker {
        { identifier in
            Property(
                identifier: identifier, name: name,
                makeSpec: {
                    let number = g_param_spec_int(
                        "number", "Number", "x, y, width or height, px", .min, .max, 0, faceanon_param_mutable())
                    let zone = gst_param_spec_array(
                        "zone", "Zone", "x, y, width and height, px", number, faceanon_param_mutable())
                    return gst_param_spec_array(name, nick, blurb, zone, faceanon_param_mutable())
                },
                get: { settings, value in
                    for zone in settings[keyPath: zones] {
                        var item = GValue()
                        g_value_init(&item, faceanon_type_array())
                        for side in [zone.x, zone.y, zone.width, zone.height] {
                            var number = GValue()
                            g_value_init(&number, faceanon_type_int())
                            g_value_set_int(&number, gint(side))
                            gst_value_array_append_and_take_value(&item, &number)
                        }
                        gst_value_array_append_and_take_value(value, &item)
                    }
                },
                set: { settings, value in
                    settings.malformed[name] = nil
                    var rectangles: [PixelRectangle] = []
                    for index in 0..<gst_value_array_get_size(value) {
                        guard let zone = gst_value_array_get_value(value, index),
                            faceanon_value_holds(zone, faceanon_type_array()) != 0,
                            gst_value_array_get_size(zone) == 4
                        else {
                            settings.malformed[name] =
                                "\(name) has a zone that is not four numbers; it needs x, y, width and height, always "
                                + "nested: \"<<10,20,30,40>>\"."
                            return
                        }
                        let sides = (0..<4).map { Int(g_value_get_int(gst_value_array_get_value(zone, guint($0)))) }
                        rectangles.append(
                            PixelRectangle(x: sides[0], y: sides[1], width: sides[2], height: sides[3]))
                    }
                    settings[keyPath: zones] = rectangles
                })
        }
    }

    private static func enumeration(
        _ name: String, _ nick: String, _ blurb: String, _ type: GType,
        get: @escaping @Sendable (ElementSettings) -> Int32,
        set: @escaping @Sendable (inout ElementSettings, Int32) -> Void
    ) -> Maker {
        let standard = get(ElementSettings())
        return { identifier in
            Property(
                identifier: identifier, name: name,
                makeSpec: { g_param_spec_enum(name, nick, blurb, type, standard, faceanon_param_live()) },
                get: { g_value_set_enum($1, get($0)) },
                set: { set(&$0, g_value_get_enum($1)) })
        }
    }

    // MARK: - Single properties

    private static let networkThresholds: Maker = { identifier in
        Property(
            identifier: identifier, name: "network-thresholds",
            makeSpec: {
                let element = g_param_spec_double(
                    "threshold", "Threshold", "What a box has to score, more than", 0, 1, 0.7,
                    faceanon_param_mutable())
                return gst_param_spec_array(
                    "network-thresholds", "Network thresholds",
                    "What a box has to score in P-Net, R-Net and O-Net, each from 0 to 1: <0.6,0.7,0.7>", element,
                    faceanon_param_mutable())
            },
            get: { settings, value in
                let detector = settings.anonymizer.detector
                for threshold in [
                    detector.proposalThreshold, detector.refinementThreshold, detector.outputThreshold,
                ] {
                    var item = GValue()
                    g_value_init(&item, faceanon_type_double())
                    g_value_set_double(&item, threshold)
                    gst_value_array_append_and_take_value(value, &item)
                }
            },
            set: { settings, value in
                let count = gst_value_array_get_size(value)
                guard count == 3 else {
                    settings.malformed["network-thresholds"] =
                        "network-thresholds has \(count) numbers; it needs three, for P-Net, R-Net and O-Net: "
                        + "\"<0.6,0.7,0.7>\"."
                    return
                }
                let thresholds = (0..<3).map { g_value_get_double(gst_value_array_get_value(value, guint($0))) }
                settings.malformed["network-thresholds"] = nil
                settings.anonymizer.detector.proposalThreshold = thresholds[0]
                settings.anonymizer.detector.refinementThreshold = thresholds[1]
                settings.anonymizer.detector.outputThreshold = thresholds[2]
            })
    }

    private static let regionTypes: Maker = { identifier in
        Property(
            identifier: identifier, name: "mask-roi",
            makeSpec: {
                g_param_spec_string(
                    "mask-roi", "Mask regions of interest",
                    "Comma-separated types of region-of-interest metas from upstream that are masked as well; *: all",
                    "",
                    faceanon_param_mutable())
            },
            get: { g_value_set_string($1, $0.roiTypes.text) },
            set: { $0.roiTypes = RegionTypes(g_value_get_string($1).map { String(cString: $0) } ?? "") })
    }

    private static let fillColor: Maker = { identifier in
        let standard = MaskSettings().fillColor
        return Property(
            identifier: identifier, name: "fill-color",
            makeSpec: {
                g_param_spec_uint(
                    "fill-color", "Fill color", "Color of mask=fill, 0xAARRGGBB", 0, .max, standard,
                    faceanon_param_live())
            },
            get: { g_value_set_uint($1, $0.anonymizer.mask.fillColor) },
            set: { $0.anonymizer.mask.fillColor = g_value_get_uint($1) })
    }

    private static let statisticsProperty: Maker = { identifier in
        Property(
            identifier: identifier, name: statistics,
            makeSpec: {
                g_param_spec_boxed(
                    statistics, "Statistics", "Frames, faces and time per stage since the start",
                    gst_structure_get_type(), faceanon_param_read_only())
            },
            get: { _, _ in }, set: { _, _ in })
    }
}
