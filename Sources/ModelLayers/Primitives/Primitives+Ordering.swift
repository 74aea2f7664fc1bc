extension Primitives {
  /// The first elements along one axis when they are put in order, and the places that they have
  /// there; equal ones stay in the order of their places.
  ///
  /// What is not a number is larger than all numbers.
  public struct Ordering: Primitive, Hashable {
    /// The axis, counted from the first.
    public var axis: Int
    /// How many are taken; `nil` for all.
    public var count: Int?
    /// Whether the largest comes first.
    public var isDescending: Bool

    /// The most elements that an axis may have: float32 has every place up to it.
    static let maximumAxisSize = 1 << 24

    /// Makes the primitive.
    public init(axis: Int, count: Int?, isDescending: Bool) {
      self.axis = axis
      self.count = count
      self.isDescending = isDescending
    }

    /// The places may be others.
    public var hasSteps: Bool { true }

    /// The elements and their places, which are integers.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      var shape = inputs[0].shape
      try shape.check(axes: [axis])
      if let size = shape[axis] {
        guard size <= Self.maximumAxisSize else {
          throw .invalidShape(
            shape, reason: "has too many elements along axis \(axis) to be ordered")
        }
        guard count ?? 0 <= size else {
          throw .attribute(
            "k", expected: "at most the \(size) elements of axis \(axis)", found: "\(count ?? 0)")
        }
      }
      if let count {
        guard count > 0 else { throw .attribute("k", expected: "at least 1", found: "\(count)") }
        shape[axis] = count
      }
      return [TensorType(shape, inputs[0].dtype), TensorType(shape, .int32)]
    }

    /// All elements of its axis for each that is taken: the bound looks at which may take its place.
    public func work(for inputs: [TensorType], results: [TensorType]) throws(ModelError) -> Int {
      try results.prefix(1).map(\.shape).operationCount(perElement: [
        max(inputs[0].shape[axis] ?? 0, 1)
      ])
    }

    /// Where the items of a batch are in the results.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      inputs[0].0 == .axis(axis) ? .mixed : inputs[0].0
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      let input = inputs[0]
      var made = input.dimensions
      made[axis] = count ?? made[axis]
      var (elements, places) = (
        NDArray<Scalar>(repeating: 0, made), NDArray<Scalar>(repeating: 0, made)
      )
      let run = made[(axis + 1)...].reduce(1, *)
      for row in 0..<made[..<axis].reduce(1, *) * run {
        let source = row / run * input.dimensions[axis] * run + row % run
        let target = row / run * made[axis] * run + row % run
        let line = (0..<input.dimensions[axis]).map { input.elements[source + $0 * run] }
        for (index, place) in order(of: line).prefix(made[axis]).enumerated() {
          elements.elements[target + index * run] = line[place]
          places.elements[target + index * run] = Scalar(place)
        }
      }
      return [elements, places]
    }

    /// The places of elements in order.
    private func order<Scalar: ReferenceScalar>(of line: [Scalar]) -> [Int] {
      line.indices.sorted { first, second in
        let (x, y) = isDescending ? (line[second], line[first]) : (line[first], line[second])
        let isBefore = y.isNaN ? !x.isNaN : x < y
        let isAfter = x.isNaN ? !y.isNaN : y < x
        return isBefore || !isAfter && first < second
      }
    }

    /// The k-th of some elements moves by no more than the one that moves most.
    ///
    /// A place is exact unless other elements may come to stand there: then it is as far off as these
    /// are apart.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let input = inputs[0]
      guard !input.isExact else { return [.exact, .exact] }
      let value = input.value
      let (sorted, places) = (results[0].value, results[1].value)
      let errors = input.errors
      let unit = Scalar(input.unitRoundoff)
      let run = sorted.dimensions[(axis + 1)...].reduce(1, *)
      let (size, count) = (value.dimensions[axis], sorted.dimensions[axis])
      var moved = [Scalar](repeating: 0, count: sorted.elements.count)
      var jumps = moved
      for row in 0..<sorted.dimensions[..<axis].reduce(1, *) * run {
        let source = row / run * size * run + row % run
        let target = row / run * count * run + row % run
        let sources = (0..<size).map { source + $0 * run }
        let most = sources.map { errors[$0] }.max() ?? 0
        for index in stride(from: target, to: target + count * run, by: run) {
          moved[index] = most / unit
          var range = (places.elements[index], places.elements[index])
          for (other, element) in sources.enumerated() {
            let distance = abs(value.elements[element] - sorted.elements[index])
            guard distance <= most + errors[element] else { continue }
            range = (min(range.0, Scalar(other)), max(range.1, Scalar(other)))
          }
          jumps[index] = input.jump(range.1 - range.0)
        }
      }
      return [moved, jumps].map { RoundingBound(length: 0, magnitude: [], fixed: $0) }
    }
  }
}
