internal import ModelGraph
internal import OrderedCollections

// The classes of Keras 1 that move windows over images.

extension Keras1Layer {
  // MARK: - Convolutions

  private static let convolution = [
    "nb_filter": "filters", "border_mode": "padding", "activation": "activation",
    "bias": "use_bias",
  ]
  private static let plane = convolution.merging(["subsample": "strides"]) { $1 }
  private static let line = convolution.merging([
    "filter_length": "kernel_size", "subsample_length": "strides", "input_dim": "",
    "input_length": "",
  ]) { $1 }

  static let convolutions: [String: Keras1Layer] = [
    "Convolution1D": Keras1Layer(kind: Conv1D.kind, keys: line, finish: finishLine),
    "AtrousConvolution1D": Keras1Layer(
      kind: Conv1D.kind, keys: line,
      finish: { (config, model) throws(KerasError) in
        config.words["dilation_rate"] = try config.take("atrous_rate", "an integer")
        try finishLine(&config, model)
      }),
    "Convolution2D": Keras1Layer(
      kind: Conv2D.kind, keys: plane, hasChannels: true, finish: finishPlane),
    "AtrousConvolution2D": Keras1Layer(
      kind: Conv2D.kind, keys: plane, hasChannels: true,
      finish: { (config, model) throws(KerasError) in
        config.words["dilation_rate"] = try config.take("atrous_rate", "2 integers")
        try finishPlane(&config, model)
      }),
    "Convolution3D": Keras1Layer(
      kind: Conv3D.kind, keys: plane, hasChannels: true,
      finish: { (config, model) throws(KerasError) in
        try config.join(["kernel_dim1", "kernel_dim2", "kernel_dim3"], as: "kernel_size")
        try config.checkPadding(model, isPool: false)
        try config.keepKernel(model)
      }),
    "Deconvolution2D": Keras1Layer(
      kind: Conv2DTranspose.kind, keys: plane, hasChannels: true,
      finish: { (config, model) throws(KerasError) in
        try config.join(["nb_row", "nb_col"], as: "kernel_size")
        try config.checkPadding(model, isPool: false)
        try config.refuseTheano(model)
        try config.keepKernel(model, isTransposed: true)
        // It follows from the input, or does not: see `Graph.checkKeras1`.
        let shape = try config.take("output_shape", "the shape of the output")
        guard shape.array?.allSatisfy({ $0 == .null || $0.int != nil }) == true else {
          throw config.wrong("output_shape", shape, "the shape of the output")
        }
      }),
    "SeparableConvolution2D": Keras1Layer(
      kind: SeparableConv2D.kind,
      keys: plane.merging(["depth_multiplier": "depth_multiplier"]) { $1 }, hasChannels: true,
      finish: { (config, model) throws(KerasError) in
        try config.join(["nb_row", "nb_col"], as: "kernel_size")
        try config.checkPadding(model, isPool: false)
        try config.refuseTheano(model)
        guard !config.isChannelsFirst else {
          throw .configuration(
            key: "dim_ordering", expected: "'tf' for kernels of channels by themselves",
            found: "'th'")
        }
      }),
  ]

  @Sendable private static func finishPlane(
    _ config: inout Config, _ model: Keras1Model
  ) throws(KerasError) {
    try config.join(["nb_row", "nb_col"], as: "kernel_size")
    try config.checkPadding(model, isPool: false)
    try config.keepKernel(model)
  }

  /// A convolution along one axis has a kernel along two, of which one has one element.
  ///
  /// Before 1.1 the filters came first.
  @Sendable private static func finishLine(
    _ config: inout Config, _ model: Keras1Model
  ) throws(KerasError) {
    try config.checkPadding(model, isPool: false)
    try config.keepKernel(model)
    let isFirst = model.version.isBefore(1, 1)
    config.words["kernel_layout"] = .string(
      (isFirst ? StoredKernel.Layout.planarFiltersFirst : .planarFiltersLast).rawValue)
  }

  // MARK: - Pools, margins and sizes

  static let windows: [String: Keras1Layer] = {
    var classes: [String: Keras1Layer] = [:]
    let pool = ["pool_size": "pool_size", "strides": "strides", "border_mode": "padding"]
    for kind in ["Max", "Average"] {
      classes["\(kind)Pooling1D"] = Keras1Layer(
        kind: "\(kind)Pooling1D",
        keys: ["pool_length": "pool_size", "stride": "strides", "border_mode": "padding"],
        finish: { (config, model) throws(KerasError) in
          try config.checkPadding(model, isPool: true)
        })
      classes["Global\(kind)Pooling1D"] = Keras1Layer(kind: "Global\(kind)Pooling1D")
      for rank in 2...3 {
        classes["\(kind)Pooling\(rank)D"] = Keras1Layer(
          kind: "\(kind)Pooling\(rank)D", keys: pool, hasChannels: true,
          finish: { (config, model) throws(KerasError) in
            try config.checkPadding(model, isPool: true)
          })
        classes["Global\(kind)Pooling\(rank)D"] = Keras1Layer(
          kind: "Global\(kind)Pooling\(rank)D", hasChannels: true)
      }
    }
    classes["UpSampling1D"] = Keras1Layer(kind: UpSampling1D.kind, keys: ["length": "size"])
    classes["Cropping1D"] = Keras1Layer(kind: Cropping1D.kind, keys: ["cropping": "cropping"])
    classes["ZeroPadding1D"] = Keras1Layer(
      kind: ZeroPadding1D.kind, finish: margins(["left_pad", "right_pad"]))
    for rank in 2...3 {
      classes["UpSampling\(rank)D"] = Keras1Layer(
        kind: "UpSampling\(rank)D", keys: ["size": "size"], hasChannels: true)
      classes["Cropping\(rank)D"] = Keras1Layer(
        kind: "Cropping\(rank)D", keys: ["cropping": "cropping"], hasChannels: true)
    }
    classes["ZeroPadding2D"] = Keras1Layer(
      kind: ZeroPadding2D.kind, hasChannels: true,
      finish: margins(["top_pad", "bottom_pad", "left_pad", "right_pad"]))
    classes["ZeroPadding3D"] = Keras1Layer(
      kind: ZeroPadding3D.kind, keys: ["padding": "padding"], hasChannels: true)
    return classes
  }()

  /// Margins that may be an object of those of each side, a list of them, or one for both sides of each axis.
  private static func margins(
    _ sides: [String]
  ) -> @Sendable (inout Config, Keras1Model) throws(KerasError) -> Void {
    { (config, _) throws(KerasError) in
      let value = try config.take("padding", "margins")
      var margins = value.array ?? [value]
      if let object = value.object {
        if let key = object.keys.first(where: { !sides.contains($0) }) {
          throw .configurationKey(key, value: object[key]?.excerpt ?? "")
        }
        margins = sides.map { object[$0] ?? .int(0) }
      }
      guard margins.count == sides.count else {
        // One for both sides.
        config.words["padding"] = value
        return
      }
      config.words["padding"] =
        sides.count == 2
        ? .array(margins) : .array([.array(Array(margins[..<2])), .array(Array(margins[2...]))])
    }
  }
}

extension Keras1Layer.Config {
  /// Refuses a layer that Theano computes in a way that is not known here.
  func refuseTheano(_ model: Keras1Model) throws(KerasError) {
    guard model.version.backend == "tensorflow" else {
      throw .configuration(
        key: "class_name", expected: "a class that is read where Theano may have computed it",
        found: "'\(kind)'")
    }
  }
}
