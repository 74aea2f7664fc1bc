extension Primitives {
  /// Each element several times along one axis, one after the other.
  public struct Repetition: Movement, Hashable {
    /// The axis, counted from the first.
    public var axis: Int
    /// How often each element is there, at least once; `nil` where it is only known when the model
    /// runs.
    public var count: Int?

    /// Makes the primitive.
    public init(axis: Int, count: Int?) {
      self.axis = axis
      self.count = count
    }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      var shape = inputs[0].shape
      try shape.check(axes: [axis])
      if let count {
        shape = try shape.enlarged(axis: axis, by: count)
      } else {
        shape[axis] = nil
      }
      return [TensorType(shape, inputs[0].dtype)]
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      inputs.map { $0.repeated(along: axis, by: count ?? 1) }
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      inputs[0].0 == .axis(axis) && count != 1 ? .mixed : inputs[0].0
    }
  }
}

extension Shape {
  /// The shape with one axis `size` times as long.
  ///
  /// - Throws: `ModelError.attribute` for a size that is not at least 1 or too large.
  func enlarged(axis: Int, by size: Int) throws(ModelError) -> Shape {
    guard size > 0 else { throw .attribute("size", expected: "at least 1", found: "\(size)") }
    guard let old = self[axis] else { return self }
    let (new, overflow) = old.multipliedReportingOverflow(by: size)
    guard !overflow else {
      throw .attribute("size", expected: "sizes that can be counted", found: "\(size)")
    }
    var output = self
    output[axis] = new
    return output
  }
}

extension NDArray {
  /// The array with each place along an axis repeated.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func repeated(along axis: Int, by count: Int) -> NDArray {
    var made = dimensions
    made[axis] *= count
    guard !elements.isEmpty else { return NDArray(made, []) }
    let run = dimensions[(axis + 1)...].reduce(1, *)
    let source = elements
    let result: [Scalar] = filledInParallel(
      rowCount: source.count / run * count, rowLength: run, minimumRows: 16
    ) { rows, output in
      let values = source.span
      for (place, row) in rows.enumerated() {
        let start = row / count * run
        for index in 0..<run { output[place * run + index] = values[start + index] }
      }
    }
    return NDArray(made, result)
  }
}
