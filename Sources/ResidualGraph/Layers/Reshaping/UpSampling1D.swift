internal import OrderedCollections

/// A sequence `(batch, length, channels)` with each step repeated.
public struct UpSampling1D: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "UpSampling1D"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// How often each step is there.
  public let size: Int

  /// Makes the layer, with the default of Keras 3.
  public init(size: Int = 2, name: String? = nil) {
    self.size = size
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `size`.
  public init(attributes: Attributes) throws(ModelError) {
    size = try attributes.positiveInt("size", default: 2)
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["size": .int(size)] }

  /// `(batch, length·size, channels)`.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    let input = try singleInput(inputs)
    try DataFormat.channelsLast.checkSpatialRank(1, of: input)
    return [try input.enlarged(axis: 1, by: size)]
  }

  /// Repeats the steps.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    inputs.map { $0.repeated(along: 1, by: size) }
  }

  /// Exact.
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] { outputs.map(RoundingBound.exact) }
}

extension Shape {
  /// The shape with one axis `size` times as long.
  ///
  /// - Throws: `ModelError.attribute` for a size that is not at least 1 or too large.
  func enlarged(axis: Int, by size: Int) throws(ModelError) -> Shape {
    guard size > 0 else { throw .attribute("size", expected: "at least 1", found: "\(size)") }
    guard let old = self[axis] else { return self }
    let (new, overflow) = old.multipliedReportingOverflow(by: size)
    guard !overflow else {
      throw .attribute("size", expected: "sizes that can be counted", found: "\(size)")
    }
    var output = self
    output[axis] = new
    return output
  }
}
