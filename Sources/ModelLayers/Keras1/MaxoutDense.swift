/// The largest of several products: `y[b, n] = maxₖ(Σ x[b, i]·kernel[k, i, n] + bias[k, n])`.
///
/// Input `(batch, features)`. Weights: kernel `(pieces, features, units)`, bias `(pieces, units)`. As
/// `keras/layers/core.py` of Keras 1, which alone has the layer.
public struct MaxoutDense: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "MaxoutDense"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The number of outputs.
  public internal(set) var units = 0
  /// The number of products of which one counts.
  public internal(set) var pieceCount = 4
  /// Whether a bias is added.
  public internal(set) var useBias = true

  /// Keras's defaults, without units.
  public static var prototype: MaxoutDense { MaxoutDense() }

  /// The attributes.
  public static let fields: [AttributeField<MaxoutDense>] = [
    .count("units", \.units, isRequired: true), .count("pieces", \.pieceCount),
    .flag("use_bias", \.useBias),
  ]

  /// Products, and the largest of them.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let features = try x.shape.features()
    let kernel = definition.weight("kernel", [pieceCount, features, units])
    var sums = try definition.contraction(x, "bi", kernel, "kin", to: "bkn")
    if useBias {
      sums = try definition.combination(
        .add, sums, definition.weight("bias", [pieceCount, units]))
    }
    return try definition.apply(Primitives.Reduction(.maximum, over: [1]), to: sums)
  }
}

extension Shape {
  /// The number of features of vectors `(batch, features)`.
  ///
  /// - Throws: `ModelError` for any other shape.
  func features() throws(ModelError) -> Int {
    guard rank == 2 else { throw .rank(expected: "[batch, features]", found: self) }
    guard let features = self[-1] else {
      throw .unknownDimension(shape: self, needed: "the number of features")
    }
    return features
  }
}
