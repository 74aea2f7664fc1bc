/// Where the rows of the left factor of a matrix product come from: the patches
/// of an image under a window, the rows of an array.
protocol RowSource: Sendable {
  associatedtype Scalar: ReferenceScalar

  /// The number of rows.
  var rowCount: Int { get }
  /// The number of elements of a row.
  var rowLength: Int { get }

  /// Adds the elements of one row to zeros.
  func write(row: Int, to elements: inout MutableSpan<Scalar>)
}

/// The rows of an array, all axes but the last taken together.
struct ArrayRows<Scalar: ReferenceScalar>: RowSource {
  let array: NDArray<Scalar>
  let rowCount: Int
  let rowLength: Int

  /// Takes an array of rank 1 or more.
  init(_ array: NDArray<Scalar>) {
    self.array = array
    rowLength = array.dimensions.last ?? 1
    rowCount = array.dimensions.dropLast().reduce(1, *)
  }

  func write(row: Int, to elements: inout MutableSpan<Scalar>) {
    elements.copy(array.elements.span.extracting(row * rowLength..<(row + 1) * rowLength))
  }
}

extension MutableSpan where Element: ReferenceScalar {
  /// Copies as many elements to the start as there are in the source.
  mutating func copy(_ source: Span<Element>) {
    var target = _mutatingExtracting(0..<source.count)
    for index in source.indices { target[index] = source[index] }
  }

  /// Adds elements to as many at the start.
  mutating func add(_ source: Span<Element>) {
    var target = _mutatingExtracting(0..<source.count)
    for index in source.indices { target[index] += source[index] }
  }
}
