/// The cosine of the angle between two vectors, which is at least one of vectors that are not nearly zero:
/// `y[b, 0, 0] = Σ x[b, k]·z[b, k] / max(√(Σ x[b, k]²·Σ z[b, k]²), 10⁻⁷)`.
///
/// Inputs `(batch, features)`. As `Merge` in mode `cos` of `keras/engine/topology.py` of Keras 1.
public struct CosineSimilarity: DeclaredLayer, Hashable {
  /// The name in the schema.
  public static let kind = "CosineSimilarity"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// No attributes.
  public static var prototype: CosineSimilarity { CosineSimilarity() }

  /// None.
  public static let fields: [AttributeField<CosineSimilarity>] = []

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// Three products and a quotient.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard inputs.count == 2 else { throw .inputCount(expected: "2", found: inputs.count) }
    for input in inputs { _ = try input.shape.features() }
    let (x, z) = (inputs[0], inputs[1])
    let squares = try definition.combination(
      .multiply, definition.contraction(x, "bk", x, "bk", to: "b"),
      definition.contraction(z, "bk", z, "bk", to: "b"))
    let length = try definition.combination(
      .maximum, definition.function(.squareRoot, squares), 1e-7)
    let cosine = try definition.combination(
      .divide, definition.contraction(x, "bk", z, "bk", to: "b"), length)
    return [try definition.reshape(cosine, [cosine.shape[0], 1, 1])]
  }
}
