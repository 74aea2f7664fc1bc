internal import OrderedCollections

/// A vector `(batch, features)` again and again: `(batch, n, features)`.
public struct RepeatVector: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "RepeatVector"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// How often the vector is there.
  public let count: Int

  /// Makes the layer.
  public init(_ count: Int, name: String? = nil) {
    self.count = count
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `n`.
  public init(attributes: Attributes) throws(ModelError) {
    count = try attributes.positiveInt("n")
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["n": .int(count)] }

  /// `(batch, n, features)`.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    let input = try singleInput(inputs)
    guard count > 0 else { throw .attribute("n", expected: "at least 1", found: "\(count)") }
    guard input.rank == 2 else { throw .rank(expected: "[batch, features]", found: input) }
    return [Shape([input[0], count, input[1]])]
  }

  /// Repeats the input.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    inputs.map { input in
      let row = [input.dimensions[0], 1, input.dimensions[1]]
      return input.reshaped(row).repeated(along: 1, by: count)
    }
  }

  /// Exact.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] { outputs.map(RoundingBound.exact) }
}

extension NDArray {
  /// The array with each place along an axis repeated.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func repeated(along axis: Int, by count: Int) -> NDArray {
    var made = dimensions
    made[axis] *= count
    guard !elements.isEmpty else { return NDArray(made, []) }
    let run = dimensions[(axis + 1)...].reduce(1, *)
    let source = elements
    let result: [Scalar] = filledInParallel(
      rowCount: source.count / run * count, rowLength: run, minimumRows: 16
    ) { rows, output in
      let values = source.span
      for (place, row) in rows.enumerated() {
        let start = row / count * run
        for index in 0..<run { output[place * run + index] = values[start + index] }
      }
    }
    return NDArray(made, result)
  }
}
