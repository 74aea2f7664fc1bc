extension Primitives {
  /// The elements along some axes taken together; the other axes stay.
  public struct Reduction: Primitive, Hashable {
    /// What is made of them.
    public enum Function: String, CaseIterable, Hashable, Sendable {
      case sum, mean, product, maximum, minimum
    }

    /// What is made of the elements.
    public var function: Function
    /// The axes, counted from the first, ascending.
    public var axes: [Int]

    /// Makes the primitive.
    public init(_ function: Function, over axes: [Int]) {
      self.function = function
      self.axes = axes
    }

    /// The axes that stay; a mean, a largest or a smallest of nothing is refused.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      let shape = inputs[0].shape
      try shape.check(axes: axes)
      if let axis = axes.first(where: { shape[$0] == 0 }), ![.sum, .product].contains(function) {
        throw .emptyOutput(input: shape, axis: axis)
      }
      return [TensorType(Shape(kept(of: shape.dimensions)))]
    }

    private func kept<Size>(of sizes: [Size]) -> [Size] {
      sizes.indices.filter { !axes.contains($0) }.map { sizes[$0] }
    }

    /// One for each element of the input.
    public func operationCount(
      for inputs: [TensorType], results: [TensorType]
    ) throws(ModelError) -> Int {
      try inputs.map(\.shape).operationCount(perElement: [1])
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      guard case .axis(let axis) = inputs[0].0 else { return inputs[0].0 }
      return axes.contains(axis) ? .mixed : .axis(axis - axes.count { $0 < axis })
    }

    /// Computes the results, each sum in double precision.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      let dimensions = inputs[0].dimensions
      let order = dimensions.indices.filter { !axes.contains($0) } + axes
      let rows = inputs[0].permuted(order)
      let length = axes.reduce(1) { $0 * dimensions[$1] }
      let made = kept(of: dimensions)
      let function = function
      let elements: [Scalar] = filledInParallel(
        rowCount: made.reduce(1, *), rowLength: 1, minimumRows: max(1, 4096 / max(1, length))
      ) { range, output in
        let source = rows.elements.span
        for row in range {
          let values = source.extracting(row * length..<(row + 1) * length)
          output[row - range.lowerBound] = Scalar(function.reduced(values))
        }
      }
      return [NDArray(made, elements)]
    }

    /// A sum has the bound of sums, and a mean two units for the division; a product one unit for
    /// each factor; a largest or smallest is off by no more than the elements.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let (input, result) = (inputs[0], results[0])
      func reduced(_ function: Function, _ array: NDArray<Scalar>?) -> [Scalar] {
        array.map { Reduction(function, over: axes).values([$0])[0].elements } ?? []
      }
      let length = axes.reduce(1) { $0 * input.dimensions[$1] }
      switch function {
      case .maximum, .minimum:
        return [
          RoundingBound(
            length: input.bound.length, magnitude: reduced(.maximum, input.magnitude),
            fixed: reduced(.maximum, input.fixed))
        ]
      case .sum, .mean:
        let bound = RoundingBound.sum(
          of: input.bound.length + length, magnitude: reduced(function, input.coveringMagnitude),
          fixed: reduced(function, input.fixed))
        return [function == .sum ? bound : bound.adding(2, of: result.value)]
      case .product:
        // Relative errors add up: |∏x|·Σ|∂x ÷ x|; where a factor is 0, all others count.
        let own = RoundingBound.relative(Scalar(length), result.value)
        guard !input.isExact else { return [own] }
        let larger = input.value.magnitudes.plus(input.errors)
        let most = Reduction(.product, over: axes).values([larger])[0].elements
        let least = Reduction(.product, over: axes).values([input.value.magnitudes])[0].elements
        let difference = zip(most, least).map { ($0 - $1) / Scalar(input.unitRoundoff) }
        return [RoundingBound(length: 0, magnitude: [], fixed: own.fixed.plus(difference))]
      }
    }
  }
}

extension Primitives.Reduction.Function {
  /// The elements taken together.
  func reduced<Scalar: ReferenceScalar>(_ elements: Span<Scalar>) -> Double {
    switch self {
    case .sum, .mean:
      var sum = 0.0
      for index in elements.indices { sum += Double(elements[index]) }
      return self == .sum ? sum : sum / Double(elements.count)
    case .product:
      var product = 1.0
      for index in elements.indices { product *= Double(elements[index]) }
      return product
    case .maximum, .minimum:
      var extreme = elements.isEmpty ? 0 : Double(elements[0])
      for index in elements.indices {
        let element = Double(elements[index])
        let isBeyond = self == .maximum ? element > extreme : element < extreme
        if element.isNaN || isBeyond { extreme = element }
        if extreme.isNaN { break }
      }
      return extreme
    }
  }
}

extension NDArray {
  /// The array with something added to each element.
  func plus(_ others: [Scalar]) -> NDArray { NDArray(dimensions, elements.plus(others)) }
}
