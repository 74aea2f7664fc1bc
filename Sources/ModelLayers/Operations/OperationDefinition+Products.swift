// Lines of the table that sum up products.

extension OperationDefinition {
  static let products: [OperationDefinition] = [
    .init("Matmul", ["x1", "x2"], [.flag("transpose_a"), .flag("transpose_b")]) {
      x, s, d throws(ModelError) in
      let transposed = [
        try s.bool("transpose_a", default: false), try s.bool("transpose_b", default: false),
      ]
      for (value, isTransposed) in zip(x, transposed) {
        guard value.shape.rank > (isTransposed ? 1 : 0) else {
          throw .rank(expected: "[…, rows, columns]", found: value.shape)
        }
      }
      // Batches are aligned at the last axis; i, j and k are those of the matrices. An operand of
      // one axis is a row or a column, and the result has none in its place.
      let ranks = x.map(\.shape.rank)
      let batch = try Letters.some((ranks.max() ?? 0) - 2)
      let rows = ranks[0] == 1 ? "j" : transposed[0] ? "ji" : "ij"
      let columns = ranks[1] == 1 ? "j" : transposed[1] ? "kj" : "jk"
      let result = batch + (ranks[0] == 1 ? "" : "i") + (ranks[1] == 1 ? "" : "k")
      return [
        try d.summation(
          x,
          [
            batch.suffix(max(ranks[0] - 2, 0)) + rows, batch.suffix(max(ranks[1] - 2, 0)) + columns,
          ],
          to: result)
      ]
    },
    .init(
      "Einsum", ["operands"], counts: 1...Int.max,
      [.init(name: "subscripts", form: .text, isRequired: true)]
    ) { x, s, d throws(ModelError) in
      let equation = try EinsumEquation(s.string("subscripts"), ranks: x.map(\.shape.rank))
      return [try d.summation(x, equation.terms, to: equation.result)]
    },
    // The last axes of the one are summed with the first of the other, or those of two lists.
    .init(
      "Tensordot", ["x1", "x2"], [.init(name: "axes", form: .ints, fallback: .ints([2]))]
    ) { x, s, d throws(ModelError) in
      let list = try s.ints("axes")
      let (first, second) = (x[0].shape, x[1].shape)
      func wrong(_ expected: String) -> ModelError {
        .attribute("axes", expected: expected, found: "\(list)")
      }
      var pairs: [(Int, Int)] = []
      if list.count == 1 {
        guard (0...min(first.rank, second.rank)).contains(list[0]) else {
          throw wrong("at most the axes of \(first) and \(second)")
        }
        pairs = (0..<list[0]).map { (first.rank - list[0] + $0, $0) }
      } else {
        guard list.count.isMultiple(of: 2) else { throw wrong("as many axes of each operand") }
        for (one, other) in zip(list.prefix(list.count / 2), list.suffix(list.count / 2)) {
          pairs.append(
            (try first.axis(one, attribute: "axes"), try second.axis(other, attribute: "axes")))
        }
        guard Set(pairs.map(\.0)).count == pairs.count, Set(pairs.map(\.1)).count == pairs.count
        else { throw wrong("axes that differ") }
      }
      return [try d.dotted(x[0], x[1], pairs)]
    },
    // NumPy's: the last axis with the last but one, and numbers as factors.
    .init("Dot", ["x1", "x2"]) { x, _, d throws(ModelError) in
      let (first, second) = (x[0].shape.rank, x[1].shape.rank)
      guard first > 0, second > 0 else { return [try d.combination(.multiply, x[0], x[1])] }
      return [try d.dotted(x[0], x[1], [(first - 1, max(second - 2, 0))])]
    },
    .init("Inner", ["x1", "x2"]) { x, _, d throws(ModelError) in
      let (first, second) = (x[0].shape.rank, x[1].shape.rank)
      guard first > 0, second > 0 else { return [try d.combination(.multiply, x[0], x[1])] }
      return [try d.dotted(x[0], x[1], [(first - 1, second - 1)])]
    },
    .init("Outer", ["x1", "x2"]) { x, _, d throws(ModelError) in
      [try d.dotted(d.flattened(x[0]), d.flattened(x[1]), [])]
    },
    .init("Vdot", ["x1", "x2"]) { x, _, d throws(ModelError) in
      [try d.dotted(d.flattened(x[0]), d.flattened(x[1]), [(0, 0)])]
    },
    // Every product of two elements; those of the second tensor are the places of a block.
    .init("Kron", ["x1", "x2"]) { x, _, d throws(ModelError) in
      let rank = max(x[0].shape.rank, x[1].shape.rank)
      func spread(_ x: Definition.Value) -> [Int?] {
        Array(repeating: 1, count: rank - x.shape.rank) + x.shape.dimensions
      }
      let (first, second) = (spread(x[0]), spread(x[1]))
      let blocks = try d.reshape(
        x[0], first.flatMap { [$0, 1] }, keepsFirstAxis: x[0].shape.rank == rank)
      let places = try d.reshape(x[1], second.flatMap { [1, $0] }, keepsFirstAxis: false)
      var sizes: [Int?] = []
      for pair in zip(first, second) {
        sizes.append(try [pair.0, pair.1].product(of: x[0].shape))
      }
      return [
        try d.reshape(d.combination(.multiply, blocks, places), sizes, keepsFirstAxis: false)
      ]
    },
    // softmax(q·kᵀ·scale + bias)·v for each head; the scale is 1 ÷ √depth.
    .init(
      "DotProductAttention", ["query", "key", "value", "bias", "mask"], counts: 3...4,
      [
        .bool("is_causal", false), .init(name: "flash_attention", form: .bool),
        .init(name: "attn_logits_soft_cap", form: .double), .init(name: "scale", form: .double),
        .given,
      ]
    ) { x, s, d throws(ModelError) in
      for (value, name) in zip(x, ["query", "key", "value"]) where value.shape.rank != 4 {
        throw .rank(expected: "[batch, time, heads, depth] of the \(name)", found: value.shape)
      }
      if case .strings(let given)? = s["given"], given.contains("mask") {
        throw .attribute("given", expected: "no mask", found: "\(given)")
      }
      guard try !s.bool("is_causal", default: false) else {
        throw .attribute("is_causal", expected: "false", found: "true")
      }
      guard s["attn_logits_soft_cap"] == nil else {
        throw .attribute(
          "attn_logits_soft_cap", expected: "none", found: "\(try s.double("attn_logits_soft_cap"))"
        )
      }
      guard let depth = x[0].shape[3], depth > 0 else {
        throw .unknownDimension(shape: x[0].shape, needed: "the size of axis 3")
      }
      let scale = try s.optionalDouble("scale") ?? 1 / Double(depth).squareRoot()
      let products = try d.contraction(x[0], "btnh", x[1], "bsnh", to: "bnts")
      var scores = try d.combination(.multiply, products, scale)
      if x.count > 3 { scores = try d.combination(.add, scores, x[3]) }
      let weights = try d.activation(.softmax(axes: [3]), scores)
      return [try d.contraction(weights, "bnts", x[2], "bsnh", to: "btnh")]
    },
    diagonal("Diagonal") { x, _, _ throws(ModelError) in x },
    diagonal("Trace") { x, axis, d throws(ModelError) in
      try d.apply(Primitives.Reduction(.sum, over: [axis]), to: x)
    },
  ]

