import Testing

@testable import ModelLayers

/// Operations that normalize, by small examples.
@Suite struct NormalizingOperationTests {
  private func trial(
    _ name: String, _ settings: Attributes, _ inputs: [NDArray<Double>]
  ) throws -> PrimitiveTrial {
    let operation = try Operation(name, attributes: settings)
    return try PrimitiveTrial(inputs) { values, definition throws(ModelError) in
      try operation.define(values, in: &definition)
    }
  }

  /// Whether an operation makes these elements, in both precisions and within its bound.
  private func check(
    _ name: String, _ settings: Attributes, _ inputs: [NDArray<Double>], _ expected: [Double],
    output: Int = 0, location: SourceLocation = #_sourceLocation
  ) throws {
    let trial = try trial(name, settings, inputs)
    let found = trial.outputs[output].elements
    #expect(found.count == expected.count, sourceLocation: location)
    for (element, wanted) in zip(found, expected) {
      #expect(abs(element - wanted) < 1e-12, sourceLocation: location)
    }
    #expect(trial.roundingShare() <= 1, sourceLocation: location)
  }

  private let row = NDArray<Double>([1, 4], [1, 3, 5, 7])
  private let matrix = NDArray<Double>([2, 2], [3, 4, 6, 8])

  @Test func `statistics that are given are those of one axis`() throws {
    let mean = NDArray<Double>([2], [1, 2])
    let variance = NDArray<Double>([2], [3, 8])
    let settings: Attributes = ["axis": .int(-1), "epsilon": .double(1)]
    try check("BatchNorm", settings, [matrix, mean, variance], [1, 2.0 / 3, 2.5, 2])
    try check(
      "BatchNorm", ["axis": .int(0), "epsilon": .double(1)], [matrix, mean, variance],
      [1, 1.5, 4.0 / 3, 2])
    let offset = NDArray<Double>([2], [10, 20])
    let scale = NDArray<Double>([2], [2, 3])
    try check(
      "BatchNorm", settings, [matrix, mean, variance, offset, scale], [12, 22, 15, 26])
    // The scale alone: the operands say which they are.
    var scaled = settings
    scaled["given"] = .strings(["x", "mean", "variance", "scale"])
    try check("BatchNorm", scaled, [matrix, mean, variance, scale], [2, 2, 5, 6])
  }

  @Test func `statistics of the tensor's own are over its axes`() throws {
    let deviation = 6.0.squareRoot()
    let settings: Attributes = ["epsilon": .double(1)]
    let plain = [-3, -1, 1, 3].map { $0 / deviation }
    try check("LayerNorm", settings, [row], plain)
    let gamma = NDArray<Double>([4], [1, 2, 3, 4])
    let beta = NDArray<Double>([4], [4, 3, 2, 1])
    try check(
      "LayerNorm", settings, [row, gamma, beta],
      zip(plain, zip(gamma.elements, beta.elements)).map { $0 * $1.0 + $1.1 })
    var shifted = settings
    shifted["given"] = .strings(["x", "beta"])
    try check("LayerNorm", shifted, [row, beta], zip(plain, beta.elements).map { $0 + $1 })
    var scaled = settings
    scaled["rms_scaling"] = .bool(true)
    try check("LayerNorm", scaled, [row], [1, 3, 5, 7].map { $0 / deviation })
    // The first axis: mean and deviation of 3, 6 and 4, 8.
    try check(
      "LayerNorm", ["axis": .int(0), "epsilon": .double(1.75)], [matrix],
      [-0.75, -2 / 5.75.squareRoot(), 0.75, 2 / 5.75.squareRoot()])
    try check("RMSNorm", ["epsilon": .double(4)], [row], [1, 3, 5, 7].map { $0 / 5 })
    try check(
      "RMSNorm", ["epsilon": .double(4)], [row, gamma], [0.2, 1.2, 3, 5.6])
  }

