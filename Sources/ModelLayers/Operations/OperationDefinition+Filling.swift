// Lines of the table that fill, turn and join tensors.

extension OperationDefinition {
  static let filling: [OperationDefinition] = [
    .init("ZerosLike", [.init(name: "dtype", form: .text)], elements: .any) {
      x, s, d throws(ModelError) in
      [try d.filled(like: x[0], d.constant([0], []), s)]
    },
    .init("OnesLike", [.init(name: "dtype", form: .text)], elements: .any) {
      x, s, d throws(ModelError) in
      [try d.filled(like: x[0], d.constant([1], []), s)]
    },
    // The size of each axis.
    .init("Shape", elements: .any, makes: .int32) { x, _, d throws(ModelError) in
      let shape = x[0].shape
      guard shape.rank > 0 else { throw .rank(expected: "at least 1 axis", found: shape) }
      // Where the sizes are not known yet, only shapes are asked for.
      let sizes = d.constant(shape.dimensions.map { Double($0 ?? 0) }, [shape.rank])
      // All items are taken together, as the number of them is among the sizes.
      let sum = try d.apply(
        Primitives.Reduction(.sum, over: Array(shape.dimensions.indices)), to: x[0])
      let made = try d.apply(Primitives.Selection(), to: d.constant([1], []), sizes, sum)
      return [try d.apply(Primitives.Conversion(to: .int32), to: made)]
    },
    .init("FullLike", ["x", "fill_value"], [.init(name: "dtype", form: .text)], elements: .any) {
      x, s, d throws(ModelError) in
      [try d.filled(like: x[0], x[1], s)]
    },
    .init(
      "Rot90", ["array"],
      [
        .init(name: "k", form: .int, fallback: .int(1)),
        .init(name: "axes", form: .ints, fallback: .ints([0, 1])),
      ], elements: .any
    ) { x, s, d throws(ModelError) in
      let shape = x[0].shape
      let list = try s.ints("axes", count: 2)
      let (first, second) = (
        try shape.axis(list[0], attribute: "axes"), try shape.axis(list[1], attribute: "axes")
      )
      guard first != second else {
        throw .attribute("axes", expected: "two axes that differ", found: "\(list)")
      }
      var order = Array(shape.dimensions.indices)
      order.swapAt(first, second)
      switch ((try s.int("k") % 4) + 4) % 4 {
      case 0: return x
      case 1: return [try d.transpose(d.reversed(x[0], along: [second]), order)]
      case 2: return [try d.reversed(x[0], along: [first, second])]
      default: return [try d.reversed(d.transpose(x[0], order), along: [second])]
      }
    },
    .init("Tril", [.init(name: "k", form: .int, fallback: .int(0))]) { x, s, d throws(ModelError) in
      [try d.band(of: x[0], lower: nil, upper: s.int("k"))]
    },
    .init("Triu", [.init(name: "k", form: .int, fallback: .int(0))]) { x, s, d throws(ModelError) in
      [try d.band(of: x[0], lower: s.int("k"), upper: nil)]
    },
    // A number of -1 is all diagonals of that side.
    .init("BandPart", [.int("num_lower"), .int("num_upper")]) { x, s, d throws(ModelError) in
      let (lower, upper) = (try s.int("num_lower"), try s.int("num_upper"))
      return [
        try d.band(
          of: x[0], lower: lower < 0 ? nil : -lower, upper: upper < 0 ? nil : upper)
      ]
    },
    // A size of -1 is all that there is left.
    .init("Slice", ["inputs"], [.ints("start_indices"), .ints("shape")], elements: .any) {
      x, s, d throws(ModelError) in
      let shape = x[0].shape
      let (starts, counts) = (try s.ints("start_indices"), try s.ints("shape"))
      guard starts.count == shape.rank, counts.count == shape.rank else {
        throw .attribute(
          "start_indices", expected: "a start and a size for each axis of \(shape)",
          found: "\(starts)")
      }
      var ranges: [Primitives.Slice.Range] = []
      for (axis, (start, count)) in zip(starts, counts).enumerated() {
        let (end, overflow) = start.addingReportingOverflow(max(count, 0))
        guard start >= 0, count >= -1, !overflow, end <= shape[axis] ?? .max else {
          throw .attribute(
            "shape", expected: "what axis \(axis) of \(shape) has", found: "\(count) from \(start)")
        }
        ranges.append(count == -1 && start == 0 ? .all : .init(start, count == -1 ? nil : end))
      }
      return [try d.apply(Primitives.Slice(ranges), to: x[0])]
    },
    .init("Append", ["x1", "x2"], [.axisOrWhole], elements: .joined) { x, s, d throws(ModelError) in
      guard s["axis"] != nil else {
        return [try d.concatenation([d.flattened(x[0]), d.flattened(x[1])], axis: 0)]
      }
      return [try d.concatenation(x, axis: x[0].shape.axis(s.int("axis")))]
    },
    joining("Vstack", axis: 0), joining("Hstack", axis: 1), joining("Dstack", axis: 2),
  ]

