// Masks are truth values: 1 for what counts.

extension Definition {
  /// Whether any of several truth values holds, or all of them: element by element.
  mutating func joined(_ masks: [Value], by rule: MaskRule) throws(ModelError) -> Value {
    guard masks.count > 1 else { return masks[0] }
    let extreme = try apply(Primitives.Combination(rule.extreme), toAll: masks)[0]
    return try truth(extreme)
  }

  /// Whether any of the truth values along the last axis holds, or all of them.
  mutating func joined(
    alongLastAxisOf mask: Value, by rule: MaskRule
  ) throws(ModelError) -> Value {
    let reduction = Primitives.Reduction(rule.extremeOfAxis, over: [mask.shape.rank - 1])
    return try truth(apply(reduction, to: mask))
  }

  /// Truth values that all hold, of the given sizes.
  mutating func truths(_ shape: Shape) throws(ModelError) -> Value {
    try truth(filled(with: 1, shape))
  }
}

extension MaskRule {
  fileprivate var extreme: Primitives.Combination.Function { self == .any ? .maximum : .minimum }

  fileprivate var extremeOfAxis: Primitives.Reduction.Function {
    self == .any ? .maximum : .minimum
  }
}
