@testable import ModelLayers
import Testing

/// Products large enough to be cut into several parts of rows, of columns and of what is summed.
@Suite struct MatrixProductTests {
  private let rows = sparse([150, 300])
  private let weights = NDArray<Double>.generate([300, 41]) { place in
    Double((place[0] * 41 + place[1] * 7) % 19 - 9)
  }

  /// Whole numbers, two in three of them zeros.
  private static func sparse(_ dimensions: [Int]) -> NDArray<Double> {
    .generate(dimensions) { place in
      let number = (place[0] * 31 + place[1] * 17) % 27 - 13
      return number.isMultiple(of: 3) ? Double(number) : 0
    }
  }

  private func expected(
    _ weights: NDArray<Double>, _ factor: (Double) -> Double = { $0 }
  ) -> [Double] {
    NDArray<Double>.generate([150, 41]) { place in
      var sum = 0.0
      for inner in 0..<300 {
        sum += factor(rows.at(place[0], inner)) * factor(weights.at(inner, place[1]))
      }
      return sum
    }.elements
  }

  @Test func `zeros change nothing`() {
    let made = matrixProduct([ArrayRows(rows)], weights, bias: nil, .products)
    #expect(made == expected(weights))
    func single(_ array: NDArray<Double>) -> NDArray<Float> {
      NDArray(array.dimensions, array.elements.map { Float($0) })
    }
    let madeSingle = matrixProduct(
      [ArrayRows(single(rows))], single(weights), bias: nil, .products)
    #expect(madeSingle == expected(weights).map { Float($0) })
  }

  @Test func `magnitudes are summed instead`() {
    let made = matrixProduct([ArrayRows(rows)], weights, bias: nil, .magnitudes)
    #expect(made == expected(weights) { abs($0) })
    let bias = NDArray<Double>([41], (0..<41).map { Double($0) - 20 })
    let few = ArrayRows(NDArray([1, 300], Array(rows.elements[..<300])))
    let biased = matrixProduct([few], weights, bias: bias, .magnitudes)
    #expect(biased == zip(expected(weights) { abs($0) }, bias.elements).map { $0 + abs($1) })
  }

  @Test(arguments: [Double.infinity, -.infinity, .nan], [(0, 0), (299, 40), (130, 17)])
  func `zero times what is not finite is not a number`(_ weight: Double, _ place: (Int, Int)) {
    var weights = weights
    weights.elements[place.0 * 41 + place.1] = weight
    let made = matrixProduct([ArrayRows(rows)], weights, bias: nil, .products)
    let wanted = expected(weights)
    let wrong = zip(made, wanted).filter { $0 != $1 && !($0.isNaN && $1.isNaN) }
    let undefinedCount = made.count { $0.isNaN }
    #expect(wrong.isEmpty)
    #expect(undefinedCount > 0)
  }
}
