internal import OrderedCollections

/// Its inputs one after the other along an axis; they agree in all others.
public struct Concatenate: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Concatenate"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axis, the batch axis being 0; a negative one counts from the last.
  public let axis: Int

  /// Makes the layer, with the default of Keras 3.
  public init(axis: Int = -1, name: String? = nil) {
    self.axis = axis
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `axis`.
  public init(attributes: Attributes) throws(ModelError) {
    axis = try attributes.int("axis", default: -1)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["axis": .int(axis)] }

  /// The shape of the inputs, their sizes along the axis added up.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    guard var output = inputs.first else {
      throw .inputCount(expected: "at least 1", found: 0)
    }
    let axis = try output.axis(axis)
    for input in inputs.dropFirst() {
      guard input.rank == output.rank else { throw mismatch(inputs, axis) }
      for other in 0..<output.rank where other != axis {
        switch (output[other], input[other]) {
        case (let first?, let second?) where first != second: throw mismatch(inputs, axis)
        case (nil, let size): output[other] = size
        default: break
        }
      }
      guard let first = output[axis], let second = input[axis] else {
        output[axis] = nil
        continue
      }
      let (sum, overflow) = first.addingReportingOverflow(second)
      guard !overflow else {
        throw .invalidShape(input, reason: "is too large to be appended along axis \(axis)")
      }
      output[axis] = sum
    }
    return [output]
  }

  private func mismatch(_ inputs: [Shape], _ axis: Int) -> ModelError {
    .incompatibleShapes(inputs, rule: "they must be equal but for axis \(axis)")
  }

  /// Joins the inputs.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    guard var dimensions = inputs.first?.dimensions else { return [] }
    let axis = axis < 0 ? axis + dimensions.count : axis
    let outerCount = dimensions[..<axis].reduce(1, *)
    dimensions[axis] = inputs.map { $0.dimensions[axis] }.reduce(0, +)
    var elements: [Scalar] = []
    elements.reserveCapacity(dimensions.reduce(1, *))
    for outer in 0..<outerCount {
      for input in inputs {
        let run = input.dimensions[axis...].reduce(1, *)
        elements.append(contentsOf: input.elements[outer * run..<(outer + 1) * run])
      }
    }
    return [NDArray(dimensions, elements)]
  }

  /// Exact.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] { outputs.map(RoundingBound.exact) }
}
