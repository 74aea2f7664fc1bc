internal import Glibc

// The functions that couple the elements along some axes. Each brings these axes
// to the end, so that the elements that belong together are a row, and back.

extension NDArray {
  /// e^(x - m) ÷ Σ e^(x - m), m the row's maximum.
  func softmax(_ axes: [Int]) -> NDArray {
    alongRows(axes) { row in
      let largest = row.largest
      var powers = row.map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      for index in powers.indices { powers[index] /= sum }
      return powers
    }
  }

  /// x - m - ln Σ e^(x - m), m the row's maximum.
  func logSoftmax(_ axes: [Int]) -> NDArray {
    alongRows(axes) { row in
      let largest = row.largest
      let logarithm = log(row.map { exp($0 - largest) }.reduce(0, +))
      return row.map { $0 - largest - logarithm }
    }
  }

  /// The first half of the axis times the sigmoid of the second.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func gatedLinearUnit(_ axis: Int) -> NDArray {
    var (values, gates) = halves(along: axis)
    for index in values.elements.indices {
      values.elements[index] *= Scalar(StableFormula.sigmoid(Double(gates.elements[index])))
    }
    return values
  }

  /// The first and the second half of an axis.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func halves(along axis: Int) -> (first: NDArray, second: NDArray) {
    let axis = axis < 0 ? axis + dimensions.count : axis
    var half = dimensions
    half[axis] /= 2
    let run = half[axis...].reduce(1, *)
    let pairCount = dimensions[..<axis].reduce(1, *)
    var parts: [[Scalar]] = [[], []]
    for pair in 0..<pairCount {
      for part in 0...1 {
        let start = (2 * pair + part) * run
        parts[part].append(contentsOf: elements[start..<start + run])
      }
    }
    return (NDArray(half, parts[0]), NDArray(half, parts[1]))
  }

  /// The array with each row along some axes replaced.
  func alongRows(
    _ axes: [Int], _ formula: @escaping @Sendable ([Double]) -> [Double]
  ) -> NDArray {
    let rank = dimensions.count
    let axes = axes.map { $0 < 0 ? $0 + rank : $0 }
    let order = dimensions.indices.filter { !axes.contains($0) } + axes
    let rows = permuted(order)
    let rowLength = axes.map { dimensions[$0] }.reduce(1, *)
    let made = rows.mappedRows(of: rowLength, formula)
    return NDArray(rows.dimensions, made).permuted(order.inverseOrder)
  }
}

extension [Double] {
  /// The largest element; NaN where there is one.
  fileprivate var largest: Double {
    reduce(-.infinity) { $0.isNaN || $1 <= $0 ? $0 : $1 }
  }
}
