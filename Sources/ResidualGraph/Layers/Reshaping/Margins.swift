internal import OrderedCollections

/// What is put around an input, or taken away around it, along its spatial axes.
struct Margins: Hashable, Sendable {
  /// Before and after, for each spatial axis.
  var amounts: [Int]
  var dataFormat: DataFormat

  init(_ amounts: [Int], _ dataFormat: DataFormat) {
    self.amounts = amounts
    self.dataFormat = dataFormat
  }

  /// Reads the amounts under a key, and `data_format`.
  init(_ attributes: Attributes, _ key: String, rank: Int, default fallback: Int)
    throws(ModelError)
  {
    let amounts = Array(repeating: fallback, count: 2 * rank)
    self.amounts = try attributes.ints(key, count: 2 * rank, default: amounts)
    dataFormat = try attributes.choice("data_format", default: DataFormat.channelsLast)
    try check(key, rank: rank)
  }

  /// Throws `ModelError.attribute` where the amounts make no sense.
  private func check(_ key: String, rank: Int) throws(ModelError) {
    guard amounts.count == 2 * rank else {
      throw .attribute(key, expected: "\(2 * rank) integers", found: "\(amounts)")
    }
    guard amounts.allSatisfy({ $0 >= 0 }) else {
      throw .attribute(key, expected: "integers of at least 0", found: "\(amounts)")
    }
  }

  /// The attributes with the amounts under a key.
  func attributes(_ key: String) -> Attributes {
    [key: .ints(amounts), "data_format": .string(dataFormat.rawValue)]
  }

  /// The shape of the input with the margins around it.
  func added(to input: Shape, _ key: String, rank: Int) throws(ModelError) -> Shape {
    try check(key, rank: rank)
    var output = input
    for (place, axis) in try axes(of: input, rank: rank).enumerated() {
      guard let size = input[axis] else { continue }
      let (first, overflow) = size.addingReportingOverflow(amounts[2 * place])
      let (sum, overflowToo) = first.addingReportingOverflow(amounts[2 * place + 1])
      guard !overflow, !overflowToo else {
        throw .attribute(key, expected: "sizes that can be counted", found: "\(amounts)")
      }
      output[axis] = sum
    }
    return output
  }

  /// The shape of the input without the margins.
  func removed(from input: Shape, _ key: String, rank: Int) throws(ModelError) -> Shape {
    try check(key, rank: rank)
    var output = input
    for (place, axis) in try axes(of: input, rank: rank).enumerated() {
      guard let size = input[axis] else { continue }
      // Neither difference can overflow: what is taken away is not negative.
      let rest = size - amounts[2 * place]
      guard rest > amounts[2 * place + 1] else { throw .emptyOutput(input: input, axis: axis) }
      output[axis] = rest - amounts[2 * place + 1]
    }
    return output
  }

  private func axes(of input: Shape, rank: Int) throws(ModelError) -> Range<Int> {
    try dataFormat.checkSpatialRank(rank, of: input)
    return dataFormat.spatialAxes(rank: input.rank)
  }

  /// The array with the margins around it, of zeros.
  func added<Scalar: ReferenceScalar>(to input: NDArray<Scalar>) -> NDArray<Scalar> {
    moved(input, sign: 1)
  }

  /// The array without the margins.
  func removed<Scalar: ReferenceScalar>(from input: NDArray<Scalar>) -> NDArray<Scalar> {
    moved(input, sign: -1)
  }

  private func moved<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>, sign: Int
  ) -> NDArray<Scalar> {
    var dimensions = input.dimensions
    var offsets = Array(repeating: 0, count: dimensions.count)
    for (place, axis) in dataFormat.spatialAxes(rank: dimensions.count).enumerated() {
      dimensions[axis] += sign * (amounts[2 * place] + amounts[2 * place + 1])
      offsets[axis] = sign * amounts[2 * place]
    }
    return input.moved(by: offsets, into: dimensions)
  }
}

extension DataFormat {
  /// Throws `ModelError.rank` where an input has other than this many spatial axes.
  func checkSpatialRank(_ rank: Int, of input: Shape) throws(ModelError) {
    guard input.rank == rank + 2 else {
      let spatial = rank == 1 ? "length" : "height, width"
      let axes = self == .channelsLast ? "\(spatial), channels" : "channels, \(spatial)"
      throw .rank(expected: "[batch, \(axes)]", found: input)
    }
  }
}

extension NDArray {
  /// The array with each element moved along each axis, in other dimensions: zeros
  /// come in, and what is moved out is lost.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  fileprivate func moved(by offsets: [Int], into made: [Int]) -> NDArray {
    guard !made.contains(0) else { return NDArray(made, []) }
    let rowLength = made.last ?? 1
    let rowOffset = offsets.last ?? 0
    let sourceLength = dimensions.last ?? 1
    let source = elements
    let sizes = dimensions
    let columns =
      max(0, rowOffset)..<max(max(0, rowOffset), min(rowLength, sourceLength + rowOffset))
    let result: [Scalar] = filledInParallel(
      rowCount: made.dropLast().reduce(1, *), rowLength: rowLength, minimumRows: 64
    ) { rows, output in
      let values = source.span
      for (place, row) in rows.enumerated() {
        var rest = row
        var sourceRow = 0
        var stride = 1
        var isInside = true
        for axis in made.indices.dropLast().reversed() {
          let index = rest % made[axis] - offsets[axis]
          rest /= made[axis]
          isInside = isInside && index >= 0 && index < sizes[axis]
          sourceRow += index * stride
          stride *= sizes[axis]
        }
        guard isInside else { continue }
        let start = sourceRow * sourceLength - rowOffset
        for column in columns {
          output[place * rowLength + column] = values[start + column]
        }
      }
    }
    return NDArray(made, result)
  }
}
