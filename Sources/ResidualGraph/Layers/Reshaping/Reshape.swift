internal import OrderedCollections

/// The elements of its input, in the same row-major order, with other axes; the
/// batch axis stays.
public struct Reshape: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Reshape"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The sizes of the axes after the batch axis; one may be -1: what the others leave.
  public let targetShape: [Int]

  /// Makes the layer.
  public init(_ targetShape: [Int], name: String? = nil) {
    self.targetShape = targetShape
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `target_shape`.
  public init(attributes: Attributes) throws(ModelError) {
    targetShape = try attributes.ints("target_shape")
    try check()
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["target_shape": .ints(targetShape)] }

  private func check() throws(ModelError) {
    guard targetShape.allSatisfy({ $0 >= -1 }), targetShape.count(where: { $0 == -1 }) <= 1 else {
      throw .attribute(
        "target_shape", expected: "sizes, one of which may be -1", found: "\(targetShape)")
    }
  }

  /// The batch axis and the target shape.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    try check()
    let input = try singleInput(inputs)
    guard input.rank > 0 else { throw .rank(expected: "a batch axis", found: input) }
    var target = targetShape.map(Optional.some)
    let elementCount = try input.dimensions.dropFirst().product(of: input)
    guard let rest = targetShape.filter({ $0 != -1 }).checkedProduct() else {
      throw .attribute(
        "target_shape", expected: "sizes that can be counted", found: "\(targetShape)")
    }
    if let place = targetShape.firstIndex(of: -1) {
      target[place] = nil
      if let elementCount {
        guard rest > 0, elementCount.isMultiple(of: rest) else { throw mismatch(input) }
        target[place] = elementCount / rest
      }
    } else if let elementCount, elementCount != rest {
      throw mismatch(input)
    }
    return [Shape([input[0]] + target)]
  }

  private func mismatch(_ input: Shape) -> ModelError {
    .invalidShape(input, reason: "does not have the elements of target shape \(targetShape)")
  }

  /// Gives the input other axes.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    inputs.map { input in
      let rest = targetShape.filter { $0 != -1 }.reduce(1, *)
      let elementCount = input.dimensions.dropFirst().reduce(1, *)
      return input.reshaped(
        [input.dimensions[0]] + targetShape.map { $0 == -1 ? elementCount / rest : $0 })
    }
  }

  /// Exact.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] { outputs.map(RoundingBound.exact) }
}
