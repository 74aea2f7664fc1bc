import ModelLayers
import TestSupport
import Testing

@Suite struct PoolingTests {
  /// The elements under each position of a window, by TensorFlow's rules.
  func positions(_ n: Int, _ size: Int, _ stride: Int, _ padding: Padding) -> [[Int]] {
    let zeros = ConvolutionDefinition.zeros(padding, n, size, stride, 1)
    var result: [[Int]] = []
    var start = -zeros[0]
    while start + size <= n + zeros[1] {
      result.append((start..<start + size).filter { 0..<n ~= $0 })
      start += stride
    }
    return result
  }

  func pooled(
    _ x: NDArray<Double>, _ size: [Int], _ strides: [Int], _ padding: Padding, isMax: Bool
  ) -> NDArray<Double> {
    let rows = positions(x.dimensions[1], size[0], strides[0], padding)
    let columns = positions(x.dimensions[2], size[1], strides[1], padding)
    return .generate([x.dimensions[0], rows.count, columns.count, x.dimensions[3]]) { place in
      let values = rows[place[1]].flatMap { row in
        columns[place[2]].map { x.at(place[0], row, $0, place[3]) }
      }
      return isMax ? values.max() ?? .nan : values.reduce(0, +) / Double(values.count)
    }
  }

  @Test(arguments: [[1, 1], [2, 3], [3, 2], [5, 5]], [[1, 1], [2, 1], [3, 4]])
  func `pooling an image is its definition`(_ size: [Int], _ strides: [Int]) throws {
    for padding in [Padding.valid, .same] {
      for format in DataFormat.allCases {
        let order = format == .channelsLast ? [0, 1, 2, 3] : [0, 3, 1, 2]
        let image = format == .channelsLast ? [2, 5, 7, 3] : [2, 3, 5, 7]
        let layers: [any Layer] = [
          MaxPooling2D(
            poolSize: pair(size), strides: pair(strides), padding: padding, dataFormat: format),
          AveragePooling2D(
            poolSize: pair(size), strides: pair(strides), padding: padding, dataFormat: format),
        ]
        for layer in layers {
          let trial = try LayerTrial(layer, image)
          let x =
            format == .channelsLast ? trial.inputs[0] : trial.inputs[0].permuted([0, 2, 3, 1])
          let isMax = layer is MaxPooling2D
          let expected = pooled(x, size, strides, padding, isMax: isMax).permuted(order)
          #expect(trial.distance(to: expected) < 1e-15)
          #expect(trial.roundingShare() <= 1)
          #expect(try layer.outputShapes(for: [Shape(image)]) == [expected.shape])
        }
      }
    }
  }

  @Test(arguments: 1...4, 1...3)
  func `pooling a sequence is its definition`(_ size: Int, _ stride: Int) throws {
    for padding in [Padding.valid, .same] {
      for format in DataFormat.allCases {
        let sequence = format == .channelsLast ? [2, 9, 4] : [2, 4, 9]
        let layers: [any Layer] = [
          MaxPooling1D(poolSize: size, strides: stride, padding: padding, dataFormat: format),
          AveragePooling1D(
            poolSize: size, strides: stride, padding: padding, dataFormat: format),
        ]
        for layer in layers {
          let trial = try LayerTrial(layer, sequence)
          let x =
            format == .channelsLast ? trial.inputs[0] : trial.inputs[0].permuted([0, 2, 1])
          let image = pooled(
            x.reshaped([2, 1, 9, 4]), [1, size], [1, stride], padding, isMax: layer is MaxPooling1D)
          let expected = image.reshaped([2, image.dimensions[2], 4])
            .permuted(format == .channelsLast ? [0, 1, 2] : [0, 2, 1])
          #expect(trial.distance(to: expected) < 1e-15)
          #expect(trial.roundingShare() <= 1)
        }
      }
    }
  }

  @Test func `without strides a pool moves by its size`() throws {
    #expect(MaxPooling2D(poolSize: (3, 2)).strides == [3, 2])
    #expect(try AveragePooling1D(attributes: ["pool_size": .ints([3])]).strides == [3])
  }

