internal import Glibc

extension Primitives {
  /// Two or more tensors combined element by element, from the first to the last, broadcast as
  /// NumPy does: shapes are aligned at the last axis, and an axis of size 1 is repeated.
  public struct Combination: Primitive, Hashable {
    /// What is computed of two elements.
    public enum Function: String, CaseIterable, Hashable, Sendable {
      case add, subtract, multiply, divide, maximum, minimum, power
    }

    /// What is computed.
    public var function: Function

    /// Makes the primitive.
    public init(_ function: Function) { self.function = function }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      guard inputs.count < 3 || ![.divide, .power].contains(function) else {
        throw .inputCount(expected: "2", found: inputs.count)
      }
      let shape = try Broadcasting.shape(of: inputs.map(\.shape), keepingFirstAxis: false)
      return [TensorType(shape)]
    }

    /// Computes the results.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      [combined(Broadcasting.broadcast(inputs))]
    }

    @inline(__always)
    private func combined<Scalar: ReferenceScalar>(_ arrays: [NDArray<Scalar>]) -> NDArray<Scalar> {
      switch function {
      case .add: .merged(arrays, Sum())
      case .subtract: .merged(arrays, Difference())
      case .multiply: .merged(arrays, ElementProduct())
      case .divide: .merged(arrays, Quotient())
      case .maximum: .merged(arrays, Larger())
      case .minimum: .merged(arrays, Smaller())
      case .power: .merged(arrays, ElementPower())
      }
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      let rank = inputs.map(\.1.shape.rank).max() ?? 0
      let common = ItemAxis.common(
        inputs.map { place, type in
          guard case .axis(let axis) = place else { return place }
          return .axis(axis + rank - type.shape.rank)
        })
      guard case .axis(let axis) = common else { return common }
      // What has a size of its own along the axis of the items is not the same for all of them.
      let isSame = inputs.allSatisfy { place, type in
        let own = axis - (rank - type.shape.rank)
        return place != .absent || own < 0 || type.shape[own] == nil || type.shape[own] == 1
      }
      return isSame ? common : .mixed
    }

    /// One operation is off by half a unit of its result; more than one, by a sum's bound.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let result = results[0]
      let errors = inputs.map { $0.boundSpread(over: result.dimensions) }
      switch function {
      case .maximum, .minimum: return [errors.reduce(RoundingBound.exact) { $0.larger($1) }]
      case .add where inputs.count > 2, .subtract where inputs.count > 2: return [sumBound(inputs)]
      case .add, .subtract:
        let sum = errors.reduce(RoundingBound.exact) { $0.plus($1) }
        return [inputs.count > 1 ? sum.adding(1, of: result.value) : sum]
      case .multiply:
        guard errors.contains(where: { !$0.isExact }) else {
          return [.relative(Scalar(inputs.count - 1), result.value)]
        }
        return [productBound(inputs, errors)]
      case .divide: return [quotientBound(inputs, errors, result)]
      case .power: return [powerBound(inputs, errors, result)]
      }
    }

    private func sumBound<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>]
    ) -> RoundingBound<Scalar> {
      func total(_ arrays: [NDArray<Scalar>]) -> [Scalar] {
        NDArray.merged(Broadcasting.broadcast(arrays), Sum()).elements
      }
      let fixed =
        inputs.allSatisfy { $0.fixed == nil }
        ? [] : total(inputs.map { $0.fixed ?? NDArray(repeating: 0, $0.dimensions) })
      return .sum(
        of: inputs.count - 1 + (inputs.map(\.bound.length).max() ?? 0),
        magnitude: total(inputs.map(\.coveringMagnitude)), fixed: fixed)
    }

    /// ∂(xy) = y∂x + x∂y + ∂x∂y, and half a unit of each product, factor by factor.
    private func productBound<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], _ errors: [RoundingBound<Scalar>]
    ) -> RoundingBound<Scalar> {
      let arrays = Broadcasting.broadcast(inputs.map(\.value))
      var product = arrays[0]
      var bound = errors[0]
      for (factor, error) in zip(arrays, errors).dropFirst() {
        let largest = factor.magnitudes.elements.plus(error.errors(inputs[0].unitRoundoff))
        bound = bound.times(largest).plus(error.times(product.elements))
        product = .merged([product, factor], ElementProduct())
        bound = bound.adding(1, of: product)
      }
      return bound
    }

    /// ∂(xʸ) = y·xʸ⁻¹·∂x + ln x·xʸ·∂y; of its own a power as e to y·ln x rounds in proportion to that
    /// exponent.
    private func powerBound<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], _ errors: [RoundingBound<Scalar>], _ result: Inexact<Scalar>
    ) -> RoundingBound<Scalar> {
      let arrays = Broadcasting.broadcast(inputs.map(\.value))
      let (bases, exponents) = (arrays[0].elements, arrays[1].elements)
      func power(_ x: Scalar, _ y: Scalar) -> Scalar { Scalar(Glibc.pow(Double(x), Double(y))) }
      let slopes = bases.indices.map { exponents[$0] * power(bases[$0], exponents[$0] - 1) }
      let logarithms = bases.map { $0 == 0 ? 0 : Scalar(Glibc.log(abs(Double($0)))) }
      var bound = errors[0].times(slopes)
        .plus(errors[1].times(zip(logarithms, result.value.elements).map { $0 * $1 }))
      bound.fixed = bound.fixed.plus(
        bases.indices.map { index in
          (8 + 2 * abs(logarithms[index] * exponents[index])) * abs(result.value.elements[index])
        })
      return bound
    }

    /// ∂(x ÷ y) = (∂x + (x ÷ y)·∂y) ÷ y; two units for the division or the product with the inverse.
    private func quotientBound<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], _ errors: [RoundingBound<Scalar>], _ result: Inexact<Scalar>
    ) -> RoundingBound<Scalar> {
      var bound = errors[0]
      if inputs.count > 1 {
        let divisors = inputs[1].value.broadcast(to: result.dimensions)
        let inverses = divisors.elements.map { 1 / $0 }
        bound = bound.plus(errors[1].times(result.value.elements)).times(inverses)
      }
      return bound.adding(2, of: result.value)
    }
  }
}

