import ModelLayers
import TestSupport
import Testing

/// Layers that give images other sides, or change them in training.
@Suite struct ImageLayerTests {
  private func operation(
    _ layer: Resizing, _ settings: Attributes, on x: NDArray<Double>
  ) throws -> NDArray<Double> {
    let size: Attributes = ["size": .ints([layer.height, layer.width])]
    return try Operation("Resize", attributes: size.merging(settings))
      .forward([x], Parameters())[0]
  }

  @Test(arguments: ResamplingFilter.Kernel.allCases, [false, true])
  func `images are resized as by the operation`(
    _ kernel: ResamplingFilter.Kernel, _ isAntialiased: Bool
  ) throws {
    let layer = Resizing(
      height: 7, width: 3, interpolation: kernel, isAntialiased: isAntialiased)
    let trial = try LayerTrial(layer, [2, 5, 6, 3])
    let expected = try operation(
      layer,
      ["interpolation": .string(kernel.rawValue), "antialias": .bool(isAntialiased)],
      on: trial.inputs[0])
    #expect(trial.distance(to: expected) == 0)
    #expect(trial.roundingShare() <= 1)
  }

  @Test(arguments: DataFormat.allCases)
  func `a proportion is kept by a cut or by margins`(_ format: DataFormat) throws {
    // Of 5 × 6 pixels those of 4 : 3 are 5 × 3 from column 1 on; margins make them 8 × 6.
    let isLast = format == .channelsLast
    let shape = isLast ? [1, 5, 6, 1] : [1, 1, 5, 6]
    let x = NDArray<Double>(shape, (0..<30).map(Double.init))
    func made(_ layer: Resizing) throws -> [Double] {
      layer.forward([x], Parameters())[0].elements
    }
    let cut = try made(
      Resizing(
        height: 4, width: 3, interpolation: .nearest, cropsToAspectRatio: true, dataFormat: format))
    #expect(cut == [1, 2, 3, 7, 8, 9, 19, 20, 21, 25, 26, 27])
    let filled = try made(
      Resizing(
        height: 7, width: 6, interpolation: .nearest, padsToAspectRatio: true, fillValue: -1,
        dataFormat: format))
    #expect(filled.prefix(6).allSatisfy { $0 == -1 } && filled.suffix(6).allSatisfy { $0 == -1 })
    #expect(Array(filled[6..<36]) == x.elements)
  }

