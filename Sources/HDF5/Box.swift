/// A rectangular part of an array: what the library can select in one step.
struct Box: Hashable {
  var start: [Int]
  var count: [Int]
  /// The number of elements.
  var elementCount: Int

  /// Cuts a range of elements, counted row-major, into boxes that follow one another.
  ///
  /// A range cuts an array raggedly; a box grows from the first element left along the outermost
  /// dimension that it can fill, so there are at most two boxes for each dimension.
  /// - Parameters:
  ///   - range: Within the array.
  ///   - shape: At least one dimension, the number of elements not overflowing.
  static func boxes(covering range: Range<Int>, of shape: [Int]) -> [Box] {
    // strides[k]: elements in one step along dimension k
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    var boxes: [Box] = []
    var position = range.lowerBound
    while position < range.upperBound {
      let remaining = range.upperBound - position
      let axis =
        shape.indices.first { position.isMultiple(of: strides[$0]) && strides[$0] <= remaining }
        ?? shape.count - 1
      let start = shape.indices.map { position / strides[$0] % shape[$0] }
      let steps = min(shape[axis] - start[axis], remaining / strides[axis])
      let count = shape.indices.map { $0 < axis ? 1 : $0 == axis ? steps : shape[$0] }
      boxes.append(Box(start: start, count: count, elementCount: steps * strides[axis]))
      position += steps * strides[axis]
    }
    return boxes
  }
}
