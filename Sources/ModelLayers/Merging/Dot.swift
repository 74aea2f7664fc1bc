/// Products of two tensors, summed over one axis of each:
/// `y[b, i…, j…] = Σₖ x[b, i…, k, …]·z[b, j…, k, …]`.
///
/// The axes of the first that are left come before those of the second; where none is, there is one
/// of size 1. Vectors along the axes may be divided by their lengths first. As
/// `keras/src/layers/merging/dot.py`.
public struct Dot: DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "Dot"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The axis of each input, the batch axis being 0; a negative one counts from the last.
  public internal(set) var axes: [Int]
  /// Whether vectors along the axes are divided by their lengths first.
  public internal(set) var normalizes: Bool
  /// What a vector is divided by at least: in Keras 3 10⁻⁷.
  public internal(set) var limit = UnitNormalization.Limit.length

  /// Makes the layer, with the default of Keras 3.
  public init(axes: (Int, Int), normalizes: Bool = false, name: String? = nil) {
    self.axes = [axes.0, axes.1]
    self.normalizes = normalizes
    declaration = LayerDeclaration(name: name)
  }

  /// No axes but those of the batch.
  public static var prototype: Dot { Dot(axes: (0, 0)) }

  /// The attributes.
  public static let fields: [AttributeField<Dot>] = [
    .ints("axes", \.axes, count: 2, isRequired: true), .flag("normalize", \.normalizes),
    .deviation("limit", \.limit, from: .length),
  ]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// A contraction for each item.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard inputs.count == 2 else { throw .inputCount(expected: "2", found: inputs.count) }
    var operands: [Definition.Value] = []
    var summed: [Int] = []
    for (input, number) in zip(inputs, axes) {
      let axis = try input.shape.axis(number, attribute: "axes")
      guard axis > 0 else {
        throw .attribute("axes", expected: "other axes than that of the batch", found: "\(axes)")
      }
      summed.append(axis)
      operands.append(normalizes ? try unit(input, axis, in: &definition) : input)
    }
    let ranks = inputs.map(\.shape.rank)
    let letters = try Letters.some(ranks[0] + ranks[1])
    let first = Array(letters.prefix(ranks[0]))
    var second = Array(letters.suffix(ranks[1]))
    (second[0], second[summed[1]]) = (first[0], first[summed[0]])
    let result = (first + second.dropFirst()).filter { $0 != first[summed[0]] }
    let sums = try definition.contraction(
      operands[0], String(first), operands[1], String(second), to: String(result))
    guard result.count == 1 else { return [sums] }
    return [try definition.reshape(sums, [sums.shape[0], 1])]
  }

  /// The vectors along an axis, divided by their lengths.
  private func unit(
    _ x: Definition.Value, _ axis: Int, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    switch limit {
    case .length: try definition.unitVectors(x, over: [axis], leastLength: 1e-7)
    case .square: try definition.unitVectors(x, over: [axis], leastSquare: 1e-12)
    }
  }
}