  @Test func `norms are lengths, and sums of magnitudes`() throws {
    let sides = NDArray<Double>([2, 2], [3, -4, 6, 8])
    let last: Attributes = ["axis": .int(-1)]
    try check("Normalize", last, [sides], [0.6, -0.8, 0.6, 0.8])
    try check("Normalize", ["order": .double(1)], [sides], [3.0 / 7, -4.0 / 7, 3.0 / 7, 4.0 / 7])
    try check(
      "Normalize", ["axis": .int(0), "order": .int(1), "epsilon": .double(10)], [sides],
      [0.3, -4.0 / 12, 0.6, 8.0 / 12])
    try check("Normalize", ["epsilon": .double(100)], [sides], [0.03, -0.04, 0.06, 0.08])
    try check("L2Normalize", last, [sides], [0.6, -0.8, 0.6, 0.8])
    try check(
      "L2Normalize", ["axis": .int(1), "epsilon": .double(2500)], [sides],
      [0.06, -0.08, 0.12, 0.16])
    let whole = 125.0.squareRoot()
    try check("L2Normalize", [:], [sides], [3, -4, 6, 8].map { $0 / whole })
    try check("NormalizeByNorm", last, [sides], [0.6, -0.8, 0.6, 0.8])
    try check("NormalizeByNorm", last, [sides], [5, 10], output: 1)
    try check("NormalizeByNorm", ["order": .int(1), "axis": .int(0)], [sides], [9, 12], output: 1)
    try check("Norm", last, [sides], [5, 10])
    try check("Norm", ["axis": .int(0), "ord": .int(1)], [sides], [9, 12])
    try check("Norm", [:], [sides], [whole])
    try check("EuclideanNorm", ["axis": .int(1)], [sides], [5, 10])
    #expect(
      try trial("Norm", ["axis": .int(1), "keepdims": .bool(true)], [sides]).outputs[0].dimensions
        == [2, 1])
    #expect(
      try trial("NormalizeByNorm", last, [sides]).outputs[1].dimensions == [2, 1])
  }

  @Test(
    arguments: [
      ("BatchNorm", ["axis": .int(2)], [[2, 2], [2], [2]]),
      ("BatchNorm", ["axis": .int(1)], [[2, 3], [2], [2]]),
      ("BatchNorm", [:], [[2, 2], [2], [2]]),
      ("BatchNorm", ["axis": .int(1)], [[2, 2], [2]]),
      ("BatchNorm", ["axis": .int(1), "epsilon": .double(-1)], [[2, 2], [2], [2]]),
      (
        "BatchNorm", ["axis": .int(1), "given": .strings(["x", "mean", "scale"])],
        [[2, 2], [2], [2]]
      ),
      ("LayerNorm", [:], [[2, 3], [2]]), ("LayerNorm", ["axis": .int(5)], [[2, 3]]),
      ("LayerNorm", ["epsilon": .double(0)], [[2, 3]]),
      ("LayerNorm", ["given": .strings(["x", "x"])], [[2, 3], [3]]),
      ("LayerNorm", ["given": .strings(["x", "delta"])], [[2, 3], [3]]),
      ("LayerNorm", ["given": .strings(["x"])], [[2, 3], [3]]),
      ("RMSNorm", ["epsilon": .double(-1)], [[2, 3]]), ("RMSNorm", [:], [[2, 3], [2]]),
      ("Norm", ["ord": .int(2)], [[2, 3]]), ("Norm", ["ord": .int(3), "axis": .int(1)], [[2, 3]]),
      ("Normalize", ["order": .int(0)], [[2, 3]]), ("Normalize", ["axis": .int(-3)], [[2, 3]]),
    ] as [(String, Attributes, [[Int]])])
  func `what does not fit is an error`(
    _ name: String, _ settings: Attributes, _ inputs: [[Int]]
  ) {
    #expect(throws: ModelError.self) {
      try trial(name, settings, inputs.map { NDArray(repeating: 1, $0) })
    }
  }
}
