extension Shape {
  /// The axis that an attribute names, counted from the first.
  ///
  /// - Throws: `ModelError.attribute` where the shape has no such axis.
  func axis(_ axis: Int, attribute name: String = "axis") throws(ModelError) -> Int {
    guard axis >= -rank, axis < rank else {
      throw .attribute(
        name, expected: "an axis of the input's shape \(self)", found: "\(axis)")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// The axes that an attribute names, counted from the first, in ascending order.
  ///
  /// - Throws: `ModelError.attribute` where the shape has no such axis, or one
  ///   is named twice.
  func axes(_ list: [Int], attribute name: String = "axis") throws(ModelError) -> [Int] {
    var axes: [Int] = []
    for number in list {
      let axis = try axis(number, attribute: name)
      guard !axes.contains(axis) else {
        throw .attribute(name, expected: "axes that differ", found: "\(list)")
      }
      axes.append(axis)
    }
    return axes.sorted()
  }
}

extension Shape {
  /// Checks that the shape has axes that a primitive names, counted from the first.
  ///
  /// - Throws: `ModelError.rank` for one that it does not have.
  func check(axes: some Collection<Int>) throws(ModelError) {
    guard let missing = axes.first(where: { !(0..<rank ~= $0) }) else { return }
    throw .rank(
      expected: missing < 1 ? "at least one axis" : "at least \(missing + 1) axes", found: self)
  }

  /// The axes that a normalization keeps parameters for, counted from the first, ascending; one
  /// that is named twice counts once.
  ///
  /// - Throws: `ModelError.attribute` for one that the shape does not have.
  func normalizedAxes(_ list: [Int]) throws(ModelError) -> [Int] {
    var axes: Set<Int> = []
    for axis in list {
      guard -rank..<rank ~= axis else {
        throw .attribute("axis", expected: "axes of the input's shape \(self)", found: "\(axis)")
      }
      axes.insert(axis < 0 ? axis + rank : axis)
    }
    return axes.sorted()
  }

  /// The sizes of axes.
  ///
  /// - Throws: `ModelError.unknownDimension`.
  func sizes(of axes: [Int]) throws(ModelError) -> [Int] {
    var sizes: [Int] = []
    for axis in axes {
      guard let size = self[axis] else {
        throw .unknownDimension(shape: self, needed: "the size of axis \(axis)")
      }
      sizes.append(size)
    }
    return sizes
  }
}

extension Collection<Int?> {
  /// The product of the sizes; `nil` where one is not known.
  ///
  /// - Throws: `ModelError.invalidShape` where the product does not fit an `Int`.
  func product(of shape: Shape) throws(ModelError) -> Int? {
    let known = compactMap(\.self)
    guard let product = known.checkedProduct() else {
      throw .invalidShape(shape, reason: "has more elements than can be counted")
    }
    return known.count == count ? product : nil
  }
}

extension NDArray {
  /// The array with its axes in another order: axis `order[i]` becomes axis `i`.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func permuted(_ order: [Int]) -> NDArray {
    guard order != Array(order.indices) else { return self }
    let made = order.map { dimensions[$0] }
    var strides = Array(repeating: 1, count: dimensions.count)
    for axis in strides.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * dimensions[axis + 1]
    }
    let moved = order.map { strides[$0] }
    let rowLength = made.last ?? 1
    let step = moved.last ?? 1
    let source = elements
    let rowCount = made.dropLast().reduce(1, *)
    let result: [Scalar] = filledInParallel(
      rowCount: rowCount, rowLength: rowLength, minimumRows: 64
    ) { rows, output in
      let values = source.span
      for (place, row) in rows.enumerated() {
        var rest = row
        var start = 0
        for axis in made.indices.dropLast().reversed() {
          start += rest % made[axis] * moved[axis]
          rest /= made[axis]
        }
        for index in 0..<rowLength {
          output[place * rowLength + index] = values[start + index * step]
        }
      }
    }
    return NDArray(made, result)
  }
}

extension [Int] {
  /// The order that undoes this one.
  var inverseOrder: [Int] {
    var inverse = self
    for (place, axis) in enumerated() { inverse[axis] = place }
    return inverse
  }
}
