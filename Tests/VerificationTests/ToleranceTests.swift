import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

@Suite struct ToleranceTests {
  /// The errors of float32 sums of products, in random orders, as fractions of
  /// the two bounds.
  private func largestRatios(
    count: Int, range: ClosedRange<Float>, seed: UInt64
  ) -> (probable: Double, worst: Double) {
    var noise = Noise(seed: seed)
    let tolerance = Tolerance(length: count, source: .float32, stored: .float32, own: .float64)
    var ratios = (probable: 0.0, worst: 0.0)
    for _ in 0..<20 {
      var pairs = (0..<count).map { _ in
        (Float.random(in: range, using: &noise), Float.random(in: range, using: &noise))
      }
      let exact = pairs.reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      let magnitude = pairs.reduce(0.0) { $0 + abs(Double($1.0) * Double($1.1)) }
      for _ in 0..<5 {
        pairs.shuffle(using: &noise)
        let sum = pairs.reduce(Float(0)) { $0 + $1.0 * $1.1 }
        let error = abs(Double(sum) - exact)
        ratios.probable = max(ratios.probable, error / (tolerance.probable * magnitude))
        ratios.worst = max(ratios.worst, error / (tolerance.worst * magnitude))
      }
    }
    return ratios
  }

  @Test(arguments: [1, 2, 10, 100, 1000, 10_000], [-1...1, 0...1] as [ClosedRange<Float>])
  func `float32 sums in any order stay within both bounds`(
    count: Int, range: ClosedRange<Float>
  ) {
    let ratios = largestRatios(count: count, range: range, seed: UInt64(count))
    #expect(ratios.probable <= 1)
    #expect(ratios.worst <= 1)
    // A bound that nothing comes near would find no fault. (Terms of both signs cancel, and
    // their partial sums and errors with them.)
    if range.lowerBound == 0 { #expect(ratios.probable > 0.01) }
  }

  @Test func `the probable bound is the smaller one and grows as the root`() {
    for count in [1, 10, 35, 36, 1000, 100_000] {
      let tolerance = Tolerance(length: count, source: .float32, stored: .float32, own: .float64)
      #expect(tolerance.probable <= tolerance.worst)
    }
    let ratio = Tolerance.probable(40_000, 0x1p-24) / Tolerance.probable(10_000, 0x1p-24)
    #expect(abs(ratio - 2) < 0.01)
  }

  @Test func `the worst case has no pole and no jump`() {
    var last = 0.0
    for count in 1...5000 {
      let bound = RoundingBound<Double>.worstCase(count, 0x1p-11)
      #expect(bound > last && bound < last + 0.01)
      #expect(bound >= Double(count) * 0x1p-11)
      last = bound
    }
  }

  @Test func `the bounds of both passes add`() {
    let ours = Tolerance(length: 100, source: .float32, stored: .float32, own: .float32)
    let exact = Tolerance(length: 100, source: .float32, stored: .float32, own: .float64)
    #expect(abs(ours.worst / exact.worst - 2) < 1e-6)
    #expect(ours.fixed == 0x1p-23)
  }

  @Test func `a coarse type counts the rounding of inputs and weights`() {
    let half = Tolerance(length: 10, source: .float16, stored: .float32, own: .float64)
    #expect(abs(half.worst / RoundingBound<Double>.worstCase(12, 0x1p-11) - 1) < 1e-9)
    #expect(half.relative == 0 && half.inputs == 0)
    let elementwise = Tolerance(length: 0, source: .float16, stored: .float32, own: .float64)
    #expect(elementwise.relative == 0x1p-11)
    #expect(elementwise.inputs == 0x1p-10)
    // A golden that is stored in less than was computed counts by what it is stored in.
    let stored = Tolerance(length: 10, source: .float32, stored: .float16, own: .float64)
    #expect(stored.worst == half.worst)
  }

  /// A tensor of float32 that was recorded.
  private func standard(_ elements: [Double]) -> Standard {
    Standard(
      array: NDArray([elements.count], elements), source: .float32, stored: .float32,
      given: .float32)
  }

  @Test func `a lost subnormal number is no difference, a lost normal one is`() {
    func verdict(_ value: Double) -> Int {
      Comparison(
        found: [value], golden: [0],
        within: .init(.exact(count: 1), standard([0]), own: .float32), isDouble: false
      ).wrongCount
    }
    #expect(verdict(0x1p-127) == 0)
    #expect(verdict(0x1p-90) == 1)
  }

  @Test(
    arguments: [
      // What is expected, what is found, the sum of magnitudes, and whether anything can be said.
      (6e38, .infinity, 6e38, false), (6e38, .nan, 6e38, false), (.infinity, 6e38, 6e38, false),
      (-6e38, -.infinity, 0, false), (6e38, -.infinity, 0, true), (-.infinity, 6e38, 0, true),
      // A sum that is small in the end may be too large on the way.
      (1, .nan, 4e38, false), (1, -.infinity, 4e38, false),
      (1, .nan, 3e38, true), (1, .infinity, 3e38, true), (3e38, .infinity, 3e38, true),
      (.infinity, 3e38, 3e38, true), (.infinity, -.infinity, 6e38, true),
      // What is finite on both sides is compared.
      (6e38, 5e38, 6e38, true),
    ] as [(Double, Double, Double, Bool)])
  func `an overflow of float32 is no fault where one can be`(
    expected: Double, found: Double, magnitude: Double, isWrong: Bool
  ) {
    let bound = RoundingBound<Double>(length: 2, magnitude: [magnitude], fixed: [0])
    let comparison = Comparison(
      found: [found], golden: [expected],
      within: .init(bound, standard([expected]), own: .float32), isDouble: false)
    #expect(comparison.wrongCount == (isWrong ? 1 : 0))
    #expect(comparison.unboundedCount == (isWrong ? 0 : 1))
  }

  @Test func `a unit in the last place is counted across zero`() {
    #expect(ulpDistance(Float(1), Float(1).nextUp) == 1)
    #expect(ulpDistance(Float.leastNonzeroMagnitude, -Float.leastNonzeroMagnitude) == 2)
    #expect(ulpDistance(Float(0), -Float(0)) == 0)
    #expect(ulpDistance(-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude) > 1 << 63)
    #expect(ulpDistance(2.0, 2.0.nextDown.nextDown) == 2)
  }

  @Test func `what float16 rounds is rounding only if the layer computes in float16`() throws {
    var golden = try Golden.block()
    for (name, tensor) in golden.cases[0].calls {
      golden.cases[0].calls[name] = try tensor.changed { elements in
        for index in elements.indices { elements[index] = Float(Float16(elements[index])) }
      }
    }
    golden.cases[0].outputs = [:]
    let single = try Verifier().verify(Block.model(), against: golden)
    #expect(single.verdict == .differs)
    let half = try Verifier().verify(Block.model(computeType: .float16), against: golden)
    #expect(half.verdict == .agrees)
    let wrong = try Verifier().verify(
      Block.model(swapsWeights: true, computeType: .float16), against: golden)
    #expect(wrong.count(of: .wrong) == 3)
  }

  @Test func `a sum that cancels may show the rounding of its float16 inputs`() throws {
    // 1 + 2^-12 rounds to 1 in float16, and the small difference to -1 is lost.
    let x = Tensor(NDArray<Float>([1, 2], [1 + 0x1p-12, 3]))
    let minus = Tensor(NDArray<Float>([1, 2], [-1, -2]))
    let golden = Golden(
      producer: "test", producerVersion: "1",
      cases: [
        GoldenCase(
          name: "cancel", inputs: ["a": x, "b": minus], outputs: [:],
          calls: ["sum": Tensor(NDArray<Float>([1, 2], [0, 1]))])
      ])
    func model(_ type: DType) throws -> Model {
      let graph = try Graph(
        name: "sum", form: .functional,
        layers: [
          LayerNode(name: "a", body: .layer(InputLayer(batchShape: [nil, 2]))),
          LayerNode(name: "b", body: .layer(InputLayer(batchShape: [nil, 2]))),
          LayerNode(name: "sum", body: .layer(Sum()), computeType: type),
        ],
        calls: [
          Call("a", inputs: []), Call("b", inputs: []),
          Call("sum", inputs: [TensorReference("a"), TensorReference("b")]),
        ], inputs: [TensorReference("a"), TensorReference("b")],
        outputs: [TensorReference("sum")])
      return try Model(graph: graph, tensors: [:])
    }
    for engine in Reference.engines {
      let verifier = Verifier(engine: engine)
      let half = try verifier.verify(model(.float16), against: golden).cases[0].calls[0]
      #expect(half.verdict == .ok)
      let single = try verifier.verify(model(.float32), against: golden).cases[0].calls[0]
      #expect(single.verdict == .wrong)
    }
  }

  @Test func `an error between the bounds is rounding`() throws {
    let count = 4096
    let bound = RoundingBound<Double>(length: count, magnitude: [1], fixed: [0])
    func severity(units: Double) -> (outliers: Int, wrong: Int) {
      let comparison = Comparison(
        found: [1 + units * 0x1p-24], golden: [1.0],
        within: .init(bound, standard([1]), own: .float64), isDouble: false)
      return (comparison.outlierCount, comparison.wrongCount)
    }
    // 6·√4096 = 384 and γ(4096) = 4097 units.
    #expect(severity(units: 383) == (0, 0))
    #expect(severity(units: 386) == (1, 0))
    #expect(severity(units: 4095) == (1, 0))
    #expect(severity(units: 4100) == (1, 1))
  }
}