  /// Joins any number of tensors, of two axes or as many as it takes, along one that is always the
  /// same.
  private static func joining(_ name: String, axis: Int) -> OperationDefinition {
    .init(name, ["xs"], counts: 1...Int.max, elements: .joined) { x, _, d throws(ModelError) in
      let least = max(2, axis + 1)
      guard x[0].shape.rank >= least else {
        throw .rank(expected: "at least \(least) axes", found: x[0].shape)
      }
      return x.count == 1 ? x : [try d.concatenation(x, axis: axis)]
    }
  }
}

extension Definition {
  /// The elements of matrices from one diagonal to another, and zeros elsewhere; diagonal 0 is the
  /// main one, and those above it are positive.
  mutating func band(of x: Value, lower: Int?, upper: Int?) throws(ModelError) -> Value {
    let rank = x.shape.rank
    guard rank > 1 else { throw .rank(expected: "at least 2 axes", found: x.shape) }
    // Where the sizes are not known yet, only shapes are asked for.
    guard let rows = x.shape[rank - 2], let columns = x.shape[rank - 1] else { return x }
    guard max(rows, columns) <= Constant.maximumElementCount else {
      throw .invalidShape(x.shape, reason: "has matrices that are too large to be masked")
    }
    let row = constant((0..<rows).map(Double.init), [rows, 1])
    let column = constant((0..<columns).map(Double.init), [1, columns])
    let diagonal = try combination(.subtract, column, row)
    let zero = constant([0], [])
    var band = x
    for (limit, comparison) in [
      (lower, Primitives.Comparison.Relation.greaterEqual), (upper, .lessEqual),
    ] {
      guard let limit else { continue }
      let isInside = try apply(
        Primitives.Comparison(comparison), to: diagonal, constant([Double(limit)], []))
      band = try apply(Primitives.Selection(), to: isInside, band, zero)
    }
    return band
  }

  /// A number in the shape of a tensor.
  mutating func filled(
    like x: Value, _ number: Value, _ settings: Attributes
  ) throws(ModelError) -> Value {
    var type = x.type.dtype
    if settings["dtype"] != nil { type = try settings.numberType("dtype") }
    guard number.shape.rank == 0 else {
      throw .argument(
        "fill_value", found: "a tensor of shape \(number.shape)", expected: "a number")
    }
    let filled = try apply(Primitives.Selection(), to: constant([1], []), number, x)
    switch type {
    case .bool: return try truth(filled)
    case _ where type.isInteger:
      return try integers([filled], as: type, wraps: false) { x, _ throws(ModelError) in x }[0]
    default: return try converted(filled, to: .float32)
    }
  }

  /// A tensor that was padded with zeros, with a number in the place of these.
  mutating func filled(
    _ padded: Value, around x: Value, _ widths: [Int], with number: Double
  ) throws(ModelError) -> Value {
    var filled = padded
    for axis in x.shape.dimensions.indices {
      let (before, after) = (widths[2 * axis], widths[2 * axis + 1])
      // Where the size is not known yet, only shapes are asked for.
      guard before > 0 || after > 0, let size = x.shape[axis] else { continue }
      var inside = constant([1], x.shape.dimensions.map { _ in 1 })
      if size > 1 { inside = try repetition(inside, axis: axis, count: size) }
      func zeros(_ count: Int) -> [Int] {
        x.shape.dimensions.indices.map { $0 == axis ? count : 0 }
      }
      let mask = try padding(inside, before: zeros(before), after: zeros(after))
      filled = try apply(Primitives.Selection(), to: mask, filled, constant([number], []))
    }
    return filled
  }
}
