extension Primitives {
  /// `y = (x - mean)·s + beta` with `s = gamma / √(variance + epsilon)`.
  ///
  /// It is one primitive, for backends compute either this or `x·s + (beta - mean·s)`, and the bound
  /// covers both. Inputs are x and what there is of mean, variance, gamma and beta, in this order.
  public struct Normalization: Primitive, Hashable {
    /// What is added to the variance.
    public var epsilon: Double
    /// The axes of x that mean and variance have, ascending.
    public var statisticsAxes: [Int]
    /// The axes of x that gamma and beta have, ascending; they may be listed in another shape, as
    /// long as their elements are in the order of these axes.
    public var parameterAxes: [Int]
    /// Whether a mean is subtracted.
    public var hasMean: Bool
    /// Whether gamma is multiplied.
    public var hasGamma: Bool
    /// Whether beta is added.
    public var hasBeta: Bool

    /// The inputs by what they are.
    package struct Operands<Tensor> {
      package var x: Tensor
      package var mean: Tensor?
      package var variance: Tensor
      package var gamma: Tensor?
      package var beta: Tensor?

      package var list: [Tensor] {
        var list = [x]
        list.reserveCapacity(5)
        for tensor in [mean, variance, gamma, beta] {
          if let tensor { list.append(tensor) }
        }
        return list
      }
    }

    /// Makes the primitive for these operands.
    package init<Tensor>(
      _ operands: Operands<Tensor>, epsilon: Double, statisticsAxes: [Int], parameterAxes: [Int]
    ) {
      self.epsilon = epsilon
      self.statisticsAxes = statisticsAxes
      self.parameterAxes = parameterAxes
      hasMean = operands.mean != nil
      hasGamma = operands.gamma != nil
      hasBeta = operands.beta != nil
    }

    /// Tells the inputs apart.
    package func operands<Tensor>(_ inputs: [Tensor]) -> Operands<Tensor> {
      var rest = inputs.dropFirst()
      let mean = hasMean ? rest.removeFirst() : nil
      let variance = rest.removeFirst()
      let gamma = hasGamma ? rest.removeFirst() : nil
      return Operands(x: inputs[0], mean: mean, variance: variance, gamma: gamma, beta: rest.first)
    }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      [TensorType(inputs[0].shape)]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      let operands = operands(inputs)
      func place(_ input: (ItemAxis, TensorType)?, _ axes: [Int]) -> ItemAxis {
        guard let input, case .axis(let axis) = input.0 else { return input?.0 ?? .absent }
        return input.1.shape.rank == axes.count ? .axis(axes[axis]) : .mixed
      }
      // What is normalized by cannot be cut into items that it does not have.
      if case .axis(let axis) = operands.x.0 {
        let others = [
          (operands.mean, statisticsAxes), (operands.variance, statisticsAxes),
          (operands.gamma, parameterAxes), (operands.beta, parameterAxes),
        ]
        for (other, axes) in others where other?.0 == .absent && axes.contains(axis) {
          return .mixed
        }
      }
      return .common([
        operands.x.0, place(operands.mean, statisticsAxes),
        place(operands.variance, statisticsAxes), place(operands.gamma, parameterAxes),
        place(operands.beta, parameterAxes),
      ])
    }

