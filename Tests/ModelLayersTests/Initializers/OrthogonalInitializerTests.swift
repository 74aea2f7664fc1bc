import ModelLayers
import Testing

@Suite struct OrthogonalInitializerTests {
  /// The products of all pairs of columns of a row-major matrix.
  private func columnProducts(_ matrix: [Double], width: Int) -> [[Double]] {
    let columns = (0..<width).map { column in
      stride(from: column, to: matrix.count, by: width).map { matrix[$0] }
    }
    return columns.map { left in columns.map { zip(left, $0).reduce(0) { $0 + $1.0 * $1.1 } } }
  }

  /// The largest difference of a square matrix from a multiple of the identity.
  private func distance(_ matrix: [[Double]], fromIdentityTimes factor: Double) -> Double {
    matrix.enumerated().flatMap { row, values in
      values.enumerated().map { abs($1 - (row == $0 ? factor : 0)) }
    }.max() ?? 0
  }

  private func transposed(_ matrix: [Double], width: Int) -> [Double] {
    (0..<width).flatMap { column in
      stride(from: column, to: matrix.count, by: width).map { matrix[$0] }
    }
  }

  @Test(arguments: [
    [40, 12], [12, 40], [16, 16], [3, 3, 4, 20], [2, 2, 5, 20], [1, 1], [1, 7],
  ])
  func `columns are orthonormal times the gain, rows where there are fewer`(_ shape: [Int]) throws {
    let width = shape.last ?? 1
    let height = shape.dropLast().reduce(1, *)
    for gain in [1.0, 1.5] {
      let values: [Float] = try Initializer.orthogonal(gain: gain).values(shape: shape, stream: 9)
      let matrix = values.map(Double.init)
      let products =
        height < width
        ? columnProducts(transposed(matrix, width: width), width: height)
        : columnProducts(matrix, width: width)
      // Two factors, each rounded to float32: at most 2u·Σ|q||q| ≤ 2u·gain² in the first order
      // (Cauchy and Schwarz); the rest is in double precision, for which another u is ample.
      #expect(distance(products, fromIdentityTimes: gain * gain) <= 3 * 0x1p-24 * gain * gain)
    }
  }

  @Test func `columns that are nearly dependent are orthonormal to the rounding error`() {
    // Läuchli's matrix: one pass leaves products of about 10⁻⁹.
    let small = 1e-7
    let matrix = OrthonormalMatrix(
      orthonormalizing: [1, 1, 1, small, 0, 0, 0, small, 0, 0, 0, small], columnCount: 3)
    // Four products of rounded numbers each.
    #expect(
      distance(columnProducts(matrix.elements, width: 3), fromIdentityTimes: 1) <= 8 * 0x1p-53)
  }

  @Test func `the matrix is Q of a QR decomposition with a positive diagonal`() throws {
    // numpy.linalg.qr of the normal stream's first six numbers, times the signs of R's diagonal.
    let tall: [Float] = try Initializer.orthogonal().values(shape: [3, 2], stream: 42)
    let expected: [Float] = [
      -0.8160427886740402, 0.5605930489435503, 0.24903448262954844, 0.560765530199558,
      0.5215898709853639, 0.6093254086415424,
    ]
    for (value, expected) in zip(tall, expected) {
      #expect(abs(value - expected) <= expected.ulp)
    }
    let wide: [Float] = try Initializer.orthogonal().values(shape: [2, 3], stream: 42)
    #expect(wide == [tall[0], tall[2], tall[4], tall[1], tall[3], tall[5]])
  }

  @Test func `every element is as often positive as negative`() throws {
    // Of 400 fair coins, 200 ± 4·10 are heads with a probability of 1 - 6·10⁻⁵. A QR
    // decomposition whose signs were left as they are would give all or none in the corner.
    var positive = [0, 0, 0, 0]
    for stream in 0..<400 {
      let values: [Double] = try Initializer.orthogonal().values(
        shape: [2, 2], stream: UInt64(stream))
      for (index, value) in values.enumerated() where value > 0 { positive[index] += 1 }
    }
    #expect(positive.allSatisfy { abs($0 - 200) <= 40 }, "\(positive)")
  }
}
