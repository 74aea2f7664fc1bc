import ModelLayers
import TestSupport
import Testing

@Suite struct MergingTests {
  static let layers: [any Layer] = [
    Add(), Subtract(), Multiply(), Average(), Maximum(), Minimum(),
  ]

  func merged(_ kind: String, _ values: [Double]) -> Double {
    switch kind {
    case "Add": values.reduce(0, +)
    case "Subtract": values[0] - values[1]
    case "Multiply": values.reduce(1, *)
    case "Average": values.reduce(0, +) / Double(values.count)
    case "Maximum": values.max() ?? 0
    default: values.min() ?? 0
    }
  }

  /// The element of an input that goes to a place of the output, whose rank is 4.
  func element(_ x: NDArray<Double>, _ place: [Int]) -> Double {
    let sizes =
      [x.dimensions[0]] + Array(repeating: 1, count: 4 - x.dimensions.count)
      + x.dimensions.dropFirst()
    return x.reshaped(sizes).at(
      sizes[0] == 1 ? 0 : place[0], sizes[1] == 1 ? 0 : place[1], sizes[2] == 1 ? 0 : place[2],
      sizes[3] == 1 ? 0 : place[3])
  }

  @Test(
    arguments: layers.indices,
    [
      [[2, 3, 4, 5], [2, 3, 4, 5]], [[2, 3, 4, 5], [2, 1, 1, 5]], [[2, 1, 4, 1], [2, 3, 1, 5]],
      [[2, 5], [2, 3, 4, 5]], [[2, 3, 4, 5], [2, 4, 5]], [[2, 3, 4, 5], [2, 1, 5], [2, 5]],
      [[2, 3, 4, 5], [2, 3, 4, 5], [2, 3, 4, 5], [2, 3, 4, 5]],
    ])
  func `a merge is its definition`(_ index: Int, _ shapes: [[Int]]) throws {
    let layer = Self.layers[index]
    let shapes = layer.kind == "Subtract" ? Array(shapes.prefix(2)) : shapes
    var generator = Generator(state: 3)
    let inputs = shapes.map { generator.array($0) }
    let output = layer.forward(inputs, Parameters())[0]
    let expected = NDArray<Double>.generate([2, 3, 4, 5]) { place in
      merged(layer.kind, inputs.map { element($0, place) })
    }
    #expect(output.dimensions == expected.dimensions)
    #expect(try layer.outputShapes(for: inputs.map(\.shape)) == [output.shape])
    for (found, wanted) in zip(output.elements, expected.elements) {
      #expect(abs(found - wanted) < 1e-15)
    }
  }

  @Test(arguments: layers.indices, [2, 3, 8])
  func `single precision stays inside the bound of a merge`(_ index: Int, _ count: Int) throws {
    let layer = Self.layers[index]
    let count = layer.kind == "Subtract" ? 2 : count
    var generator = Generator(state: 5)
    let inputs = (0..<count).map { _ in
      let (x, scale) = (generator.array([300]), generator.array([300]))
      return NDArray(
        [300],
        zip(x.elements, scale.elements).map {
          Double(Float($0 * (1 + 1e4 * abs($1 * $1 * $1))))
        })
    }
    let exact = layer.forward(inputs, Parameters())[0]
    let narrow = inputs.map { NDArray($0.dimensions, $0.elements.map { Float($0) }) }
    let rounded = layer.forward(narrow, Parameters())[0]
    let bound = layer.roundingBounds(inputs, Parameters(), outputs: [exact])[0]
    for place in 0..<300 {
      let sum = bound.magnitude.isEmpty ? 0 : Double(bound.length) * bound.magnitude[place]
      let error = abs(Double(rounded.elements[place]) - exact.elements[place])
      // γ(n) is a little more than n·u.
      #expect(error <= 0x1p-24 * (sum + bound.fixed[place]) * 1.000001)
    }
    if ["Maximum", "Minimum"].contains(layer.kind) {
      #expect(bound.magnitude.isEmpty && bound.fixed.allSatisfy { $0 == 0 })
    }
  }

  @Test func `NaN in either input is not hidden`() {
    for layer in [Maximum(), Minimum()] as [any Layer] {
      let inputs: [NDArray<Float>] = [NDArray([3], [.nan, 1, 2]), NDArray([3], [1, .nan, 3])]
      let output = layer.forward(inputs, Parameters())[0].elements
      #expect(output.map(\.isNaN) == [true, true, false])
    }
  }

  @Test func `unknown sizes are kept where they stay unknown`() throws {
    func shape(_ shapes: Shape...) throws -> Shape { try Add().outputShapes(for: shapes)[0] }
    #expect(try shape([nil, 4], [nil, 4]) == [nil, 4])
    #expect(try shape([nil, nil, 3], [nil, 7, 3]) == [nil, 7, 3])
    #expect(try shape([nil, nil, 3], [nil, 1, 3]) == [nil, nil, 3])
    #expect(try shape([2, nil, 3], [nil, nil, 1]) == [2, nil, 3])
    #expect(try shape([nil, 3]) == [nil, 3])
  }

  @Test func `inputs that do not fit are refused`() {
    func refused(_ layer: any Layer, _ shapes: Shape...) -> String {
      refusal { try layer.outputShapes(for: shapes) }
    }
    #expect(
      refused(Add(), [nil, 256, 256, 64], [nil, 256, 256, 3])
        == "inputs have shapes [None, 256, 256, 64] and [None, 256, 256, 3]; "
        + "they must be equal or broadcast")
    #expect(
      refused(Multiply(), [2, 3], [1, 3])
        == "inputs have shapes [2, 3] and [1, 3]; their batch sizes must be equal")
    #expect(refused(Subtract(), [nil, 3]) == "has 1 inputs; expected 2")
    #expect(refused(Add()) == "has 0 inputs; expected at least 1")
    #expect(
      refused(Add(), Shape([Int]()), [nil, 3]) == "input has shape []; expected a batch axis")
    #expect(
      refused(Concatenate(axis: 3), [nil, 3], [nil, 3])
        == "attribute 'axis' is 3; expected an axis of the input's shape [None, 3]")
    #expect(
      refused(Concatenate(), [nil, 3, 4], [nil, 2, 4])
        == "inputs have shapes [None, 3, 4] and [None, 2, 4]; they must be equal but for axis 2")
    #expect(
      refused(Concatenate(), [nil, 3, 4], [nil, 4])
        == "inputs have shapes [None, 3, 4] and [None, 4]; they must be equal but for axis 2")
    #expect(
      refused(Concatenate(), [nil, Int.max], [nil, 1])
        == "shape [None, 1] is too large to be appended along axis 1")
  }

  @Test(arguments: [0, 1, 2, -1, -2])
  func `a concatenation is its definition`(_ axis: Int) throws {
    let place = axis < 0 ? axis + 3 : axis
    var generator = Generator(state: 9)
    let inputs = (1...3).map { size in
      var dimensions = [2, 3, 4]
      dimensions[place] = size
      return generator.array(dimensions)
    }
    let output = Concatenate(axis: axis).forward(inputs, Parameters())[0]
    let expected = NDArray<Double>.generate(output.dimensions) { target in
      var source = target
      var input = 0
      while source[place] >= inputs[input].dimensions[place] {
        source[place] -= inputs[input].dimensions[place]
        input += 1
      }
      return inputs[input].at(source[0], source[1], source[2])
    }
    #expect(output.dimensions[place] == 6)
    #expect(output == expected)
    #expect(try Concatenate(axis: axis).outputShapes(for: inputs.map(\.shape)) == [output.shape])
  }
}