    /// Computes the results.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      [mapped(operands(inputs), Value())]
    }

    /// Nine units in the last place of `|x·s| + |mean·s| + |beta|`, and what the inputs are off by.
    ///
    /// The factor s is within 6 units of itself: the rounding of epsilon and of the sum
    /// move the root by half a unit each, a fast reciprocal square root errs by up
    /// to 4, and gamma is one more product. A term then takes part in at most three
    /// more operations: a product and two additions. An error of the variance v counts by
    /// `|x - mean|·|s| / 2(v + epsilon)`.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let given = operands(inputs)
      let values = operands(inputs.map(\.value))
      let own = mapped(values, OwnBound())
      var bound = RoundingBound(length: 0, magnitude: [], fixed: own.elements)
      func add(_ input: Inexact<Scalar>?, _ axes: [Int]?, weighedBy weights: () -> NDArray<Scalar>)
      {
        guard let input, !input.isExact else { return }
        let errors = axes.map { input.bound.spread(from: $0, to: values.x.dimensions) }
        bound = bound.plus((errors ?? input.bound).times(weights().elements))
      }
      func factors() -> NDArray<Scalar> { mapped(values, Factor()) }
      add(given.x, nil, weighedBy: factors)
      add(given.mean, statisticsAxes, weighedBy: factors)
      add(given.variance, statisticsAxes) {
        var other = values
        for index in other.variance.elements.indices {
          // s / 2(v + epsilon) is the factor of another variance.
          let root = other.variance.elements[index] + Scalar(epsilon)
          other.variance.elements[index] = 4 * root * root * root - Scalar(epsilon)
        }
        return mapped(other, Deviation())
      }
      add(given.gamma, parameterAxes) {
        var plain = values
        plain.gamma = nil
        return mapped(plain, Deviation())
      }
      add(given.beta, parameterAxes) { NDArray(repeating: 1, values.x.dimensions) }
      return [bound]
    }

    /// A formula of each element and of what it is normalized by.
    ///
    /// It is inlined, so that the loops can be vectorised: only specialised functions may call it.
    @inline(__always)
    private func mapped<Scalar: ReferenceScalar>(
      _ operands: Operands<NDArray<Scalar>>, _ formula: some NormalizationFormula<Scalar>
    ) -> NDArray<Scalar> {
      let x = operands.x
      let statistics = BroadcastIndices(x.dimensions, axes: statisticsAxes)
      let parameters = BroadcastIndices(x.dimensions, axes: parameterAxes)
      let roots = operands.variance.elements.map { ($0 + Scalar(epsilon)).squareRoot() }
      let means = operands.mean?.elements ?? Array(repeating: 0, count: roots.count)
      let places = parameterAxes.reduce(1) { $0 * x.dimensions[$1] }
      let gammas = operands.gamma?.elements ?? Array(repeating: 1, count: places)
      let betas = operands.beta?.elements ?? Array(repeating: 0, count: places)
      // Where every place has its own statistics, it has one factor, computed once.
      let factors = statisticsAxes == parameterAxes ? zip(gammas, roots).map { $0 / $1 } : []
      let source = x.elements
      let length = statistics.rowLength
      guard length > 0, !source.isEmpty else { return x }
      let result = filledInParallel(
        rowCount: source.count / length, rowLength: length, minimumRows: 4096 / length + 1
      ) { (rows, output: inout MutableSpan<Scalar>) in
        for row in rows {
          let input = source.span.extracting(row * length..<(row + 1) * length)
          let start = (row - rows.lowerBound) * length
          let group = statistics.start(ofRow: row)
          let place = parameters.start(ofRow: row)
          switch (factors.isEmpty, statistics.step, parameters.step) {
          case (false, 1, _):
            let mean = means.span.extracting(group..<group + length)
            let factor = factors.span.extracting(group..<group + length)
            let beta = betas.span.extracting(group..<group + length)
            for index in input.indices {
              output[start + index] = formula(input[index], mean[index], factor[index], beta[index])
            }
          case (false, _, _):
            let (mean, factor, beta) = (means[group], factors[group], betas[group])
            for index in input.indices {
              output[start + index] = formula(input[index], mean, factor, beta)
            }
          case (true, 0, 1):
            let (mean, root) = (means[group], roots[group])
            let gamma = gammas.span.extracting(place..<place + length)
            let beta = betas.span.extracting(place..<place + length)
            for index in input.indices {
              output[start + index] = formula(input[index], mean, gamma[index] / root, beta[index])
            }
          case (true, let step, let otherStep):
            for index in input.indices {
              let (group, place) = (group + index * step, place + index * otherStep)
              let factor = gammas[place] / roots[group]
              output[start + index] = formula(input[index], means[group], factor, betas[place])
            }
          }
        }
      }
      return NDArray(x.dimensions, result)
    }
  }
}

/// A formula of an element, the mean and the factor that it is normalized by, and beta; a type, as
/// `ElementFormula` is.
private protocol NormalizationFormula<Scalar>: Sendable {
  associatedtype Scalar: ReferenceScalar
  func callAsFunction(_ x: Scalar, _ mean: Scalar, _ factor: Scalar, _ beta: Scalar) -> Scalar
}

private struct Value<Scalar: ReferenceScalar>: NormalizationFormula {
  func callAsFunction(_ x: Scalar, _ mean: Scalar, _ factor: Scalar, _ beta: Scalar) -> Scalar {
    (x - mean) * factor + beta
  }
}

private struct OwnBound<Scalar: ReferenceScalar>: NormalizationFormula {
  func callAsFunction(_ x: Scalar, _ mean: Scalar, _ factor: Scalar, _ beta: Scalar) -> Scalar {
    9 * ((abs(x) + abs(mean)) * abs(factor) + abs(beta))
  }
}

/// The slope along x.
private struct Factor<Scalar: ReferenceScalar>: NormalizationFormula {
  func callAsFunction(_ x: Scalar, _ mean: Scalar, _ factor: Scalar, _ beta: Scalar) -> Scalar {
    factor
  }
}

/// The slope along the factor, times the factor.
private struct Deviation<Scalar: ReferenceScalar>: NormalizationFormula {
  func callAsFunction(_ x: Scalar, _ mean: Scalar, _ factor: Scalar, _ beta: Scalar) -> Scalar {
    (x - mean) * factor
  }
}

extension RoundingBound {
  /// The bound of an array whose axes are some of a larger one's, repeated to that.
  func spread(from axes: [Int], to dimensions: [Int]) -> RoundingBound {
    let sizes = dimensions.indices.map { axes.contains($0) ? dimensions[$0] : 1 }
    func spread(_ part: [Scalar]) -> [Scalar] {
      part.isEmpty ? [] : NDArray(sizes, part).broadcast(to: dimensions).elements
    }
    var bound = self
    bound.magnitude = spread(magnitude)
    bound.fixed = spread(fixed)
    return bound
  }
}
