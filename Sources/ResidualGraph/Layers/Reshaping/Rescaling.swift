internal import OrderedCollections

/// Its input times a scale plus an offset, `y = x·scale + offset`: one of each for
/// all elements, or one for each place along the last axis.
public struct Rescaling: Layer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Rescaling"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// What the input is multiplied by: one number, or one for each channel.
  public let scale: [Double]
  /// What is added: one number, or one for each channel.
  public let offset: [Double]

  /// Makes the layer, with the default of Keras 3.
  public init(_ scale: [Double], offset: [Double] = [0], name: String? = nil) {
    self.scale = scale
    self.offset = offset
    declaration = LayerDeclaration(name: name)
  }

  /// Reads `scale` and `offset`.
  public init(attributes: Attributes) throws(ModelError) {
    scale = try attributes.doubles("scale")
    offset = try attributes.doubles("offset", default: [0])
  }

  /// The complete canonical attributes.
  public var attributes: Attributes { ["scale": .doubles(scale), "offset": .doubles(offset)] }

  /// The shape of the input.
  public func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    let input = try singleInput(inputs)
    guard input.rank > 0 else { throw .rank(expected: "a batch axis", found: input) }
    for (name, values) in [("scale", scale), ("offset", offset)] where values.count != 1 {
      guard let channels = input[-1] else {
        throw .unknownDimension(shape: input, needed: "the size of the last axis")
      }
      guard values.count == channels else {
        throw .attribute(
          name, expected: "1 number or as many as the last axis of \(input)",
          found: "\(values.count) numbers")
      }
    }
    return [input]
  }

  /// Scales the input.
  public func forward<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>
  ) -> [NDArray<Scalar>] {
    inputs.map { $0.rescaled(scale, offset) }
  }

  /// x·scale is off by two units, one of them the scale's; so is the offset by one, and
  /// the sum.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func roundingBounds<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>], _ parameters: Parameters<Scalar>, outputs: [NDArray<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    zip(inputs, outputs).map { input, output in
      let terms = input.magnitudes.rescaled(scale.map { 2 * abs($0) }, offset.map { abs($0) })
      return RoundingBound(
        length: 0, magnitude: [],
        fixed: zip(terms.elements, output.elements).map { $0 + abs($1) })
    }
  }
}

extension NDArray {
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  fileprivate func rescaled(_ scale: [Double], _ offset: [Double]) -> NDArray {
    let channelCount = dimensions.last ?? 1
    let scales = (0..<channelCount).map { Scalar(scale[scale.count == 1 ? 0 : $0]) }
    let offsets = (0..<channelCount).map { Scalar(offset[offset.count == 1 ? 0 : $0]) }
    guard !elements.isEmpty else { return self }
    let source = elements
    let result: [Scalar] = filledInParallel(
      rowCount: source.count / channelCount, rowLength: channelCount, minimumRows: 256
    ) { rows, output in
      let values = source.span
      let start = rows.lowerBound * channelCount
      for row in 0..<rows.count {
        for channel in 0..<channelCount {
          let index = row * channelCount + channel
          output[index] = values[start + index] * scales[channel] + offsets[channel]
        }
      }
    }
    return NDArray(dimensions, result)
  }
}
