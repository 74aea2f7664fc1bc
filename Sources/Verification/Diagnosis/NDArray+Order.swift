internal import ModelGraph

extension NDArray {
  /// The array with each element replaced.
  func mapped<Other: ReferenceScalar>(_ body: (Scalar) -> Other) -> NDArray<Other> {
    NDArray<Other>(dimensions, elements.map(body))
  }

  /// The array with its axes in another order: axis `order[i]` of this array comes i-th.
  func transposed(_ order: [Int]) -> NDArray {
    let strides = strides
    let sizes = order.map { dimensions[$0] }
    return gathered(sizes, start: 0, strides: order.map { strides[$0] })
  }

  /// The array with its elements the other way round along some axes.
  func reversed(along axes: [Int]) -> NDArray {
    var strides = strides
    var start = 0
    for axis in axes where dimensions[axis] > 0 {
      start += strides[axis] * (dimensions[axis] - 1)
      strides[axis] = -strides[axis]
    }
    return gathered(dimensions, start: start, strides: strides)
  }

  /// The array with zeros around it.
  ///
  /// - Parameter margins: Before and after, for each axis.
  func padded(_ margins: [(before: Int, after: Int)]) -> NDArray {
    let sizes = zip(dimensions, margins).map { $0 + $1.before + $1.after }
    var padded = NDArray(repeating: 0, sizes)
    let targets = padded.strides
    var start = 0
    for (stride, margin) in zip(targets, margins) { start += stride * margin.before }
    var index = [Int](repeating: 0, count: dimensions.count)
    for element in elements {
      var place = start
      for (axis, position) in index.enumerated() { place += position * targets[axis] }
      padded.elements[place] = element
      advance(&index, dimensions)
    }
    return padded
  }

  private var strides: [Int] {
    var strides = [Int](repeating: 1, count: dimensions.count)
    for axis in dimensions.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * dimensions[axis + 1]
    }
    return strides
  }

  private func gathered(_ sizes: [Int], start: Int, strides: [Int]) -> NDArray {
    var gathered = NDArray(sizes, elements)
    var index = [Int](repeating: 0, count: sizes.count)
    for place in gathered.elements.indices {
      var source = start
      for (axis, position) in index.enumerated() { source += position * strides[axis] }
      gathered.elements[place] = elements[source]
      advance(&index, sizes)
    }
    return gathered
  }

  /// The next index in row-major order.
  private func advance(_ index: inout [Int], _ sizes: [Int]) {
    for axis in sizes.indices.reversed() {
      index[axis] += 1
      if index[axis] < sizes[axis] { return }
      index[axis] = 0
    }
  }
}

/// All orders of so many things.
func permutations(of count: Int) -> [[Int]] {
  guard count > 0 else { return [[]] }
  return permutations(of: count - 1).flatMap { smaller in
    (0...smaller.count).map { place in
      var larger = smaller
      larger.insert(count - 1, at: place)
      return larger
    }
  }
}
