extension NDArray {
  /// max(x - τ, 0), as Keras computes it.
  ///
  /// With z the row in descending order and cⱼ = z₁ + … + zⱼ, the support is the j for which
  /// zⱼ > (cⱼ - 1) ÷ j, and k their number. The sparsemax of Martins and Astudillo (2016) has
  /// τ = (c_k - 1) ÷ k and a result that sums to 1; Keras 3 (to 3.15, every backend) has
  /// τ = (Σ cⱼ - 1) ÷ k with the sum over the support, and its models are trained with that.
  func sparsemax(_ axis: Int) -> NDArray {
    alongRows([axis]) { row in
      guard row.allSatisfy(\.isFinite) else { return row.map { _ in .nan } }
      let threshold = SparsemaxSupport(of: row).threshold
      return row.map { max($0 - threshold, 0) }
    }
  }
}

/// What Keras's sparsemax subtracts from a row, and how near the row is to another support.
struct SparsemaxSupport {
  /// τ.
  private(set) var threshold = 0.0
  /// The least of |zⱼ - (cⱼ - 1) ÷ j|.
  private(set) var margin = Double.infinity

  init(of row: [Double]) {
    var partialSum = 0.0
    var total = 0.0
    var count = 0.0
    for (index, value) in row.sorted(by: >).enumerated() {
      partialSum += value
      let distance = value - (partialSum - 1) / Double(index + 1)
      margin = min(margin, abs(distance))
      guard distance > 0 else { continue }
      total += partialSum
      count += 1
    }
    threshold = (total - 1) / count
  }
}

extension ActivationFunction {
  /// ∂yᵢ = ∂xᵢ minus a mean of sums of ∂x over the support, of n elements at most:
  /// τ moves (n + 1) ÷ 2 times as far as x.
  ///
  /// Of its own it rounds those sums, which are sums of sums, and differences of x. Where an element is so near the
  /// edge of the support that rounding decides, τ jumps: then the row is bounded by the sizes
  /// of its sums only. The edge can be seen only if the input is known.
  func sparsemaxBound<Scalar: ReferenceScalar>(
    of output: NDArray<Scalar>, _ axis: Int, _ input: NDArray<Scalar>?, _ magnitude: [Scalar],
    _ bound: RoundingBound<Scalar>, _ unit: Double, _ countsJumps: Bool
  ) -> RoundingBound<Scalar> {
    let rowLength = output.rowLength([axis])
    let growth = Scalar(rowLength + 1) / 2
    let sums = output.rowMaxima(of: bound.magnitude, [axis])
    let given = output.rowMaxima(of: bound.fixed, [axis])
    let scale = output.rowMaxima(of: magnitude, [axis])
    let margins = input?.alongRows([axis]) { row in
      Array(repeating: SparsemaxSupport(of: row).margin, count: row.count)
    }
    var result = RoundingBound(
      length: max(bound.length, 2 * rowLength), magnitude: given, fixed: given)
    for index in output.elements.indices {
      let size = 1 + (scale.isEmpty ? 0 : scale[index])
      result.fixed[index] = (1 + growth) * given[index] + 4 * size
      result.magnitude[index] = growth * size + (sums.isEmpty ? 0 : (1 + growth) * sums[index])
      let margin = margins?.elements[index] ?? .infinity
      if countsJumps, margin <= Scalar(unit * Double(rowLength + 4)) * size {
        result.fixed[index] += growth * size / Scalar(unit)
      }
    }
    return result
  }
}
