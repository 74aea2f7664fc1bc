/// How tensors of different shapes fit together, element by element: an axis of size 1 is repeated
/// to the size of the others.
enum Broadcasting {
  /// The shape of the result.
  ///
  /// - Parameter keepingFirstAxis: Whether shapes are aligned as layers of Keras align them, at the
  ///   batch axis, which must be equal, and at the last; else as NumPy does, at the last.
  /// - Throws: `ModelError.incompatibleShapes`, or `ModelError.rank` for a scalar in a layer.
  static func shape(of inputs: [Shape], keepingFirstAxis: Bool) throws(ModelError) -> Shape {
    let rank = inputs.map(\.rank).max() ?? 0
    var result = Shape(Array(repeating: 1, count: rank))
    for (place, input) in inputs.enumerated() {
      guard !keepingFirstAxis || input.rank > 0 else {
        throw .rank(expected: "a batch axis", found: input)
      }
      let expanded = expanded(
        input.dimensions, rank: rank, by: 1, keepingFirstAxis: keepingFirstAxis)
      for axis in 0..<rank {
        let isBatch = axis == 0 && keepingFirstAxis
        let merged = isBatch && place == 0 ? expanded[axis] : result[axis]
        guard let size = merge(merged, expanded[axis], isBatch: isBatch) else {
          throw .incompatibleShapes(
            inputs,
            rule: isBatch
              ? "their batch sizes must be equal" : "they must be equal or broadcast")
        }
        result[axis] = size
      }
    }
    return result
  }

  /// The size that two sizes make, `nil` inside for one that is not known, or `nil`
  /// for two that do not fit.
  private static func merge(_ first: Int?, _ second: Int?, isBatch: Bool) -> Int?? {
    switch (first, second) {
    case (let first?, let second?):
      if first == second { return .some(first) }
      if isBatch { return nil }
      return first == 1 ? .some(second) : second == 1 ? .some(first) : nil
    // What is not known must turn out to be 1 or the other size, unless that is 1.
    case (let size?, nil), (nil, let size?): return .some(size == 1 && !isBatch ? nil : size)
    case (nil, nil): return .some(nil)
    }
  }

  /// The sizes with as many of 1 in front, or after the batch axis, as the rank needs.
  static func expanded<Size>(
    _ sizes: [Size], rank: Int, by one: Size, keepingFirstAxis: Bool
  ) -> [Size] {
    let ones = Array(repeating: one, count: rank - sizes.count)
    return keepingFirstAxis ? sizes.prefix(1) + ones + sizes.dropFirst() : ones + sizes
  }

  /// The arrays, each repeated to the shape they have together, as NumPy does.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  static func broadcast<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>]
  ) -> [NDArray<Scalar>] {
    let rank = inputs.map(\.dimensions.count).max() ?? 0
    let shapes = inputs.map {
      expanded($0.dimensions, rank: rank, by: 1, keepingFirstAxis: false)
    }
    let dimensions = (0..<rank).map { axis in
      shapes.map { $0[axis] }.first { $0 != 1 } ?? 1
    }
    return inputs.map { $0.broadcast(to: dimensions) }
  }
}

extension NDArray {
  /// The array with axes of size 1 repeated, and new ones in front.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func broadcast(to dimensions: [Int]) -> NDArray {
    let sizes = Broadcasting.expanded(
      self.dimensions, rank: dimensions.count, by: 1, keepingFirstAxis: false)
    guard sizes != dimensions else { return reshaped(dimensions) }
    let indices = BroadcastIndices(dimensions, sizes: sizes)
    let rowLength = indices.rowLength
    let step = indices.step
    let source = elements
    let result: [Scalar] = filledInParallel(
      rowCount: dimensions.dropLast().reduce(1, *), rowLength: rowLength,
      minimumRows: max(1, Self.minimumChunk / max(1, rowLength))
    ) { rows, output in
      let values = source.span
      for (place, row) in rows.enumerated() {
        let start = indices.start(ofRow: row)
        for index in 0..<rowLength {
          output[place * rowLength + index] = values[start + index * step]
        }
      }
    }
    return NDArray(dimensions, result)
  }

  /// Arrays of one shape merged element by element, from the first to the last.
  ///
  /// It is inlined, so that the loop can be vectorised: only specialised
  /// functions may call it.
  @inline(__always)
  static func merged(
    _ arrays: [NDArray], _ combine: some PairFormula<Scalar>
  ) -> NDArray {
    guard let first = arrays.first else { return NDArray([0], []) }
    let start = first.elements
    let others = arrays.dropFirst().map(\.elements)
    let result: [Scalar] = filledInParallel(
      rowCount: first.elements.count, rowLength: 1, minimumRows: minimumChunk
    ) { range, output in
      let values = start.span.extracting(range)
      for index in values.indices { output[index] = values[index] }
      for source in others {
        let values = source.span.extracting(range)
        for index in values.indices { output[index] = combine(output[index], values[index]) }
      }
    }
    return NDArray(first.dimensions, result)
  }
}