  @Test(arguments: DataFormat.allCases, [false, true])
  func `global pooling is its definition`(_ format: DataFormat, _ keeps: Bool) throws {
    let isLast = format == .channelsLast
    let image = try LayerTrial(
      GlobalAveragePooling2D(dataFormat: format, keepDimensions: keeps),
      isLast ? [2, 5, 7, 3] : [2, 3, 5, 7])
    let x = isLast ? image.inputs[0] : image.inputs[0].permuted([0, 2, 3, 1])
    let largest = GlobalMaxPooling2D(dataFormat: format, keepDimensions: keeps)
      .forward(image.inputs, Parameters())[0]
    let dimensions = keeps ? (isLast ? [2, 1, 1, 3] : [2, 3, 1, 1]) : [2, 3]
    let mean = pooled(x, [5, 7], [1, 1], .valid, isMax: false).reshaped(dimensions)
    #expect(image.distance(to: mean) < 1e-15)
    #expect(image.roundingShare() <= 1)
    #expect(largest == pooled(x, [5, 7], [1, 1], .valid, isMax: true).reshaped(dimensions))
    #expect(try image.layer.outputShapes(for: [image.inputs[0].shape]) == [Shape(dimensions)])

    let sequence = try LayerTrial(
      GlobalAveragePooling1D(dataFormat: format, keepDimensions: keeps),
      isLast ? [2, 9, 4] : [2, 4, 9])
    let steps = isLast ? sequence.inputs[0] : sequence.inputs[0].permuted([0, 2, 1])
    let line = steps.reshaped([2, 1, 9, 4])
    let sizes = keeps ? (isLast ? [2, 1, 4] : [2, 4, 1]) : [2, 4]
    #expect(
      sequence.distance(to: pooled(line, [1, 9], [1, 1], .valid, isMax: false).reshaped(sizes))
        < 1e-15)
    #expect(
      GlobalMaxPooling1D(dataFormat: format, keepDimensions: keeps)
        .forward(sequence.inputs, Parameters())[0]
        == pooled(line, [1, 9], [1, 1], .valid, isMax: true).reshaped(sizes))
  }

  @Test func `NaN and infinity are not hidden`() {
    let x = NDArray<Float>([1, 4, 1], [.nan, 1, 2, -.infinity])
    let y = MaxPooling1D(poolSize: 2, strides: 1).forward([x], Parameters())[0].elements
    #expect(y[0].isNaN && y[1] == 2 && y[2] == 2)
    let tail = MaxPooling1D(poolSize: 1).forward([x], Parameters())[0].elements
    #expect(tail[0].isNaN && tail[3] == -.infinity)
  }

  @Test func `unknown sizes stay unknown`() throws {
    #expect(
      try MaxPooling2D(padding: .same).outputShapes(for: [[nil, nil, 7, nil]])
        == [[nil, nil, 4, nil]])
    #expect(
      try GlobalMaxPooling2D().outputShapes(for: [[nil, nil, nil, 7]]) == [[nil, 7]])
  }

  @Test func `pools of any size do not trap`() throws {
    let layer = AveragePooling2D(
      poolSize: (Int.max, Int.max), strides: (Int.max, Int.max), padding: .same)
    let trial = try LayerTrial(layer, [1, 2, 3, 1])
    let mean = trial.inputs[0].elements.reduce(0, +) / 6
    #expect(trial.distance(to: NDArray([1, 1, 1, 1], [mean])) < 1e-15)
    let wide = try LayerTrial(
      MaxPooling2D(poolSize: (1 << 40, 1 << 40), strides: (1, 1), padding: .same), [1, 2, 3, 1])
    let largest = try #require(wide.inputs[0].elements.max())
    #expect(wide.output.elements == Array(repeating: largest, count: 6))
  }

  @Test func `pools that have no place are refused`() {
    func refused(_ layer: any Layer, _ shape: Shape) -> String {
      refusal { try layer.outputShapes(for: [shape]) }
    }
    #expect(
      refused(MaxPooling2D(poolSize: (3, 3)), [nil, 8, 2, 4])
        == "input of shape [None, 8, 2, 4] is too small along axis 2: the output would be empty")
    #expect(
      refused(MaxPooling2D(), [nil, 8, 2])
        == "input has shape [None, 8, 2]; expected [batch, height, width, channels]")
    #expect(
      refused(GlobalAveragePooling1D(dataFormat: .channelsFirst), [nil, 8])
        == "input has shape [None, 8]; expected [batch, channels, length]")
    #expect(
      refused(GlobalMaxPooling1D(), [nil, 0, 8])
        == "input of shape [None, 0, 8] is too small along axis 1: the output would be empty")
    #expect(
      refusal { try AveragePooling2D(attributes: ["pool_size": .ints([2])]) }
        == "attribute 'pool_size' is [2]; expected 2 integers")
    #expect(
      refused(AveragePooling1D(strides: 0), [nil, 8, 8])
        == "attribute 'strides' is [0]; expected integers of at least 1")
    #expect(
      refusal { try MaxPooling1D(attributes: ["padding": .string("causal")]) }
        == "attribute 'padding' is 'causal'; expected 'valid' or 'same'")
  }
}
