import ModelLayers
import TestSupport
import Testing

/// Layers of products over chosen axes.
@Suite struct ContractingLayerTests {
  /// Sizes of both inputs, axes, and the result's sizes by hand.
  private static let settings: [(first: [Int], second: [Int], axes: (Int, Int), made: [Int])] = [
    ([2, 4, 5], [2, 3, 5], (2, 2), [2, 4, 3]),
    ([2, 4, 5], [2, 5, 3], (-1, -2), [2, 4, 3]),
    ([2, 4, 5], [2, 4, 3], (1, 1), [2, 5, 3]),
    ([2, 5], [2, 5], (1, -1), [2, 1]),
    ([2, 5], [2, 5, 3], (1, 1), [2, 3]),
    ([2, 3, 5], [2, 5], (2, 1), [2, 3]),
  ]

  /// An array with three axes of which the last is summed: items, what is left, vectors.
  private func vectors(_ x: NDArray<Double>, _ axis: Int) -> NDArray<Double> {
    guard x.dimensions.count == 3 else { return x.reshaped([x.dimensions[0], 1, x.dimensions[1]]) }
    return (axis + 3) % 3 == 2 ? x : x.permuted([0, 2, 1])
  }

  @Test(arguments: settings.indices, [false, true])
  func `vectors along the axes are multiplied and summed`(_ index: Int, _ normalizes: Bool) throws {
    let (first, second, axes, made) = Self.settings[index]
    let trial = try LayerTrial(Dot(axes: axes, normalizes: normalizes), first, second)
    let x = vectors(trial.inputs[0], axes.0)
    let y = vectors(trial.inputs[1], axes.1)
    let expected = NDArray<Double>.generate([2, x.dimensions[1], y.dimensions[1]]) { place in
      var (sum, squares) = (0.0, (0.0, 0.0))
      for k in 0..<x.dimensions[2] {
        let (one, other) = (x.at(place[0], place[1], k), y.at(place[0], place[2], k))
        sum += one * other
        squares = (squares.0 + one * one, squares.1 + other * other)
      }
      return normalizes ? sum / (squares.0 * squares.1).squareRoot() : sum
    }
    #expect(trial.distance(to: expected.reshaped(made)) < 1e-14)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `a vector of nearly no length is divided by the least that counts`() throws {
    let x = NDArray<Double>([3, 2], [3, 4, 3e-6, 4e-6, 3e-8, 4e-8])
    let y = NDArray<Double>([3, 2], [1, 0, 1, 0, 1, 0])
    let layer = Dot(axes: (1, 1), normalizes: true)
    let today = layer.forward([x, y], Parameters())[0]
    var attributes = layer.attributes
    attributes["limit"] = .string("square")
    let before = try Dot(attributes: attributes).forward([x, y], Parameters())[0]
    for (found, expected) in zip(today.elements, [0.6, 0.6, 0.3]) {
      #expect(abs(found - expected) < 1e-12)
    }
    for (found, expected) in zip(before.elements, [0.6, 0.6, 0.03]) {
      #expect(abs(found - expected) < 1e-12)
    }
  }

