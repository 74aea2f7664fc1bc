extension Primitives {
  /// Some elements of each axis, in steps that may go backwards.
  public struct Slice: Movement, Hashable {
    /// What is taken of one axis.
    public struct Range: Hashable, Sendable {
      /// The first element; `nil` for the axis's own first, or its last where steps go backwards.
      public var start: Int?
      /// The element before which the steps end; `nil` for the axis's own end.
      public var stop: Int?
      /// The distance between two elements; not 0.
      public var step: Int

      /// Takes elements as Python's `start:stop:step` does.
      public init(_ start: Int? = nil, _ stop: Int? = nil, step: Int = 1) {
        self.start = start
        self.stop = stop
        self.step = step
      }

      /// All of an axis.
      public static let all = Range()

      /// The place of the first element and the number of elements, of an axis of a size.
      func resolved(_ size: Int) -> (first: Int, count: Int) {
        func clamp(_ place: Int, _ low: Int, _ high: Int) -> Int {
          let (sum, overflow) = place.addingReportingOverflow(place < 0 ? size : 0)
          return Swift.min(Swift.max(overflow ? low : sum, low), high)
        }
        if step > 0 {
          let first = start.map { clamp($0, 0, size) } ?? 0
          let end = stop.map { clamp($0, 0, size) } ?? size
          return (first, end > first ? (end - first - 1) / step + 1 : 0)
        }
        let first = start.map { clamp($0, -1, size - 1) } ?? size - 1
        let end = stop.map { clamp($0, -1, size - 1) } ?? -1
        return (first, first > end ? (first - end - 1) / step.magnitudeAsInt + 1 : 0)
      }
    }

    /// What is taken of each axis.
    public var ranges: [Range]

    /// Makes the primitive.
    public init(_ ranges: [Range]) { self.ranges = ranges }

    /// As many elements along each axis as are taken.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      var shape = inputs[0].shape
      guard shape.rank == ranges.count else {
        throw .rank(expected: "\(ranges.count) axes", found: shape)
      }
      for (axis, range) in ranges.enumerated() where range != .all {
        guard range.step != 0 else {
          throw .attribute("key", expected: "steps other than 0", found: "0")
        }
        shape[axis] = shape[axis].map { range.resolved($0).count }
      }
      return [TensorType(shape, inputs[0].dtype)]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      guard case .axis(let axis) = inputs[0].0 else { return inputs[0].0 }
      return ranges[axis] == .all ? .axis(axis) : .mixed
    }

    /// Computes the results.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      let input = inputs[0]
      let taken = zip(ranges, input.dimensions).map { $0.resolved($1) }
      let made = taken.map(\.count)
      var strides = Array(repeating: 1, count: made.count)
      for axis in strides.indices.dropLast().reversed() {
        strides[axis] = strides[axis + 1] * input.dimensions[axis + 1]
      }
      let origin = zip(taken, strides).reduce(0) { $0 + $1.0.first * $1.1 }
      // A step that is never taken may be of any size.
      let steps = zip(ranges, strides).enumerated().map { axis, pair in
        made[axis] > 1 ? pair.0.step * pair.1 : 0
      }
      let rowLength = made.last ?? 1
      let elements: [Scalar] = filledInParallel(
        rowCount: made.dropLast().reduce(1, *), rowLength: rowLength, minimumRows: 64
      ) { rows, output in
        let values = input.elements.span
        for (place, row) in rows.enumerated() {
          var rest = row
          var start = origin
          for axis in made.indices.dropLast().reversed() {
            start += rest % made[axis] * steps[axis]
            rest /= made[axis]
          }
          for index in 0..<rowLength {
            output[place * rowLength + index] = values[start + index * (steps.last ?? 0)]
          }
        }
      }
      return [NDArray(made, elements)]
    }
  }
}

extension Int {
  /// The distance from 0, or the largest number where there is none.
  fileprivate var magnitudeAsInt: Int { Int(exactly: magnitude) ?? .max }
}
