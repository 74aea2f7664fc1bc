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
}