extension Inexact {
  /// The bound, repeated to other dimensions as NumPy broadcasts.
  func boundSpread(over dimensions: [Int]) -> RoundingBound<Scalar> {
    guard !isExact, self.dimensions != dimensions else { return bound }
    var spread = bound
    spread.magnitude = magnitude.map { $0.broadcast(to: dimensions).elements } ?? []
    spread.fixed = fixed.map { $0.broadcast(to: dimensions).elements } ?? []
    return spread
  }
}

extension RoundingBound {
  /// The bound of a sum or difference, but for what that rounds itself.
  func plus(_ other: RoundingBound) -> RoundingBound {
    var sum = RoundingBound(
      length: Swift.max(length, other.length), magnitude: magnitude.plus(other.magnitude),
      fixed: fixed.plus(other.fixed))
    sum.coversValue = coversValue && other.coversValue
    return sum
  }

  /// A bound that both are within.
  func larger(_ other: RoundingBound) -> RoundingBound {
    var larger = RoundingBound(
      length: Swift.max(length, other.length), magnitude: magnitude.maximum(other.magnitude),
      fixed: fixed.maximum(other.fixed))
    larger.coversValue = coversValue && other.coversValue
    return larger
  }

  /// The bound of what is multiplied by exact factors, but for what that rounds itself.
  func times(_ factors: [Scalar]) -> RoundingBound {
    var product = RoundingBound(
      length: length, magnitude: magnitude.times(factors), fixed: fixed.times(factors))
    product.coversValue = coversValue
    return product
  }
}
