import Testing

@testable import ModelLayers

/// Bounds on what jumps, in the unit of the type that is computed in.
@Suite struct StepBoundTests {
  typealias Body =
    @Sendable (
      Definition.Value, inout Definition
    ) throws(ModelError) -> Definition.Value

  /// What jumps, at which number, and how far.
  private static let steps: [(name: String, at: Double, height: Double, body: Body)] = [
    ("floor", 3, 1, { x, d throws(ModelError) in try d.function(.floor, x) }),
    ("sign", 0, 2, { x, d throws(ModelError) in try d.function(.sign, x) }),
    (
      "equal", 3, 1,
      { x, d throws(ModelError) in
        try d.apply(Primitives.Comparison(.equal), to: x, d.constant([3], []))
      }
    ),
    (
      "where", 3, 6,
      { x, d throws(ModelError) in
        let isLess = try d.apply(Primitives.Comparison(.less), to: x, d.constant([3], []))
        return try d.apply(
          Primitives.Selection(), to: isLess, d.constant([4], []), d.constant([10], []))
      }
    ),
    (
      "cast", 3, 1,
      { x, d throws(ModelError) in
        try Operation("Cast", attributes: ["dtype": .string("int32")]).define([x], in: &d)[0]
      }
    ),
    (
      "hard shrink", 0.5, 0.5,
      { x, d throws(ModelError) in try d.activation(.hardShrink(threshold: 0.5), x) }
    ),
    (
      "threshold", 0.5, 7.5,
      { x, d throws(ModelError) in try d.activation(.threshold(threshold: 0.5, value: -7), x) }
    ),
  ]

  @Test func `whether a number is one rests on no step`() throws {
    let trial = try PrimitiveTrial([[5]]) { values, definition throws(ModelError) in
      let x = try definition.combination(.multiply, values[0], 0.1)
      return [try definition.apply(Primitives.Comparison(.equal), to: x, x)]
    }
    #expect(trial.distance(to: NDArray(repeating: 1, [5])) == 0)
    #expect(trial.bounds() == [[0, 0, 0, 0, 0]])
  }

  @Test(arguments: steps.indices, [0x1p-8, 0x1p-11, 0x1p-24, 0x1p-53])
  func `a step is as high in every type, and as near as the type is coarse`(
    index: Int, unit: Double
  ) throws {
    let (name, place, height, body) = Self.steps[index]
    let definition = try Definition(for: [TensorType([3])]) {
      values, definition throws(ModelError) in [try body(values[0], &definition)]
    }
    #expect(definition.hasSteps)
    // At the step, nearer to it than two units, and further off.
    let off = 2 * unit
    let x = NDArray([3], [place, place + unit, place + 64 * unit])
    let made = definition.values([x], Parameters<Double>())
    let given = RoundingBound(
      length: 0, magnitude: [], fixed: Array(repeating: off / unit, count: 3))
    let bound = definition.bounds(
      [x], within: [given], Parameters(), outputs: made, unitRoundoff: unit)[0]
    let moved = bound.filled(to: 3).fixed.map { $0 * unit }
    let slack = 8 * unit * max(1, height)
    #expect(abs(moved[0] - height) <= slack, "\(name)")
    #expect(abs(moved[1] - height) <= slack, "\(name)")
    #expect(moved[2] <= slack, "\(name)")
  }

  @Test func `what is continuous has no steps`() throws {
    let definition = try Definition(for: [TensorType([3])]) {
      values, d throws(ModelError) in
      [try d.activation(.relu, d.function(.exp, values[0]))]
    }
    #expect(!definition.hasSteps)
  }
}
