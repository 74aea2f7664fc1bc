/// For each element of an array, the element of a smaller array whose axes are
/// some of the array's.
struct BroadcastIndices: Sendable {
  /// The strides of the smaller array along the axes of the array; 0 for an
  /// axis that the smaller one does not have.
  private let strides: [Int]
  private let dimensions: [Int]

  /// Takes the dimensions of the array, and the smaller array's size along each of
  /// its axes; 1 where it has only one element for all.
  init(_ dimensions: [Int], sizes: [Int]) {
    self.dimensions = dimensions
    var strides: [Int] = []
    var stride = 1
    for size in sizes.reversed() {
      strides.append(size == 1 ? 0 : stride)
      stride *= size
    }
    self.strides = strides.reversed()
  }

  /// The smaller array has the given axes of the array.
  init(_ dimensions: [Int], axes: [Int]) {
    self.init(
      dimensions, sizes: dimensions.indices.map { axes.contains($0) ? dimensions[$0] : 1 })
  }

  /// The number of elements along the last axis.
  var rowLength: Int { dimensions.last ?? 1 }

  /// The step of the smaller array's index from one element of a row to the next.
  var step: Int { strides.last ?? 0 }

  /// The smaller array's index at the start of a row: all axes but the last
  /// taken together.
  func start(ofRow row: Int) -> Int {
    var rest = row
    var index = 0
    for axis in dimensions.indices.dropLast().reversed() {
      index += rest % dimensions[axis] * strides[axis]
      rest /= dimensions[axis]
    }
    return index
  }
}
