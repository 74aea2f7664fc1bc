internal import OrderedCollections

/// The rectifier with a learned slope (He et al., 2015).
///
/// `y = max(x, 0) + alpha·min(x, 0)`
///
/// Weights: alpha of the input's sizes without the batch, 1 along shared axes.
public struct PReLU: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "PReLU"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axes along which all elements have the same slope; the batch is axis 0.
  public let sharedAxes: [Int]

  /// Makes the layer, with the defaults of Keras 3.
  public init(sharedAxes: [Int] = [], alphaInitializer: Initializer = .zeros, name: String? = nil) {
    self.sharedAxes = sharedAxes
    declaration = LayerDeclaration(name: name, initializers: ["alpha": alphaInitializer])
  }

  /// Reads Keras 3's attributes; `shared_axes` is a list, empty for none.
  public init(attributes: Attributes) throws(ModelError) {
    sharedAxes = try attributes.ints("shared_axes", default: [])
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["shared_axes": .ints(sharedAxes)] }

  /// The slope of an input `(batch, …)`.
  public func parameters(for inputs: [Shape]) throws(ModelError) -> [ParameterSpecification] {
    [ParameterSpecification("alpha", try sizes(for: singleInput(inputs)))]
  }

  /// The shape of the input.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    let input = try singleInput(inputs)
    _ = try sizes(for: input)
    return [input]
  }

  private func sizes(for input: Shape) throws(ModelError) -> [Int] {
    guard input.rank >= 1 else { throw .rank(expected: "[batch, …]", found: input) }
    if let axis = sharedAxes.first(where: { !(1..<input.rank).contains($0) }) {
      throw .attribute(
        "shared_axes", expected: "axes of the input's shape \(input) but the first",
        found: "\(axis)")
    }
    var sizes: [Int] = []
    for axis in 1..<input.rank {
      guard let size = sharedAxes.contains(axis) ? 1 : input[axis] else {
        throw .unknownDimension(shape: input, needed: "the size of axis \(axis)")
      }
      sizes.append(size)
    }
    return sizes
  }
}

// MARK: - Formula

extension PReLU {
  /// Computes the layer.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    let alpha = parameters["alpha"]
    return inputs.map { input in
      let slopes = BroadcastIndices(input.dimensions, sizes: [1] + alpha.dimensions)
      let length = slopes.rowLength
      var output = input
      for row in 0..<input.dimensions.dropLast().reduce(1, *) {
        let start = slopes.start(ofRow: row)
        for index in 0..<length {
          let x = input.elements[row * length + index]
          let slope = alpha.elements[start + index * slopes.step]
          output.elements[row * length + index] = max(x, 0) + slope * min(x, 0)
        }
      }
      return output
    }
  }

  /// One unit in the last place: a product, of which the other term is 0.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    outputs.map { .relative(1, $0) }
  }
}