  @Test func `axes that no product has are refused`() {
    func refused(_ axes: (Int, Int), _ shapes: Shape...) -> String {
      refusal { try Dot(axes: axes).outputShapes(for: shapes) }
    }
    #expect(
      refused((0, 1), [nil, 5], [nil, 5])
        == "attribute 'axes' is [0, 1]; expected other axes than that of the batch")
    #expect(
      refused((2, 1), [nil, 5], [nil, 5])
        == "attribute 'axes' is 2; expected an axis of the input's shape [None, 5]")
    #expect(refused((1, 1), [nil, 5], [nil, 4]) != "")
    #expect(refused((1, 1), [nil, 5]) == "has 1 inputs; expected 2")
  }

  /// Equation, sizes, letters of the bias; kernel, bias and result by hand.
  private static let equations:
    [(
      equation: String, sizes: [Int?], bias: String, input: [Int], kernel: [Int], biasSizes: [Int]?,
      made: [Int]
    )] = [
      ("ab,bc->ac", [5], "", [2, 6], [6, 5], nil, [2, 5]),
      ("abc,cd->abd", [nil, 5], "d", [2, 4, 6], [6, 5], [5], [2, 4, 5]),
      ("abc,cde->abde", [4, 2, 3], "d", [2, 4, 6], [6, 2, 3], [2, 1], [2, 4, 2, 3]),
      ("abc,cde->abde", [4, 2, 3], "be", [2, 4, 6], [6, 2, 3], [4, 1, 3], [2, 4, 2, 3]),
      ("abc,bcd->ad", [3], "d", [2, 4, 6], [4, 6, 3], [3], [2, 3]),
      ("abc,bcd->abd", [4, 3], "bd", [2, 4, 6], [4, 6, 3], [4, 3], [2, 4, 3]),
      ("...x,xy->...y", [5], "y", [2, 3, 4, 6], [6, 5], [5], [2, 3, 4, 5]),
      ("ab...,bc->ac...", [5], "c", [2, 3, 4, 6], [3, 5], [5, 1, 1], [2, 5, 4, 6]),
    ]

  @Test(arguments: equations.indices)
  func `an equation tells the weights and the result`(_ index: Int) throws {
    let (equation, sizes, bias, input, kernel, biasSizes, made) = Self.equations[index]
    let layer = EinsumDense(equation, outputShape: sizes, biasAxes: bias)
    let weights = try layer.parameters(for: [Shape(input)])
    #expect(weights.map(\.shape) == [kernel] + (biasSizes.map { [$0] } ?? []))
    #expect(try layer.outputShapes(for: [Shape(input)]) == [Shape(made)])
    let trial = try LayerTrial(layer, input)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `heads are matrices side by side`() throws {
    let layer = EinsumDense(
      "abc,cde->abde", outputShape: [4, 2, 3], activation: .relu(), biasAxes: "d")
    let trial = try LayerTrial(layer, [2, 4, 6])
    let (kernel, bias) = try (
      #require(trial.parameters["kernel"]), #require(trial.parameters["bias"])
    )
    let expected = NDArray<Double>.generate([2, 4, 2, 3]) { place in
      let sum = (0..<6).reduce(0.0) {
        $0 + trial.inputs[0].at(place[0], place[1], $1) * kernel.at($1, place[2], place[3])
      }
      return max(sum + bias.at(place[2], 0), 0)
    }
    #expect(trial.distance(to: expected) < 1e-14)
  }

  @Test(arguments: [
    "ab,bc", "ab,bc->ac ", "aab,bc->ac", "ab,bc->ad", "ab,bd->ac", "...ab,bc->ac", "a...,ab->b...",
    "...ab...,bc->...ac...", "ab,bc,cd->ad", "ab,b...->ab", "",
  ])
  func `what no equation of the layer is is refused`(_ equation: String) {
    let layer = EinsumDense(equation, outputShape: [3])
    #expect(throws: ModelError.self) { try layer.outputShapes(for: [[nil, 4]]) }
  }

  @Test func `sizes that an equation does not have are refused`() {
    func refused(
      _ equation: String, _ sizes: [Int?], bias: String = "", _ shape: Shape
    ) -> String {
      refusal {
        try EinsumDense(equation, outputShape: sizes, biasAxes: bias).outputShapes(for: [shape])
      }
    }
    #expect(
      refused("abc,cd->abd", [5, 3], [nil, 4, 6])
        == "attribute 'output_shape' is [5, 3]; expected 4 along 'b'")
    #expect(
      refused("abc,cd->abd", [4], [nil, 4, 6])
        == "attribute 'output_shape' is [4]; expected the sizes of 'abd'")
    #expect(
      refused("abc,cd->abd", [4, nil], [nil, 4, 6])
        == "input has shape [None, 4, 6]; the size of 'd' must be known")
    #expect(
      refused("ab,bc->ac", [3], bias: "b", [nil, 4])
        == "attribute 'bias_axes' is 'b'; expected letters of 'ac'")
    #expect(refused("ab,bc->ac", [3], [nil, 4, 6]) != "")
  }
}
