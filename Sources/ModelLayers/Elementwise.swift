internal import Glibc

/// A formula of one number.
///
/// A type, not a closure: a loop over a type's formula is
/// compiled with the formula inside.
protocol ElementFormula<Scalar>: Sendable {
  associatedtype Scalar: ReferenceScalar
  func callAsFunction(_ x: Scalar) -> Scalar
}

/// A formula of two numbers; see `ElementFormula`.
protocol PairFormula<Scalar>: Sendable {
  associatedtype Scalar: ReferenceScalar
  func callAsFunction(_ x: Scalar, _ y: Scalar) -> Scalar
}

struct Sum<Scalar: ReferenceScalar>: PairFormula {
  func callAsFunction(_ x: Scalar, _ y: Scalar) -> Scalar { x + y }
}

struct Difference<Scalar: ReferenceScalar>: PairFormula {
  func callAsFunction(_ x: Scalar, _ y: Scalar) -> Scalar { x - y }
}

struct ElementProduct<Scalar: ReferenceScalar>: PairFormula {
  func callAsFunction(_ x: Scalar, _ y: Scalar) -> Scalar { x * y }
}

struct Quotient<Scalar: ReferenceScalar>: PairFormula {
  func callAsFunction(_ x: Scalar, _ y: Scalar) -> Scalar { x / y }
}

struct ElementPower<Scalar: ReferenceScalar>: PairFormula {
  func callAsFunction(_ x: Scalar, _ y: Scalar) -> Scalar {
    Scalar(Glibc.pow(Double(x), Double(y)))
  }
}

/// The larger; NaN where one is NaN.
struct Larger<Scalar: ReferenceScalar>: PairFormula {
  func callAsFunction(_ x: Scalar, _ y: Scalar) -> Scalar { x >= y || x != x ? x : y }
}

/// The smaller; NaN where one is NaN.
struct Smaller<Scalar: ReferenceScalar>: PairFormula {
  func callAsFunction(_ x: Scalar, _ y: Scalar) -> Scalar { x <= y || x != x ? x : y }
}

extension NDArray {
  /// The least elements worth a thread of their own.
  static var minimumChunk: Int { 1 << 15 }

  /// The array with a formula applied to each element, computed in double
  /// precision whatever the array's: the result is as good as rounded once.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func mappedInDouble(_ formula: @Sendable (Double) -> Double) -> NDArray {
    let source = elements
    return withoutActuallyEscaping(formula) { formula in
      let result: [Scalar] = filledInParallel(
        rowCount: source.count, rowLength: 1, minimumRows: 1 << 12
      ) { range, output in
        let values = source.span
        for index in range {
          output[index - range.lowerBound] = Scalar(formula(Double(values[index])))
        }
      }
      return NDArray(dimensions, result)
    }
  }

  /// The array with a formula applied to each element in the array's precision.
  ///
  /// It is inlined, so that the loop can be vectorised: only specialised
  /// functions may call it.
  @inline(__always)
  func mapped(_ formula: some ElementFormula<Scalar>) -> NDArray {
    let source = elements
    let result: [Scalar] = filledInParallel(
      rowCount: source.count, rowLength: 1, minimumRows: Self.minimumChunk
    ) { range, output in
      let values = source.span.extracting(range)
      for index in values.indices { output[index] = formula(values[index]) }
    }
    return NDArray(dimensions, result)
  }

  /// The rows of a matrix, each computed in double precision from the row of this
  /// array at the same place.
  ///
  /// - Parameter rowLength: The elements of a row, here and in the result.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func mappedRows(
    of rowLength: Int, _ formula: @escaping @Sendable ([Double]) -> [Double]
  ) -> [Scalar] {
    let source = elements
    let rowCount = rowLength == 0 ? 0 : source.count / rowLength
    return filledInParallel(rowCount: rowCount, rowLength: rowLength) { rows, output in
      for (place, row) in rows.enumerated() {
        let values = source.span.extracting(row * rowLength..<(row + 1) * rowLength)
        let made = formula(values.indices.map { Double(values[$0]) })
        for index in made.indices { output[place * rowLength + index] = Scalar(made[index]) }
      }
    }
  }
}