  /// The elements of which two axes have the same place, as the last axis, and what is made of them.
  private static func diagonal(
    _ name: String,
    _ make:
      @escaping @Sendable (
        Definition.Value, Int, inout Definition
      ) throws(ModelError) -> Definition.Value
  ) -> OperationDefinition {
    .init(
      name, ["x"],
      [
        .init(name: "offset", form: .int, fallback: .int(0)),
        .init(name: "axis1", form: .int, fallback: .int(0)),
        .init(name: "axis2", form: .int, fallback: .int(1)),
      ], elements: name == "Trace" ? .real : .any
    ) { x, s, d throws(ModelError) in
      let shape = x[0].shape
      let axes = [
        try shape.axis(s.int("axis1"), attribute: "axis1"),
        try shape.axis(s.int("axis2"), attribute: "axis2"),
      ]
      guard axes[0] != axes[1] else {
        throw .attribute("axis2", expected: "another axis than axis1", found: "\(axes[1])")
      }
      let line = try d.diagonal(of: x[0], axes[0], axes[1], offset: s.int("offset"))
      return [try make(line, line.shape.rank - 1, &d)]
    }
  }
}

extension Definition {
  /// The elements of which two axes have the same place, as the last axis.
  ///
  /// - Parameter offset: How many places the second axis is ahead.
  mutating func diagonal(
    of x: Value, _ first: Int, _ second: Int, offset: Int = 0
  ) throws(ModelError) -> Value {
    let rest = x.shape.dimensions.indices.filter { $0 != first && $0 != second }
    let moved = try transpose(x, rest + [first, second])
    guard let rows = x.shape[first], let columns = x.shape[second] else {
      // Where the sizes are not known yet, only shapes are asked for.
      return try reshape(
        moved, rest.map { x.shape[$0] } + [nil], keepsFirstAxis: rest.first == 0)
    }
    // A step is a column more than there are.
    let isInside =
      rows > 0 && (1..<Int.max).contains(columns) && (1 - rows..<columns).contains(offset)
    guard isInside, let count = [rows, columns].checkedProduct() else {
      throw .attribute(
        "offset", expected: "a diagonal of \(rows) by \(columns)", found: "\(offset)")
    }
    let length = offset < 0 ? min(rows + offset, columns) : min(rows, columns - offset)
    // Of rows one after the other, each next element is a row and a place further.
    let line = try reshape(
      moved, rest.map { x.shape[$0] } + [count],
      keepsFirstAxis: rest.first == 0)
    let start = offset < 0 ? -offset * columns : offset
    var ranges = line.shape.dimensions.map { _ in Primitives.Slice.Range.all }
    ranges[rest.count] = .init(start, start + (length - 1) * (columns + 1) + 1, step: columns + 1)
    return try apply(Primitives.Slice(ranges), to: line)
  }

