import ModelBuilder
import ModelGraph
import OrderedCollections
import Testing

@testable import Verification

/// What rounding may do follows from the sums that a model takes, and not from what ours happen to be:
/// where ours are exact, another order of summation is as right, and what is further off is not.
@Suite struct RoundingDrawTests {
  /// What is made of evenly spaced numbers, whose sum is 0 or next to it: in float64, but not in float32.
  enum Formula: CaseIterable {
    case scaled, centred, squared

    func build(_ x: SymbolicTensor) -> SymbolicTensor {
      func reduced(_ name: String, _ x: SymbolicTensor) -> SymbolicTensor {
        x.operation(name, settings: ["axis": .ints([-1]), "keepdims": .bool(true)])[0]
      }
      let mean = reduced("Mean", x)
      return switch self {
      case .scaled: x * mean
      case .centred: (x - mean) * reduced("Sum", x)
      case .squared: x * (reduced("Sum", x) * mean)
      }
    }

    func values(_ x: [Float], sum: Float) -> [Float] {
      let mean = sum / Float(x.count)
      return x.map { x in
        switch self {
        case .scaled: x * mean
        case .centred: (x - mean) * sum
        case .squared: x * (sum * mean)
        }
      }
    }
  }

  private static let count = 64

  private static func model(_ formula: Formula) throws -> Model {
    let x = Input(shape: [count], name: "x")
    return try Model(inputs: x, outputs: formula.build(x))
  }

  /// What is computed in float32 with the sums taken in an order.
  private static func golden(
    _ formula: Formula, _ order: [Int], isNudged: Bool = false, offBy error: Float = 0
  ) throws -> Golden {
    var x = (0..<count).map { -4 + 8 * Float($0) / Float(count - 1) }
    if isNudged { x[count - 1] = x[count - 1].nextUp }
    let sum = order.reduce(Float(0)) { $0 + x[$1] } + error
    let made = Tensor(NDArray<Float>([1, count], formula.values(x, sum: sum)))
    return Golden(
      producer: "test", producerVersion: "1",
      cases: [
        GoldenCase(
          name: "ramp", inputs: ["x": Tensor(NDArray<Float>([1, count], x))],
          outputs: [try model(formula).graph.outputNames[0]: made], calls: [:])
      ])
  }

  private static let orders = [
    Array(0..<count), Array((0..<count).reversed()),
    Array(stride(from: 0, to: count, by: 2)) + Array(stride(from: 1, to: count, by: 2)),
  ]

  @Test(arguments: Formula.allCases, [false, true])
  func `a sum in another order is right where ours is exact`(
    formula: Formula, isNudged: Bool
  ) throws {
    for engine in Reference.engines {
      for order in Self.orders {
        let report = try Verifier(engine: engine).verify(
          Self.model(formula), against: Self.golden(formula, order, isNudged: isNudged))
        #expect(report.verdict == .agrees, "\(report)")
      }
    }
  }

  @Test(arguments: Formula.allCases)
  func `what no order explains is wrong`(formula: Formula) throws {
    let golden = try Self.golden(formula, Self.orders[0], offBy: 0x1p-7)
    #expect(try Verifier().verify(Self.model(formula), against: golden).verdict == .differs)
  }

  @Test func `calls that carry other sums are not beyond what rounding allows`() throws {
    let model = try Self.model(.scaled)
    var golden = try Self.golden(.scaled, Self.orders[0])
    let names = model.graph.calls.map(\.layer).filter { $0 != "x" }
    let x = try #require(golden.cases[0].inputs["x"]).array(Float.self).elements
    let mean = Self.orders[0].reduce(Float(0)) { $0 + x[$1] } / Float(Self.count)
    golden.cases[0].calls = [
      names[0]: Tensor(NDArray<Float>([1, 1], [mean])),
      names[1]: try #require(golden.cases[0].outputs.values.first),
    ]
    let report = try Verifier().verify(model, against: golden)
    #expect(report.verdict == .agrees)
    #expect(report.cases[0].calls.map { $0.cumulative?.isBeyond } == [false, false])
  }
}
