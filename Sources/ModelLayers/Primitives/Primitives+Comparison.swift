extension Primitives {
  /// Whether a relation holds between two tensors, element by element, broadcast as NumPy does.
  public struct Comparison: Primitive, Hashable {
    /// The relation.
    public enum Relation: String, CaseIterable, Hashable, Sendable {
      case equal, notEqual, less, lessEqual, greater, greaterEqual
    }

    /// The relation.
    public var relation: Relation

    /// Makes the primitive.
    public init(_ relation: Relation) { self.relation = relation }

    /// Always.
    public var hasSteps: Bool { true }

    /// Truth values.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      let shape = try Broadcasting.shape(of: inputs.map(\.shape), keepingFirstAxis: false)
      return [TensorType(shape, .bool)]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      Combination(.add).items(in: inputs)
    }

    /// Computes the results: 1 where the relation holds, else 0.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      let arrays = Broadcasting.broadcast(inputs)
      let elements = zip(arrays[0].elements, arrays[1].elements).map { x, y -> Scalar in
        relation.holds(x, y) ? 1 : 0
      }
      return [NDArray(arrays[0].dimensions, elements)]
    }

    /// Exact, unless rounding may decide: then all of it.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      guard inputs[0].countsJumps, !inputs.allSatisfy(\.isExact),
        // Of a tensor and itself nothing depends on rounding.
        inputs[0].source !== inputs[1].source
      else { return [.exact] }
      let arrays = Broadcasting.broadcast(inputs.map(\.value))
      let errors = Broadcasting.broadcast(
        inputs.map { input in
          input.isExact
            ? NDArray(repeating: 0, input.dimensions) : NDArray(input.dimensions, input.errors)
        })
      let one = inputs[0].jump(1)
      let jumps = arrays[0].elements.indices.map { index -> Scalar in
        let distance = abs(arrays[0].elements[index] - arrays[1].elements[index])
        let error = errors[0].elements[index] + errors[1].elements[index]
        return error > 0 && distance <= error ? one : 0
      }
      return [RoundingBound(length: 0, magnitude: [], fixed: jumps)]
    }
  }

  /// An element of one tensor where a truth value holds, else one of another.
  ///
  /// The inputs are the truth values and the two tensors, broadcast as NumPy does.
  public struct Selection: Primitive, Hashable {
    /// Makes the primitive.
    public init() {}

    /// The shape of all three together.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      let shape = try Broadcasting.shape(of: inputs.map(\.shape), keepingFirstAxis: false)
      return [TensorType(shape, inputs[1].dtype)]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      Combination(.add).items(in: inputs)
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      let arrays = Broadcasting.broadcast(inputs)
      let elements = arrays[0].elements.indices.map { index in
        arrays[0].elements[index] != 0 ? arrays[1].elements[index] : arrays[2].elements[index]
      }
      return [NDArray(arrays[0].dimensions, elements)]
    }

    /// What the chosen elements may be off by; where rounding may choose, their distance too.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let dimensions = results[0].dimensions
      var bound = inputs[1].boundSpread(over: dimensions)
        .larger(inputs[2].boundSpread(over: dimensions))
      let choice = inputs[0].boundSpread(over: dimensions)
      guard !choice.fixed.isEmpty else {
        // One number chooses for all elements: what is not chosen does not count.
        guard inputs[0].value.elements.count == 1 else { return [bound] }
        return [inputs[inputs[0].value.elements[0] != 0 ? 1 : 2].boundSpread(over: dimensions)]
      }
      let arrays = Broadcasting.broadcast(inputs.map(\.value))
      let unit = Scalar(inputs[0].unitRoundoff)
      let distances = choice.fixed.indices.map { index -> Scalar in
        choice.fixed[index] == 0
          ? 0 : abs(arrays[1].elements[index] - arrays[2].elements[index]) / unit
      }
      bound.fixed = bound.fixed.plus(distances)
      return [bound]
    }
  }
}

extension Primitives.Comparison.Relation {
  /// Whether the relation holds.
  func holds<Scalar: ReferenceScalar>(_ x: Scalar, _ y: Scalar) -> Bool {
    switch self {
    case .equal: x == y
    case .notEqual: x != y
    case .less: x < y
    case .lessEqual: x <= y
    case .greater: x > y
    case .greaterEqual: x >= y
    }
  }
}
