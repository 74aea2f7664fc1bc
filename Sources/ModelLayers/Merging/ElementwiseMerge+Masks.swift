// What merges do with masks. As `keras/src/layers/merging/base_merge.py` and `multiply.py`.

extension ElementwiseMerge {
  /// A list of inputs; some merges compute with the masks of these, as Keras does since 3.4.
  public var signature: Signature {
    Signature(
      Signature.inputs.parameters,
      maskUse: Self.function.heedsMasks && maskRule == .any ? .honoured : .ignored)
  }

  /// The inputs, combined where masks let them through.
  ///
  /// An element that is hidden leaves a product as it is, and 0 where all are hidden; of a largest
  /// or smallest element it takes no part, unless all are hidden.
  public func define(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard inputs.count > 1 else { return try define(inputs, in: &definition) }
    let rank = inputs.map(\.shape.rank).max() ?? 0
    // Keras loses the masks of inputs that it gives more axes.
    guard zip(inputs, masks).allSatisfy({ $1 == nil || $0.shape.rank == rank }) else {
      throw .incompatibleShapes(
        inputs.map(\.shape), rule: "those with a mask must have as many axes as the others")
    }
    let aligned = try aligned(inputs, in: &definition)
    var wide: [Definition.Value?] = []
    for (input, mask) in zip(inputs, masks) {
      guard let mask else {
        wide.append(nil)
        continue
      }
      guard mask.shape.rank == input.shape.rank - 1 else {
        throw .incompatibleShapes(
          [input.shape, mask.shape], rule: "a mask must have all axes but the last")
      }
      wide.append(try definition.reshape(mask, mask.shape.dimensions + [1]))
    }
    return [
      Self.function == .multiply
        ? try maskedProduct(aligned, wide, in: &definition)
        : try maskedExtreme(aligned, wide, in: &definition)
    ]
  }

  private func maskedProduct(
    _ inputs: [Definition.Value], _ masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let select = Primitives.Selection()
    var factors: [Definition.Value] = []
    for (input, mask) in zip(inputs, masks) {
      guard let mask else {
        factors.append(input)
        continue
      }
      factors.append(try definition.apply(select, to: mask, input, definition.constant([1], [])))
    }
    let product = try merged(factors, in: &definition)
    let known = masks.compactMap(\.self)
    guard known.count == inputs.count else { return product }
    let any = try definition.joined(known, by: .any)
    return try definition.apply(select, to: any, product, definition.constant([0], []))
  }

  private func maskedExtreme(
    _ inputs: [Definition.Value], _ masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let select = Primitives.Selection()
    var (made, madeMask) = (inputs[0], masks[0])
    for (input, mask) in zip(inputs, masks).dropFirst() {
      var next = input
      if let mask { next = try definition.apply(select, to: mask, next, made) }
      if let madeMask { made = try definition.apply(select, to: madeMask, made, next) }
      if let mask, let other = madeMask {
        madeMask = try definition.joined([other, mask], by: .any)
      } else {
        madeMask = nil
      }
      made = try merged([made, next], in: &definition)
    }
    return made
  }

  /// The masks of the inputs, joined.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] {
    let known = masks.compactMap(\.self)
    guard !known.isEmpty, maskRule == .all || known.count == inputs.count else { return [] }
    return [try definition.joined(known, by: maskRule)]
  }
}

extension Primitives.Combination.Function {
  /// Whether Keras's merge by the function computes with masks.
  fileprivate var heedsMasks: Bool {
    switch self {
    case .multiply, .maximum, .minimum: true
    default: false
    }
  }
}
