// What the layers of attention share.

extension Definition {
  /// The softmax of what a mask lets through, which is broadcast as NumPy does.
  ///
  /// - Parameter hidden: What becomes of the elements that it hides.
  mutating func maskedSoftmax(
    _ x: Value, mask: Value?, axes: [Int], hidden: Softmax.HiddenElements
  ) throws(ModelError) -> Value {
    guard let mask else { return try activation(.softmax(axes: axes), x) }
    let isFit =
      try Broadcasting.shape(of: [x.shape, mask.shape], keepingFirstAxis: false) == x.shape
    guard isFit else {
      throw .incompatibleShapes(
        [x.shape, mask.shape], rule: "a mask must be as large as its input or have sizes of 1")
    }
    let axes = try x.shape.normalizedAxes(axes)
    let choice = Primitives.Selection()
    // What is hidden is as small as the least, and taken out of the sum again: a number far below all
    // others would have a bound of its size.
    let least = try reduced(.minimum, x, over: axes)
    let all = try activation(.softmax(axes: axes), apply(choice, to: mask, x, least))
    let visible = try apply(choice, to: mask, all, constant([0], []))
    let sum = try reduced(.sum, visible, over: axes)
    // A mask is aligned at the last axis.
    let own = axes.map { $0 - x.shape.rank + mask.shape.rank }.filter { $0 >= 0 }
    let hasAny = own.isEmpty ? mask : try truth(reduced(.maximum, mask, over: own))
    let shares = try combination(
      .divide, visible, apply(choice, to: hasAny, sum, constant([1], [])))
    guard hidden != .zero else { return shares }
    // Where all is hidden, all that was 10⁹ less is alike: numbers of float32 are 64 apart there.
    let alike =
      hidden == .replace
      ? try combination(.multiply, x, 0)
      : try combination(
        .multiply, function(.round, combination(.divide, x, 64)), 64)
    return try apply(choice, to: hasAny, shares, activation(.softmax(axes: axes), alike))
  }

  /// A reduction that keeps its axes with size 1.
  private mutating func reduced(
    _ function: Primitives.Reduction.Function, _ x: Value, over axes: [Int]
  ) throws(ModelError) -> Value {
    try keeping(axes, of: x, apply(Primitives.Reduction(function, over: axes), to: x))
  }

  /// Which keys a query may look at by their places alone: truth values `(queries, keys)`.
  ///
  /// - Parameters:
  ///   - back: How many places a key may be behind its query; `nil` for any number.
  ///   - ahead: How many places it may be ahead.
  /// - Returns: `nil` where the sizes are not known yet: then only shapes are asked for.
  mutating func neighbourhood(
    queries: Int?, keys: Int?, back: Int?, ahead: Int
  ) throws(ModelError) -> Value? {
    guard let queries, let keys else { return nil }
    guard max(queries, keys) <= Constant.maximumElementCount else {
      throw .invalidShape(Shape([queries, keys]), reason: "has too many places to be masked")
    }
    // Places are compared with limits that are exact: what is computed could be beside one.
    let key = constant((0..<keys).map(Double.init), [1, keys])
    func limit(_ offset: Int, _ definition: inout Definition) -> Value {
      definition.constant((0..<queries).map { Double($0) + Double(offset) }, [queries, 1])
    }
    let last = limit(ahead, &self)
    let isBefore = try apply(Primitives.Comparison(.lessEqual), to: key, last)
    guard let back else { return isBefore }
    let first = limit(-back, &self)
    return try joined(
      [isBefore, apply(Primitives.Comparison(.greaterEqual), to: key, first)], by: .all)
  }

  /// A tensor with axes of size 1 put in before an axis.
  ///
  /// - Throws: `ModelError.rank` where it has too few axes.
  mutating func expanded(_ x: Value, at axis: Int, count: Int = 1) throws(ModelError) -> Value {
    guard count > 0 else { return x }
    if axis != x.shape.rank { try x.shape.check(axes: [axis]) }
    var sizes = x.shape.dimensions
    sizes.insert(contentsOf: Array(repeating: 1, count: count), at: axis)
    return try reshape(x, sizes, keepsFirstAxis: axis > 0)
  }
}
