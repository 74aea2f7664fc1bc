/// Sums of products over any axes: `y = activation(einsum(equation, x, kernel) + bias)`.
///
/// The equation has a term for the input, one for the kernel and one for the result: `abc,cd->abd`.
/// An ellipsis stands for axes of the input that the result has too, at the start or the end of both
/// terms: `...ab,bc->...ac`. As `keras/src/layers/core/einsum_dense.py`.
///
/// Weights: kernel, of the sizes that its letters have in ``outputShape`` or else in the input; bias,
/// where it has axes, of those of the result from the first of them on, 1 for the others.
public struct EinsumDense: UnaryLayer, DeclaredLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "EinsumDense"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The terms of the input, the kernel and the result.
  public internal(set) var equation: String
  /// The sizes of the result's axes but those of the batch and of an ellipsis; -1 for one that is the
  /// input's.
  public internal(set) var outputShape: [Int]
  /// What is applied to the sums.
  public internal(set) var activation: ActivationFunction
  /// The letters of the axes along which a bias differs; empty for no bias.
  public internal(set) var biasAxes: String

  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ equation: String, outputShape: [Int?], activation: ActivationFunction = .linear,
    biasAxes: String = "", kernelInitializer: Initializer = .glorotUniform(),
    biasInitializer: Initializer = .zeros, name: String? = nil
  ) {
    self.equation = equation
    self.outputShape = outputShape.map { $0 ?? -1 }
    self.activation = activation
    self.biasAxes = biasAxes
    declaration = LayerDeclaration(
      name: name, initializers: ["kernel": kernelInitializer, "bias": biasInitializer])
  }

  /// No equation.
  public static var prototype: EinsumDense { EinsumDense("", outputShape: []) }

  /// The attributes.
  public static let fields: [AttributeField<EinsumDense>] = [
    .text("equation", \.equation, isRequired: true),
    .ints("output_shape", \.outputShape, isRequired: true).expecting(
      "sizes of at least 1, or -1"
    ) { $0.outputShape.allSatisfy { $0 > 0 || $0 == -1 } },
    .activation(\.activation), .text("bias_axes", \.biasAxes),
  ]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// A summation, a sum with the bias and the activation function.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let terms = try terms()
    let rest = x.shape.rank - terms.input.count
    guard terms.ellipsis == nil ? rest == 0 : rest >= 0 else {
      throw .rank(expected: "the axes of '\(equation.prefix(100))'", found: x.shape)
    }
    let isFirst = terms.ellipsis == .first
    let inputSizes = Dictionary(
      uniqueKeysWithValues: zip(terms.input, x.shape.dimensions.dropFirst(isFirst ? rest : 0)))
    // An ellipsis at the start has the axis of the batch.
    let made = (isFirst && rest > 0 ? [] : [x.shape[0]]) + outputShape.map { $0 < 0 ? nil : $0 }
    guard made.count >= terms.result.count else {
      throw .attribute(
        "output_shape", expected: "the sizes of '\(terms.result)'", found: "\(outputShape)")
    }
    let outputSizes = Dictionary(uniqueKeysWithValues: zip(terms.result, made))
    for (letter, size) in inputSizes {
      guard let size, let other = outputSizes[letter] ?? nil, size != other else { continue }
      throw .attribute(
        "output_shape", expected: "\(size) along '\(letter)'", found: "\(outputShape)")
    }
    func size(of letter: Character) throws(ModelError) -> Int {
      guard let size = outputSizes[letter] ?? inputSizes[letter] ?? nil else {
        throw .unknownDimension(shape: x.shape, needed: "the size of '\(letter)'")
      }
      return size
    }
    let kernel = definition.weight(
      "kernel", try terms.kernel.map { (letter) throws(ModelError) in try size(of: letter) })
    let full = try EinsumEquation(equation, ranks: [x.shape.rank, terms.kernel.count])
    var sums = try definition.summation([x, kernel], full.terms, to: full.result)
    if let first = terms.result.firstIndex(where: biasAxes.contains) {
      var sizes = try terms.result[first...].map { (letter) throws(ModelError) in
        biasAxes.contains(letter) ? try size(of: letter) : 1
      }
      if terms.ellipsis == .last { sizes += Array(repeating: 1, count: rest) }
      sums = try definition.combination(.add, sums, definition.weight("bias", sizes))
    }
    return try definition.activation(activation, sums)
  }

  /// The letters of the equation, and where an ellipsis is.
  private struct Terms {
    enum Place { case first, last }

    var input, kernel, result: String
    var ellipsis: Place?
  }

  /// Reads the equation.
  ///
  /// - Throws: `ModelError.attribute` for what Keras does not take.
  private func terms() throws(ModelError) -> Terms {
    let form = #/(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?/#
    guard equation.utf8.count <= 200, let match = equation.wholeMatch(of: form),
      (match.1 == nil) == (match.5 == nil), (match.3 == nil) == (match.7 == nil),
      match.1 == nil || match.3 == nil, match.3 == nil || match.2.count > 1,
      [match.2, match.4, match.6].allSatisfy({ Set($0).count == $0.count })
    else {
      throw .attribute(
        "equation", expected: "terms of letters that differ, such as 'ab,bc->ac'",
        found: "'\(equation.prefix(100))'")
    }
    let terms = Terms(
      input: String(match.2), kernel: String(match.4), result: String(match.6),
      ellipsis: match.1 != nil ? .first : match.3 != nil ? .last : nil)
    guard terms.kernel.allSatisfy({ (terms.input + terms.result).contains($0) }),
      terms.result.allSatisfy({ (terms.input + terms.kernel).contains($0) })
    else {
      throw .attribute(
        "equation", expected: "letters that another term has", found: "'\(equation.prefix(100))'")
    }
    guard biasAxes.allSatisfy(terms.result.contains) else {
      throw .attribute(
        "bias_axes", expected: "letters of '\(terms.result)'", found: "'\(biasAxes.prefix(100))'")
    }
    return terms
  }
}
