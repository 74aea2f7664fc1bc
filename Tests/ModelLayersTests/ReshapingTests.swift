import ModelLayers
import TestSupport
import Testing

@Suite struct ReshapingTests {
  func image(_ dimensions: [Int] = [2, 4, 5, 3]) -> NDArray<Double> {
    var generator = Generator(state: 11)
    return generator.array(dimensions)
  }

  func run(_ layer: any Layer, _ x: NDArray<Double>) throws -> NDArray<Double> {
    let y = layer.forward([x], Parameters())[0]
    #expect(try layer.outputShapes(for: [x.shape]) == [y.shape])
    return y
  }

  @Test(arguments: [[0, 0, 0, 0], [1, 2, 3, 0], [0, 1, 0, 2]])
  func `padding and cropping are their definitions and undo each other`(
    _ margins: [Int]
  ) throws {
    let x = image()
    let padded = try run(
      ZeroPadding2D(padding: sides(margins)), x)
    #expect(padded == ConvolutionDefinition.padded(x, margins))
    #expect(
      try run(
        Cropping2D(cropping: sides(margins)),
        padded) == x)
    let first = x.permuted([0, 3, 1, 2])
    let paddedFirst = try run(
      ZeroPadding2D(
        padding: sides(margins),
        dataFormat: .channelsFirst), first)
    #expect(paddedFirst == padded.permuted([0, 3, 1, 2]))
    #expect(
      try run(
        Cropping2D(
          cropping: sides(margins),
          dataFormat: .channelsFirst), paddedFirst) == first)

    let line = x.reshaped([8, 5, 3])
    let ends = Array(margins.suffix(2))
    let paddedLine = try run(ZeroPadding1D(padding: pair(ends)), line)
    let wanted = ConvolutionDefinition.padded(line.reshaped([8, 1, 5, 3]), [0, 0] + ends)
    #expect(paddedLine == wanted.reshaped(paddedLine.dimensions))
    #expect(try run(Cropping1D(cropping: pair(ends)), paddedLine) == line)
  }

  @Test func `what is cropped is at the right side`() throws {
    let x = NDArray<Double>([1, 3, 3, 1], (0..<9).map(Double.init))
    #expect(try run(Cropping2D(cropping: ((1, 0), (0, 2))), x).elements == [3, 6])
    #expect(try run(Cropping2D(cropping: ((0, 2), (1, 0))), x).elements == [1, 2])
  }

  @Test(arguments: [[1, 1], [2, 2], [3, 2], [1, 4]])
  func `nearest upsampling repeats pixels`(_ size: [Int]) throws {
    let x = image()
    let y = try run(UpSampling2D(size: pair(size)), x)
    #expect(
      y
        == .generate([2, 4 * size[0], 5 * size[1], 3]) { place in
          x.at(place[0], place[1] / size[0], place[2] / size[1], place[3])
        })
    let first = UpSampling2D(size: pair(size), dataFormat: .channelsFirst)
    #expect(try run(first, x.permuted([0, 3, 1, 2])) == y.permuted([0, 3, 1, 2]))
    let line = x.reshaped([8, 5, 3])
    #expect(
      try run(UpSampling1D(size: size[1]), line)
        == .generate([8, 5 * size[1], 3]) { line.at($0[0], $0[1] / size[1], $0[2]) })
  }

  @Test(arguments: [[1, 1], [2, 2], [3, 2], [5, 7]], [true, false])
  func `bilinear upsampling weighs pixels by their distance`(
    _ size: [Int], _ half: Bool
  ) throws {
    let layer = UpSampling2D(size: pair(size), interpolation: .bilinear, halfPixelCenters: half)
    let trial = try LayerTrial(layer, [2, 4, 5, 3])
    let x = trial.inputs[0]
    // Each pixel counts by how near it is to the place, which stays inside the image.
    func weight(_ index: Int, _ pixel: Int, _ size: Int, _ count: Int) -> Double {
      let shift = half ? 0.5 : 0
      let place = (Double(index) + shift) / Double(size) - shift
      return max(0, 1 - abs(min(max(place, 0), Double(count - 1)) - Double(pixel)))
    }
    let expected = NDArray<Double>.generate([2, 4 * size[0], 5 * size[1], 3]) { place in
      var sum = 0.0
      for row in 0..<4 {
        for column in 0..<5 {
          sum +=
            weight(place[1], row, size[0], 4) * weight(place[2], column, size[1], 5)
            * x.at(place[0], row, column, place[3])
        }
      }
      return sum
    }
    #expect(trial.distance(to: expected) < 1e-14)
    #expect(trial.roundingShare() <= 1)
    let first = UpSampling2D(
      size: pair(size), dataFormat: .channelsFirst, interpolation: .bilinear, halfPixelCenters: half
    )
    #expect(try run(first, x.permuted([0, 3, 1, 2])) == trial.output.permuted([0, 3, 1, 2]))
  }

  @Test func `flattening gives the same vector for both formats`() throws {
    let x = image()
    #expect(try run(Flatten(), x) == x.reshaped([2, 60]))
    #expect(
      try run(Flatten(dataFormat: .channelsFirst), x.permuted([0, 3, 1, 2])) == x.reshaped([2, 60]))
    #expect(try run(Flatten(), x.reshaped([120])) == x.reshaped([120, 1]))
    #expect(try Flatten().outputShapes(for: [[nil, nil, 3]]) == [[nil, nil]])
  }

  @Test func `reshaping keeps the order of the elements`() throws {
    let x = image()
    #expect(try run(Reshape([3, -1, 2]), x) == x.reshaped([2, 3, 10, 2]))
    #expect(try run(Reshape([60]), x) == x.reshaped([2, 60]))
    #expect(try run(Reshape([]), x.reshaped([120, 1])) == x.reshaped([120]))
    #expect(try Reshape([4, -1]).outputShapes(for: [[nil, nil, 4]]) == [[nil, 4, nil]])
    #expect(try Reshape([4, 2]).outputShapes(for: [[nil, nil, 4]]) == [[nil, 4, 2]])
  }

  @Test(arguments: [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]])
  func `a permutation is its definition`(_ dims: [Int]) throws {
    let x = image()
    #expect(try run(Permute(dims), x) == x.permuted([0] + dims))
  }

  @Test func `a vector is repeated`() throws {
    let x = image([2, 7])
    #expect(try run(RepeatVector(4), x) == .generate([2, 4, 7]) { x.at($0[0], $0[2]) })
  }

  @Test(arguments: [
    ([1 / 127.5], [-1.0]), ([1, 2, 3], [0]), ([0.3], [0.1, 0.2, 0.7]), ([3, 2, 1], [1, 2, 3]),
  ])
  func `rescaling is its definition`(_ scale: [Double], _ offset: [Double]) throws {
    let trial = try LayerTrial(Rescaling(scale, offset: offset), [2, 4, 5, 3])
    let x = trial.inputs[0]
    let expected = NDArray<Double>.generate(x.dimensions) { place in
      x.at(place[0], place[1], place[2], place[3]) * scale[scale.count == 1 ? 0 : place[3]]
        + offset[offset.count == 1 ? 0 : place[3]]
    }
    #expect(trial.distance(to: expected) == 0)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `empty batches stay empty`() throws {
    let empty = NDArray<Double>([0, 4, 5, 3], [])
    let layers: [any Layer] = [
      ZeroPadding2D(), Cropping2D(cropping: ((1, 1), (1, 1))), UpSampling2D(),
      UpSampling2D(interpolation: .bilinear), Flatten(), Permute([3, 1, 2]), Rescaling([2]),
      MaxPooling2D(), AveragePooling2D(), GlobalMaxPooling2D(), Softmax(), ReLU(),
    ]
    for layer in layers { #expect(try run(layer, empty).elements.isEmpty) }
  }

  @Test func `what cannot be reshaped is refused`() {
    func refused(_ layer: any Layer, _ shape: Shape) -> String {
      refusal { try layer.outputShapes(for: [shape]) }
    }
    let image: Shape = [nil, 4, 5, 3]
    #expect(
      refused(ZeroPadding2D(), [nil, 4])
        == "input has shape [None, 4]; expected [batch, height, width, channels]")
    #expect(
      refused(ZeroPadding2D(padding: ((0, Int.max), (0, 0))), image)
        == "attribute 'padding' is [0, \(Int.max), 0, 0]; expected sizes that can be counted")
    #expect(
      refused(ZeroPadding1D(padding: (-1, 0)), [nil, 4, 5])
        == "attribute 'padding' is [-1, 0]; expected integers of at least 0")
    #expect(
      refused(Cropping2D(cropping: ((2, 2), (0, 0))), image)
        == "input of shape [None, 4, 5, 3] is too small along axis 1: the output would be empty")
    #expect(
      refused(Cropping2D(cropping: ((Int.max, Int.max), (0, 0))), image)
        == "input of shape [None, 4, 5, 3] is too small along axis 1: the output would be empty")
    #expect(
      refusal { try Cropping1D(attributes: ["cropping": .ints([1])]) }
        == "attribute 'cropping' is [1]; expected 2 integers")
    #expect(
      refused(UpSampling2D(size: (1, Int.max)), image)
        == "attribute 'size' is \(Int.max); expected sizes that can be counted")
    #expect(
      refused(UpSampling1D(size: 0), [nil, 4, 5]) == "attribute 'size' is 0; expected at least 1")
    #expect(
      refused(Flatten(), [nil, Int.max, 2])
        == "shape [None, \(Int.max), 2] has more elements than can be counted")
    #expect(
      refused(Reshape([7, -1]), image)
        == "shape [None, 4, 5, 3] does not have the elements of target shape [7, -1]")
    #expect(
      refused(Reshape([0, -1]), image)
        == "shape [None, 4, 5, 3] does not have the elements of target shape [0, -1]")
    #expect(
      refused(Reshape([59]), image)
        == "shape [None, 4, 5, 3] does not have the elements of target shape [59]")
    #expect(
      refused(Reshape([-1, -1]), image)
        == "attribute 'target_shape' is [-1, -1]; expected sizes, one of which may be -1")
    #expect(
      refused(Reshape([Int.max, Int.max]), image)
        == "attribute 'target_shape' is [\(Int.max), \(Int.max)]; expected sizes that can be counted"
    )
    #expect(
      refused(Permute([1, 1]), image)
        == "attribute 'dims' is [1, 1]; expected each axis from 1 once")
    #expect(
      refused(Permute([2, 1]), image)
        == "input has shape [None, 4, 5, 3]; expected 3 axes, as dims [2, 1] say")
    #expect(
      refused(RepeatVector(2), image)
        == "input has shape [None, 4, 5, 3]; expected [batch, features]")
    #expect(
      refused(Rescaling([1, 2]), image)
        == "attribute 'scale' is 2 numbers; "
        + "expected 1 number or as many as the last axis of [None, 4, 5, 3]")
    #expect(
      refused(Rescaling([1], offset: []), image)
        == "attribute 'offset' is 0 numbers; "
        + "expected 1 number or as many as the last axis of [None, 4, 5, 3]")
  }
}