  /// A product of two tensors, summed over pairs of axes; the others follow each other.
  fileprivate mutating func dotted(
    _ x: Value, _ y: Value, _ pairs: [(Int, Int)]
  ) throws(ModelError) -> Value {
    let letters = try Letters.some(x.shape.rank + y.shape.rank).map { $0 }
    let first = Array(letters.prefix(x.shape.rank))
    var second = Array(letters.dropFirst(x.shape.rank))
    for (one, other) in pairs { second[other] = first[one] }
    let summed = pairs.map { first[$0.0] }
    let result = (first + second).filter { !summed.contains($0) }
    return try summation([x, y], [String(first), String(second)], to: String(result))
  }

  /// Einstein's summation: over every letter that the result does not have.
  ///
  /// An axis of size 1 is repeated along an axis of the same letter.
  mutating func summation(
    _ x: [Value], _ terms: [String], to result: String
  ) throws(ModelError) -> Value {
    var operands: [(value: Value, letters: [Character])] = []
    for (value, term) in zip(x, terms) {
      operands.append(try withoutDiagonals(value, Array(term)))
    }
    for index in operands.indices {
      let others = operands.indices.filter { $0 != index }.map { operands[$0] }
      operands[index] = try withoutRepeated(operands[index], along: others)
    }
    for index in operands.indices {
      let others = operands.indices.filter { $0 != index }.flatMap { operands[$0].letters }
      operands[index] = try summed(operands[index], keeping: others + result)
    }
    if operands.count > 2 { return try summedProduct(operands, to: result) }
    guard operands.count == 2 else {
      let (value, letters) = operands[0]
      return try transpose(value, result.map { letters.firstIndex(of: $0) ?? 0 })
    }
    return try contraction(
      operands[0].value, String(operands[0].letters), operands[1].value,
      String(operands[1].letters), to: result)
  }

