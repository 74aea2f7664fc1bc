extension Primitives {
  /// Zeros put around the input, or elements taken away around it, along each axis.
  public struct Padding: Movement, Hashable {
    /// The number of zeros before and after the elements of each axis; negative ones take elements
    /// away.
    public var before, after: [Int]

    /// Makes the primitive.
    public init(before: [Int], after: [Int]) {
      self.before = before
      self.after = after
    }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      var output = inputs[0].shape
      guard output.rank == before.count, output.rank == after.count else {
        throw .rank(expected: "\(before.count) axes", found: output)
      }
      for axis in before.indices where before[axis] != 0 || after[axis] != 0 {
        guard let size = output[axis] else { continue }
        let (first, overflow) = size.addingReportingOverflow(before[axis])
        let (sum, overflowToo) = first.addingReportingOverflow(after[axis])
        guard !overflow, !overflowToo else {
          throw .invalidShape(inputs[0].shape, reason: "is too large to be padded")
        }
        guard sum >= 0 else { throw .emptyOutput(input: inputs[0].shape, axis: axis) }
        output[axis] = sum
      }
      return [TensorType(output, inputs[0].dtype)]
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      inputs.map { input in
        input.moved(
          by: before,
          into: input.dimensions.indices.map { input.dimensions[$0] + before[$0] + after[$0] })
      }
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      guard case .axis(let axis) = inputs[0].0 else { return inputs[0].0 }
      return before[axis] == 0 && after[axis] == 0 ? .axis(axis) : .mixed
    }
  }
}

extension NDArray {
  /// The array with each element moved along each axis, in other dimensions: zeros
  /// come in, and what is moved out is lost.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func moved(by offsets: [Int], into made: [Int]) -> NDArray {
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
