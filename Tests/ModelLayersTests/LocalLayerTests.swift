import ModelLayers
import TestSupport
import Testing

/// Layers whose windows differ from place to place.
@Suite struct LocalLayerTests {
  @Test(arguments: [1, 3, 5, 7, 10], [false, true])
  func `pools are as many as the output has`(_ count: Int, _ isMean: Bool) throws {
    let layer: any Layer =
      isMean
      ? AdaptiveAveragePooling1D(outputSize: count) : AdaptiveMaxPooling1D(outputSize: count)
    let trial = try LayerTrial(layer, [2, 7, 3])
    let expected = NDArray<Double>.generate([2, count, 3]) { place in
      // A pool has each element of which a part is between its edges.
      let pool = (0..<7).filter {
        $0 * count < (place[1] + 1) * 7 && ($0 + 1) * count > place[1] * 7
      }
      let elements = pool.map { trial.inputs[0].at(place[0], $0, place[2]) }
      return isMean
        ? elements.reduce(0, +) / Double(elements.count) : elements.max() ?? .nan
    }
    #expect(trial.distance(to: expected) < 1e-15)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `pools of images are those of both axes`() throws {
    let layer = AdaptiveMaxPooling2D(outputSize: (2, 3), dataFormat: .channelsFirst)
    let x = NDArray<Double>([1, 1, 3, 4], (0..<12).map { -Double($0) })
    #expect(layer.forward([x], Parameters())[0].elements == [0, -1, -2, -4, -5, -6])
    let volume = AdaptiveAveragePooling3D(outputSize: (1, 2, 1))
    let y = NDArray<Double>([1, 2, 2, 2, 1], [1, 3, 5, 7, 9, 11, 13, 15])
    #expect(volume.forward([y], Parameters())[0].elements == [6, 10])
    #expect(try layer.outputShapes(for: [[nil, 4, nil, nil]]) == [[nil, 4, 2, 3]])
    for size in [Int.max, 1 << 40, 0] {
      #expect(throws: ModelError.self) { try layer.outputShapes(for: [[1, 1, size, 4]]) }
    }
    #expect(throws: ModelError.self) {
      try AdaptiveMaxPooling1D(outputSize: Int.max).outputShapes(for: [[1, 3, 4]])
    }
  }

  private typealias Setting = (kernel: [Int], strides: [Int], padding: Padding, made: [Int])

  private static let settings: [Setting] = [
    ([3, 2], [1, 1], .valid, [2, 4]), ([2, 2], [3, 2], .valid, [1, 2]),
    ([2, 3], [2, 1], .same, [2, 5]), ([4, 1], [1, 3], .same, [4, 2]),
  ]

  /// The sums of a 4 × 5 image under windows, with the weight for each by what it connects.
  private func sums(
    _ x: NDArray<Double>, _ setting: Setting, filters: Int,
    _ weight: (_ input: [Int], _ tap: [Int], _ output: [Int]) -> Double
  ) -> NDArray<Double> {
    let before = setting.kernel.map { setting.padding == .same ? $0 / 2 : 0 }
    return .generate([x.dimensions[0]] + setting.made + [filters]) { place in
      var sum = 0.0
      for row in 0..<setting.kernel[0] {
        for column in 0..<setting.kernel[1] {
          let i = place[1] * setting.strides[0] + row - before[0]
          let j = place[2] * setting.strides[1] + column - before[1]
          guard 0..<4 ~= i, 0..<5 ~= j else { continue }
          for channel in 0..<x.dimensions[3] {
            sum +=
              x.at(place[0], i, j, channel)
              * weight([i, j, channel], [row, column, channel], Array(place.dropFirst()))
          }
        }
      }
      return sum
    }
  }

  @Test(
    arguments: [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (2, 2), (2, 3), (3, 3)], DataFormat.allCases
  )
  func `each place has weights of its own`(
    _ choice: (index: Int, implementation: Int), _ format: DataFormat
  ) throws {
    let (setting, implementation) = (Self.settings[choice.index], choice.implementation)
    let isLast = format == .channelsLast
    let layer = LocallyConnected2D(
      3, kernelSize: pair(setting.kernel), strides: pair(setting.strides),
      padding: setting.padding, dataFormat: format,
      implementation: try #require(.init(rawValue: implementation)))
    let trial = try LayerTrial(layer, isLast ? [2, 4, 5, 2] : [2, 2, 4, 5])
    let x = isLast ? trial.inputs[0] : trial.inputs[0].permuted([0, 2, 3, 1])
    let kernel = try #require(trial.parameters["kernel"])
    let bias = try #require(trial.parameters["bias"])
    let (rows, columns) = (setting.made[0], setting.made[1])
    func flat(_ place: [Int], _ sizes: [Int]) -> Int {
      zip(place, sizes).reduce(0) { $0 * $1.1 + $1.0 }
    }
    // The places of elements as they are stored.
    func input(_ place: [Int]) -> Int {
      isLast ? flat(place, [4, 5, 2]) : flat([place[2], place[0], place[1]], [2, 4, 5])
    }
    func output(_ place: [Int]) -> Int {
      isLast
        ? flat(place, [rows, columns, 3])
        : flat([place[2], place[0], place[1]], [3, rows, columns])
    }
    var pairs: [[Int]] = []
    _ = sums(x, setting, filters: 3) { from, _, to in
      pairs.append([output(to), input(from)])
      return 0
    }
    // Both items of the batch have the same.
    let sorted = Set(pairs).sorted { $0.lexicographicallyPrecedes($1) }
    let order = Dictionary(uniqueKeysWithValues: zip(sorted, sorted.indices))
    let expected = sums(x, setting, filters: 3) { from, tap, to in
      switch implementation {
      case 1:
        let size = setting.kernel
        let tapPlace =
          isLast
          ? flat(tap, size + [2]) : flat([tap[2], tap[0], tap[1]], [2] + size)
        return kernel.at(flat(Array(to.prefix(2)), setting.made), tapPlace, to[2])
      case 2: return kernel.elements[input(from) * rows * columns * 3 + output(to)]
      default: return kernel.elements[order[[output(to), input(from)]] ?? 0]
      }
    }
    // Row by row, a bias of places and filters is read as one of what the output has.
    let biased = NDArray<Double>.generate(expected.dimensions) { place in
      expected.at(place[0], place[1], place[2], place[3])
        + bias.elements[output(Array(place.dropFirst()))]
    }
    #expect(bias.dimensions == setting.made + [3])
    #expect(trial.distance(to: isLast ? biased : biased.permuted([0, 3, 1, 2])) < 1e-14)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `what no locally connected layer is is refused`() throws {
    func layer(_ change: (String, AttributeValue)...) throws(ModelError) -> LocallyConnected2D {
      var attributes: Attributes = ["filters": .int(2), "kernel_size": .ints([2, 2])]
      for (name, value) in change { attributes[name] = value }
      return try LocallyConnected2D(attributes: attributes)
    }
    #expect(
      refusal { try layer(("implementation", .int(4))) }
        == "attribute 'implementation' is 4; expected 1, 2 or 3")
    #expect(
      refusal { try layer(("padding", .string("same"))) }
        == "attribute 'padding' is 'same'; expected 'valid', or 'same' with another implementation")
    #expect(throws: ModelError.self) { try layer().outputShapes(for: [[nil, nil, 4, 3]]) }
    for size in [Int.max, 1 << 40, 1, 0] {
      for channels in [3, 0] {
        #expect(throws: ModelError.self) {
          try layer(("kernel_size", .ints([2, Int.max])))
            .outputShapes(for: [[1, size, size, channels]])
        }
        #expect(throws: ModelError.self) {
          try layer().outputShapes(for: [[1, size, size, channels]])
        }
      }
    }
  }
}