  @Test func `what no resizing is is refused`() throws {
    #expect(
      refusal {
        try Resizing(attributes: [
          "height": .int(3), "width": .int(3), "crop_to_aspect_ratio": .bool(true),
          "pad_to_aspect_ratio": .bool(true),
        ])
      } == "attribute 'pad_to_aspect_ratio' is true; expected false with crop_to_aspect_ratio")
    #expect(
      refusal { try Resizing(height: 1 << 40, width: 3).outputShapes(for: [[nil, 5, 6, 1]]) } != "")
    let unknown: Shape = [nil, nil, nil, 3]
    #expect(
      try Resizing(height: 3, width: 4).outputShapes(for: [unknown]) == [[nil, 3, 4, 3]])
    #expect(
      try CenterCrop(height: 3, width: 4).outputShapes(for: [unknown]) == [[nil, 3, 4, 3]])
    #expect(
      refusal {
        let type = TensorType([nil, 5, 6, 3], .uint8)
        try Resizing(height: 3, width: 4).checkElements([type])
      } != "")
  }

  @Test(arguments: DataFormat.allCases)
  func `the middle is cut out, or what is too small resized`(_ format: DataFormat) throws {
    let isLast = format == .channelsLast
    let shape = isLast ? [1, 5, 6, 1] : [1, 1, 5, 6]
    let x = NDArray<Double>(shape, (0..<30).map(Double.init))
    let middle = CenterCrop(height: 2, width: 3, dataFormat: format)
    #expect(middle.forward([x], Parameters())[0].elements == [7, 8, 9, 13, 14, 15])
    let large = CenterCrop(height: 7, width: 4, dataFormat: format)
    let resized = Resizing(height: 7, width: 4, cropsToAspectRatio: true, dataFormat: format)
    #expect(large.forward([x], Parameters()) == resized.forward([x], Parameters()))
    var attributes = RandomCrop(height: 3, width: 4, dataFormat: format).attributes
    #expect(try RandomCrop(attributes: attributes).forward([x], Parameters()) == [x])
    attributes["inference"] = .string("resized")
    let cut = Resizing(height: 3, width: 4, cropsToAspectRatio: true, dataFormat: format)
    #expect(
      try RandomCrop(attributes: attributes).forward([x], Parameters())
        == cut.forward([x], Parameters()))
  }

  @Test func `augmentations keep their settings and pass images on`() throws {
    let layer = RandomZoom(["height_factor": .doubles([-0.25, 0.5])])
    let trial = try LayerTrial(layer, [2, 3, 4, 3])
    #expect(trial.distance(to: trial.inputs[0]) == 0)
    #expect(layer.attributes["height_factor"] == .doubles([-0.25, 0.5]))
    #expect(layer.attributes["fill_mode"] == .string("reflect"))
    #expect(try RandomZoom(attributes: layer.attributes) == layer)
    #expect(
      refusal { try RandomZoom(attributes: ["fill_mode": .int(3)]) }
        == "attribute 'fill_mode' is 3; expected a text")
    #expect(
      refusal { try layer.checkElements([TensorType([nil, 3, 4, 3], .uint8)]) } != "")
  }

  @Test(arguments: [
    ([2, 6, 8, 2], [2, 2], 4.0), ([1, 5, 7, 3], [2, 3], 40.0), ([1, 3, 2, 1], [5, 7], 0.0),
    ([2, 9, 4, 1], [1, 1], 1.5), ([1, 12, 10, 1], [3, 2], 2.0),
  ])
  func `an equalized pixel is between what the tables of four tiles say`(
    dimensions: [Int], grid: [Int], limit: Double
  ) throws {
    let layer = ContrastLimitedAdaptiveHistogramEqualization(
      valueRange: -1...1, clipLimit: limit, grid: (grid[0], grid[1]))
    let trial = try LayerTrial(layer, dimensions)
    let lengths = zip(dimensions.dropFirst(), grid).map {
      Int((Double($0) / Double($1)).rounded(.up))
    }
    func number(_ item: Int, _ place: [Int], _ channel: Int) -> Int {
      let inside = zip(place, dimensions.dropFirst()).map { place, size in
        var place = place
        while !(0..<size).contains(place) {
          place = place < 0 ? -1 - place : 2 * size - 1 - place
        }
        return place
      }
      return Int((trial.inputs[0].at(item, inside[0], inside[1], channel) + 1) / 2 * 255)
    }
    func said(_ tile: [Int], _ item: Int, _ channel: Int, _ wanted: Int) -> Double {
      var counts = [Double](repeating: 0, count: 256)
      for y in 0..<lengths[0] {
        for x in 0..<lengths[1] {
          counts[number(item, [tile[0] * lengths[0] + y, tile[1] * lengths[1] + x], channel)] += 1
        }
      }
      let all = Double(lengths[0] * lengths[1])
      if limit > 0 {
        let most = Double(Float(limit * all / 256))
        let excess = counts.reduce(0) { $0 + max($1 - most, 0) }
        counts = counts.map { min($0, most) + excess / 256 }
      }
      let above = all - counts[0]
      return above == 0 ? 0 : 255 * counts[1...].prefix(wanted).reduce(0, +) / above
    }
    let expected = NDArray<Double>.generate(dimensions) { place in
      let places = (0..<2).map { Double(place[$0 + 1]) / Double(lengths[$0]) - 0.5 }
      func tile(_ offsets: [Int]) -> [Int] {
        (0..<2).map { min(max(Int(places[$0].rounded(.down)) + offsets[$0], 0), grid[$0] - 1) }
      }
      let shares = places.map { $0 - $0.rounded(.down) }
      let wanted = number(place[0], [place[1], place[2]], place[3])
      var sum = 0.0
      for (down, across) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let weight =
          (down == 1 ? shares[0] : 1 - shares[0]) * (across == 1 ? shares[1] : 1 - shares[1])
        sum += weight * said(tile([down, across]), place[0], place[3], wanted)
      }
      return sum / 255 * 2 - 1
    }
    #expect(trial.distance(to: expected) < 1e-12)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `integers are equalized to integers, and what is no number of a table is refused`()
    throws
  {
    let layer = ContrastLimitedAdaptiveHistogramEqualization(clipLimit: 0, grid: (1, 1))
    func made(_ elements: [Double], _ type: DType) throws -> [Double] {
      let x = NDArray([1, 2, 2, 1], elements)
      let definition = try layer.definition(for: [TensorType(x.shape, type)])
      #expect(definition.outputs[0].type == TensorType(x.shape, type))
      try definition.check([x])
      return definition.values([x], Parameters())[0].elements
    }
    #expect(try made([9, 9, 200, 3], .uint8) == [191, 191, 255, 63])
    #expect(try made([-5, 300, 300, 0], .int32) == [0, 255, 255, 0])
    #expect(try made([7, 7, 7, 7], .float32) == [255, 255, 255, 255])
    #expect(try made([0, 0, 0, 0], .float32) == [0, 0, 0, 0])
    for outside in [Double.nan, .infinity, 4e9] {
      #expect(refusal { try made([0, 1, outside, 2], .float32) }.contains("is given the element"))
    }
    #expect(refusal { try layer.checkElements([TensorType([nil, 2, 2, 1], .bool)]) } != "")
    for attributes: Attributes in [
      ["value_range": .doubles([0, 1e-5])], ["value_range": .doubles([0, 1e30])],
      ["value_range": .doubles([1])], ["tile_grid_size": .ints([0, 1])],
      ["tile_grid_size": .ints([1, .max])],
    ] {
      #expect(
        refusal { try ContrastLimitedAdaptiveHistogramEqualization(attributes: attributes) }
          .contains("expected"))
    }
    let many = ContrastLimitedAdaptiveHistogramEqualization(grid: (1 << 12, 1 << 12))
    #expect(
      refusal { try many.definition(for: [[1, 8, 8, 3]]) }
        .contains("has more than 16777216 elements"))
    #expect(try layer.outputShapes(for: [[nil, nil, nil, 3]]) == [[nil, nil, nil, 3]])
    #expect(refusal { try layer.definition(for: [[nil, 8, 8]]) }.contains("expected"))
  }

  @Test(arguments: [0.0...255, -1...3])
  func `contrasts reach from the lowest to the highest value`(_ range: ClosedRange<Double>) throws {
    let layer = AutoContrast(valueRange: range)
    let trial = try LayerTrial(layer, [2, 3, 4, 2])
    func channel(_ item: Int, _ channel: Int) -> [Double] {
      (0..<12).map { trial.inputs[0].at(item, $0 / 4, $0 % 4, channel) }
    }
    let expected = NDArray<Double>.generate([2, 3, 4, 2]) { place in
      let all = channel(place[0], place[3])
      let (low, high) = (all.min() ?? 0, all.max() ?? 0)
      let part = (trial.inputs[0].at(place[0], place[1], place[2], place[3]) - low) / (high - low)
      return range.lowerBound + part * (range.upperBound - range.lowerBound)
    }
    #expect(trial.distance(to: expected) < 1e-12)
    #expect(trial.roundingShare() <= 1)
    let flat = NDArray<Double>([1, 2, 1, 2], [5, 0, 5, 1])
    #expect(
      layer.forward([flat], Parameters())[0].elements
        == [5, range.lowerBound, 5, range.upperBound])
  }

  @Test(
    arguments: [
      // What is no number on the way stays: of Keras on JAX and on TensorFlow.
      ([1, 2, .nan, 4], [1, 2, .nan, 4]), ([1, 2, .infinity, 4], [0, 0, .infinity, 0]),
      ([1, 2, -.infinity, 4], [1, 2, -.infinity, 4]),
      ([1, -.infinity, .infinity, 4], [1, -.infinity, .infinity, 4]),
      // 255 divided by the range is beyond float32, and the sign alone decides.
      ([1e-37, 7e-37, 0, 2e-37], [1e-37, 7e-37, 0, 2e-37]),
      ([-1e-37, 5e-37, 0, 2e-37], [-1e-37, 255, 0, 255]),
      ([1e-37, 8e-37, 0, 2e-37], [31.875, 255, 0, 63.75]), ([0, 0, 0, 0], [0, 0, 0, 0]),
    ] as [([Double], [Double])])
  func `numbers at the edges of float32 are stretched as by Keras`(
    elements: [Double], expected: [Double]
  ) {
    let x = NDArray([1, 2, 2, 1], elements.map { Double(Float($0)) })
    for made in [
      AutoContrast().forward([x], Parameters())[0].elements,
      AutoContrast().forward([x.single], Parameters())[0].elements.map { Double($0) },
    ] {
      for (found, wanted) in zip(made, expected) {
        #expect(
          found == wanted || found.isNaN && wanted.isNaN
            || abs(found - wanted) <= 1e-6 * abs(wanted),
          "\(made)")
      }
    }
  }

  @Test func `what may be flushed to zero is off by all of it`() throws {
    let trial = try PrimitiveTrial([NDArray([4], [1, 0x1p-126, -0x1p-127, 0])]) {
      values, definition throws(ModelError) in
      [try definition.apply(Primitives.Flushing(), to: values[0])]
    }
    #expect(trial.distance(to: trial.inputs[0]) == 0)
    #expect(trial.bounds()[0].map { ($0 * 0x1p127).rounded() } == [0, 0, 1, 0])
  }
}
