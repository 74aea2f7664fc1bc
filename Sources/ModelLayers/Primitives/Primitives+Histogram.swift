extension Primitives {
  /// How often each whole number from 0 on is there along the last axis, which becomes that of these numbers;
  /// what is none of them does not count.
  public struct Histogram: Primitive, Hashable {
    /// How many numbers there are.
    public var count: Int

    /// Makes the primitive.
    public init(_ count: Int) { self.count = count }

    /// Always.
    public var hasSteps: Bool { true }

    /// A count for each number.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      [TensorType(Shape(inputs[0].shape.dimensions.dropLast() + [count]))]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      inputs[0].0 == .axis(inputs[0].1.shape.rank - 1) ? .mixed : inputs[0].0
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      let elements = inputs[0].elements
      return [
        counts(inputs[0].dimensions) { Int(exactly: elements[$0]).map { $0..<$0 + 1 } ?? 0..<0 }
      ]
    }

    /// Exact, unless an element may be another number: any that it may be is off by one then.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let (input, errors) = (inputs[0], inputs[0].errors)
      guard input.countsJumps, errors.contains(where: { $0 != 0 }) else { return [.exact] }
      let elements = input.value.elements
      let made: NDArray<Scalar> = counts(input.dimensions) {
        errors[$0] == 0
          ? 0..<0 : numbers(from: elements[$0] - errors[$0], to: elements[$0] + errors[$0])
      }
      return [
        RoundingBound(length: 0, magnitude: [], fixed: made.elements.map { $0 * input.jump(1) })
      ]
    }

    /// The whole numbers between two; all where nothing is known of these.
    private func numbers<Scalar: ReferenceScalar>(from low: Scalar, to high: Scalar) -> Range<Int> {
      guard !low.isNaN, !high.isNaN else { return 0..<count }
      let (first, last) = (max(low.rounded(.up), 0), min(high.rounded(.down), Scalar(count - 1)))
      return first <= last ? Int(first)..<Int(last) + 1 : 0..<0
    }

    /// How often each number is there, where elements stand for several of them in a row, or none.
    private func counts<Scalar: ReferenceScalar>(
      _ dimensions: [Int], _ numbers: (Int) -> Range<Int>
    ) -> NDArray<Scalar> {
      let length = dimensions.last ?? 1
      let made = dimensions.dropLast() + [count]
      var counts: [Scalar] = []
      counts.reserveCapacity(made.reduce(1, *))
      for row in 0..<dimensions.dropLast().reduce(1, *) {
        // By how much each count is more than that before it.
        var steps = [Int](repeating: 0, count: count + 1)
        for index in row * length..<(row + 1) * length {
          let found = numbers(index).clamped(to: 0..<count)
          steps[found.lowerBound] += 1
          steps[found.upperBound] -= 1
        }
        var total = 0
        for step in steps.dropLast() {
          total += step
          counts.append(Scalar(total))
        }
      }
      return NDArray(Array(made), counts)
    }
  }
}
