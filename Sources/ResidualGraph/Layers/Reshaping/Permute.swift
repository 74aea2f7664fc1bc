internal import OrderedCollections

/// Its input with the axes after the batch axis in another order.
public struct Permute: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Permute"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// For each axis of the output the axis of the input, the batch axis being 0 and
  /// not named: `[2, 1]` transposes.
  public let dims: [Int]

  /// Makes the layer.
  public init(_ dims: [Int], name: String? = nil) {
    self.dims = dims
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `dims`.
  public init(attributes: Attributes) throws(ModelError) {
    dims = try attributes.ints("dims")
    try check()
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["dims": .ints(dims)] }

  private func check() throws(ModelError) {
    guard dims.sorted().elementsEqual(1..<dims.count + 1) else {
      throw .attribute("dims", expected: "each axis from 1 once", found: "\(dims)")
    }
  }

  /// The sizes of the input in the order of the output.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    try check()
    let input = try singleInput(inputs)
    guard input.rank == dims.count + 1 else {
      throw .rank(expected: "\(dims.count + 1) axes, as dims \(dims) say", found: input)
    }
    return [Shape([input[0]] + dims.map { input[$0] })]
  }

  /// Permutes the axes.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    inputs.map { $0.permuted([0] + dims) }
  }

  /// Exact.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] { outputs.map(RoundingBound.exact) }
}
