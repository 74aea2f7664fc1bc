// Lines of the table that see images: pools, convolutions, and blocks of pixels.

extension OperationDefinition {
  static let images: [OperationDefinition] = [
    pool("MaxPool", .maximum), pool("AveragePool", .mean),
    .init("DepthToSpace", [.int("block_size"), .format], elements: .any) {
      x, s, d throws(ModelError) in
      let (shape, block) = (x[0].shape, try s.positiveInt("block_size"))
      guard shape.rank == 4, let height = shape[1], let width = shape[2], let depth = shape[3],
        let square = [block, block].checkedProduct(), depth.isMultiple(of: square),
        [height, width, depth].checkedProduct() != nil,
        // A depth of 0 would hide how large the sides are.
        [height, block].checkedProduct() != nil, [width, block].checkedProduct() != nil
      else {
        throw .attribute(
          "block_size", expected: "a number whose square divides the channels of \(shape)",
          found: "\(block)")
      }
      try s.checkChannelsLast()
      let channels = depth / square
      let parts = try d.reshape(x[0], [shape[0], height, width, block, block, channels])
      let moved = try d.transpose(parts, [0, 1, 3, 2, 4, 5])
      return [try d.reshape(moved, [shape[0], height * block, width * block, channels])]
    },
    .init("SpaceToDepth", [.int("block_size"), .format], elements: .any) {
      x, s, d throws(ModelError) in
      let (shape, block) = (x[0].shape, try s.positiveInt("block_size"))
      guard shape.rank == 4, let height = shape[1], let width = shape[2], let depth = shape[3],
        height.isMultiple(of: block), width.isMultiple(of: block),
        let channels = [block, block, depth].checkedProduct()
      else {
        throw .attribute(
          "block_size", expected: "a divisor of the height and width of \(shape)",
          found: "\(block)")
      }
      try s.checkChannelsLast()
      let parts = try d.reshape(
        x[0], [shape[0], height / block, block, width / block, block, depth])
      let moved = try d.transpose(parts, [0, 1, 3, 2, 4, 5])
      return [try d.reshape(moved, [shape[0], height / block, width / block, channels])]
    },
    // The weights of Rec. 601.
    .init("RGBToGrayscale", ["images"], [.format]) { x, s, d throws(ModelError) in
      let rank = x[0].shape.rank
      try s.checkChannelsLast()
      guard rank > 2, x[0].shape[rank - 1] == 3 else {
        throw .rank(expected: "[…, height, width, 3]", found: x[0].shape)
      }
      let weights = d.constant([0.2989, 0.587, 0.114], [3, 1])
      return [try d.product(x[0], weights)]
    },
    convolution("Conv"), convolution("DepthwiseConv"),
  ]

  private static func pool(
    _ name: String, _ function: Primitives.Pool.Function
  ) -> OperationDefinition {
    .init(
      name, ["inputs"],
      [.ints("pool_size"), .init(name: "strides", form: .ints), .padding, .format]
    ) { x, s, d throws(ModelError) in
      let rank = x[0].shape.rank - 2
      guard (1...2).contains(rank) else {
        throw .rank(expected: "3 or 4 axes", found: x[0].shape)
      }
      let size = try s.sizes("pool_size", rank)
      let strides = s["strides"] == nil ? size : try s.sizes("strides", rank)
      let window = PoolingWindow(size, strides, try s.windowPadding(), try s.choice("data_format"))
      return [try d.pool(function, x[0], .window(window))]
    }
  }

  private static func convolution(_ name: String) -> OperationDefinition {
    .init(
      name, ["inputs", "kernel"],
      [
        .init(name: "strides", form: .ints, fallback: .ints([1])), .padding, .format,
        .init(name: "dilation_rate", form: .ints, fallback: .ints([1])),
      ]
    ) { x, s, d throws(ModelError) in
      let rank = x[0].shape.rank - 2
      guard (1...2).contains(rank), x[1].shape.rank == rank + 2, let kernel = x[1].shape.known
      else {
        throw .incompatibleShapes(
          x.map(\.shape), rule: "they must be an image of one or two axes and its kernel")
      }
      let format: DataFormat = try s.choice("data_format")
      let window = ConvolutionWindow(
        Array(kernel.prefix(rank)), try s.sizes("strides", rank), try s.windowPadding(), format,
        try s.sizes("dilation_rate", rank))
      let channels = try window.channels(of: x[0].shape)
      guard kernel.allSatisfy({ $0 > 0 }),
        name == "Conv"
          ? channels.isMultiple(of: kernel[rank])
            && kernel[rank + 1].isMultiple(of: channels / kernel[rank]) : channels == kernel[rank]
      else {
        throw .incompatibleShapes(x.map(\.shape), rule: "the kernel must be one of these channels")
      }
      return [
        try d.convolution(
          x[0], x[1], window, name == "Conv" ? .groups(channels / kernel[rank]) : .depthwise)
      ]
    }
  }
}

extension OperationDefinition.Setting {
  fileprivate static let padding = Self(
    name: "padding", form: .text, fallback: .string("valid"))
  fileprivate static let format = Self(
    name: "data_format", form: .text, fallback: .string("channels_last"))
}

extension Attributes {
  /// A size for each axis of an image; one stands for all.
  fileprivate func sizes(_ name: String, _ rank: Int) throws(ModelError) -> [Int] {
    var list = try ints(name)
    if list.count == 1 { list = Array(repeating: list[0], count: rank) }
    // TensorFlow lists those of items and channels too.
    if list.count == rank + 2, list.first == 1, list.last == 1 { list = Array(list[1...rank]) }
    guard list.count == rank, list.allSatisfy({ $0 > 0 }) else {
      throw .attribute(name, expected: "\(rank) sizes of at least 1", found: "\(list)")
    }
    return list
  }

  fileprivate func windowPadding() throws(ModelError) -> Padding {
    let padding: Padding = try choice("padding")
    guard padding != .causal else {
      throw .attribute("padding", expected: "'valid' or 'same'", found: "'causal'")
    }
    return padding
  }

  fileprivate func checkChannelsLast() throws(ModelError) {
    let format: DataFormat = try choice("data_format")
    guard format == .channelsLast else {
      throw .attribute("data_format", expected: "'channels_last'", found: "'\(format.rawValue)'")
    }
  }
}