  /// Every product of three or more tensors, and their sum: in which order others add up is not
  /// said, and this bounds them all.
  private mutating func summedProduct(
    _ operands: [(value: Value, letters: [Character])], to result: String
  ) throws(ModelError) -> Value {
    let all = operands.flatMap(\.letters)
    let summed = Set(all).subtracting(result).sorted()
    let letters = Array(result) + summed
    var factors: [Value] = []
    for (value, own) in operands {
      let order = letters.compactMap { own.firstIndex(of: $0) }
      let moved = try transpose(value, order)
      let sizes = letters.map { letter in own.firstIndex(of: letter).map { value.shape[$0] } ?? 1 }
      factors.append(
        try reshape(moved, sizes, keepsFirstAxis: letters.first.map(own.contains) ?? false))
    }
    let product = try apply(Primitives.Combination(.multiply), toAll: factors)[0]
    guard !summed.isEmpty else { return product }
    let axes = Array(result.count..<letters.count)
    return try apply(Primitives.Reduction(.sum, over: axes), to: product)
  }

  /// A tensor of which no two axes have the same letter.
  private mutating func withoutDiagonals(
    _ x: Value, _ letters: [Character]
  ) throws(ModelError) -> (value: Value, letters: [Character]) {
    guard x.shape.rank == letters.count else {
      throw .rank(expected: "\(letters.count) axes", found: x.shape)
    }
    var (value, letters) = (x, letters)
    while let second = letters.indices.first(where: { letters[..<$0].contains(letters[$0]) }),
      let first = letters.firstIndex(of: letters[second])
    {
      guard value.shape[first] == value.shape[second] else {
        throw .incompatibleShapes([x.shape], rule: "its axes '\(letters[first])' must be equal")
      }
      value = try diagonal(of: value, first, second)
      let letter = letters.remove(at: second)
      letters.remove(at: first)
      letters.append(letter)
    }
    return (value, letters)
  }

  /// A tensor without its axes of size 1 that others have in another size.
  private mutating func withoutRepeated(
    _ operand: (value: Value, letters: [Character]),
    along others: [(value: Value, letters: [Character])]
  ) throws(ModelError) -> (value: Value, letters: [Character]) {
    let (value, letters) = operand
    let kept = letters.indices.filter { axis in
      value.shape[axis] != 1
        || others.allSatisfy { other in
          other.letters.firstIndex(of: letters[axis]).map { other.value.shape[$0] == 1 } ?? true
        }
    }
    guard kept.count < letters.count else { return operand }
    return (
      try reshape(value, kept.map { value.shape[$0] }, keepsFirstAxis: kept.first == 0),
      kept.map { letters[$0] }
    )
  }

  /// A tensor summed over the axes that nobody else needs.
  private mutating func summed(
    _ operand: (value: Value, letters: [Character]), keeping needed: [Character]
  ) throws(ModelError) -> (value: Value, letters: [Character]) {
    let (value, letters) = operand
    let own = letters.indices.filter { !needed.contains(letters[$0]) }
    guard !own.isEmpty else { return operand }
    return (
      try apply(Primitives.Reduction(.sum, over: own), to: value),
      letters.indices.filter { !own.contains($0) }.map { letters[$0] }
    )
  }
}

/// Letters for axes.
enum Letters {
  /// All but those of the axes of matrices.
  private static let all = "abcdefghlmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

  /// So many letters.
  ///
  /// - Throws: `ModelError.attribute` for more than there are.
  static func some(
    _ count: Int, besides used: Set<Character> = []
  ) throws(ModelError) -> String {
    let letters = all.filter { !used.contains($0) }
    guard count <= letters.count else {
      throw .attribute("axes", expected: "at most \(letters.count)", found: "\(count)")
    }
    return String(letters.prefix(max(count, 0)))
  }
}
