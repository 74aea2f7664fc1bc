import OrderedCollections
import ModelGraph
import Testing
import Verification

/// Which side of a step a number comes to that rests on it, rounding decides: an evaluation that
/// decides otherwise is as right, and one that is further off is not.
@Suite struct StepTests {
  /// a ÷ b·b, which is a or, by another evaluation, beside it; and steps made of that.
  private static func model(computeType: DType = .float32) throws -> Model {
    try model(
      [
        ("quotient", "Divide", ["a", "b"]), ("product", "Multiply", ["quotient", "b"]),
        ("floor", "Floor", ["product"]), ("equal", "Equal", ["product", "a"]),
        ("rest", "Subtract", ["floor", "a"]),
      ], inputs: ["a", "b"], outputs: ["floor", "equal", "rest"], computeType)
  }

  private static func model(
    _ operations: [(name: String, kind: String, of: [String])], inputs: [String],
    outputs: [String], _ computeType: DType, inputType: DType = .float32
  ) throws -> Model {
    var layers = inputs.map {
      LayerNode(name: $0, body: .layer(InputLayer(batchShape: [nil, 4], dtype: inputType)))
    }
    var calls = inputs.map { Call($0, inputs: []) }
    for (name, kind, sources) in operations {
      let operation = try Operation(kind, attributes: [:])
      layers.append(LayerNode(name: name, body: .layer(operation), computeType: computeType))
      let arguments = zip(operation.signature.parameters.map(\.name), sources).map {
        ($0, CallArgument.tensor(TensorReference($1)))
      }
      calls.append(Call(name, arguments: OrderedDictionary(uniqueKeysWithValues: arguments)))
    }
    let graph = try Graph(
      name: "steps", form: .functional, layers: layers, calls: calls,
      inputs: inputs.map { TensorReference($0) }, outputs: outputs.map { TensorReference($0) })
    return try Model(graph: graph, tensors: [:])
  }

  /// What another evaluation makes, which comes to 3 from below.
  private static func golden(
    below: Float, floor: [Float] = [2, 1, 5, 7], rest: [Float] = [-1, -0.5, 0, 0],
    records: Bool = true
  ) -> Golden {
    func tensor(_ elements: [Float]) -> Tensor { Tensor(NDArray([1, 4], elements)) }
    let inputs = ["a": tensor([3, 1.5, 5, 7]), "b": tensor([7, 3, 1, 1])]
    let calls: OrderedDictionary = [
      "quotient": tensor([below / 7, 0.5, 5, 7]), "product": tensor([below, 1.5, 5, 7]),
      "floor": tensor([2, 1, 5, 7]), "equal": tensor([0, 1, 1, 1]),
      "rest": tensor([-1, -0.5, 0, 0]),
    ]
    let outputs: OrderedDictionary = [
      "floor": tensor(floor), "equal": tensor([0, 1, 1, 1]), "rest": tensor(rest),
    ]
    return Golden(
      producer: "test", producerVersion: "1",
      cases: [
        GoldenCase(
          name: "steps",
          inputs: OrderedDictionary(
            uncheckedUniqueKeysWithValues: inputs.sorted { $0.key < $1.key }),
          outputs: outputs, calls: records ? calls : [:])
      ])
  }

  @Test(arguments: Reference.engines, [true, false])
  func `a number that rests on a step may end on either side of it`(
    engine: any Engine, records: Bool
  ) throws {
    let golden = Self.golden(below: Float(3).nextDown, records: records)
    let report = try Verifier(engine: engine).verify(Self.model(), against: golden)
    // It is no fault, and nothing is proved by it.
    #expect(report.cases[0].outputs.map(\.reason) == [.step, .step, .step])
    #expect(report.verdict == (records ? .agrees : .couldNotTell))
  }

  @Test func `how near to a step is near is told by the type of the source`() throws {
    let below = Float(2.9980469)
    let half = try Verifier().verify(
      Self.model(computeType: .float16), against: Self.golden(below: below))
    #expect(half.verdict == .agrees)
    #expect(half.cases[0].calls.allSatisfy { $0.cumulative?.isBeyond != true })
    let single = try Verifier().verify(Self.model(), against: Self.golden(below: below))
    #expect(single.firstDivergence?.call.path == "quotient")
  }

  @Test(arguments: [
    // Away from a step; two steps away; above instead of below.
    [2, 0, 5, 7], [1, 1, 5, 7], [2, 1, 5, 9],
  ])
  func `what no step explains is wrong`(floor: [Float]) throws {
    let report = try Verifier().verify(
      Self.model(), against: Self.golden(below: 3, floor: floor, records: false))
    #expect(report.cases[0].outputs[0].verdict == .wrong)
    #expect(report.verdict == .differs)
  }

  @Test func `what a step may explain is not right for that`() throws {
    let report = try Verifier().verify(
      Self.model(),
      against: Self.golden(below: 3, rest: [0.001, -0.5, 0, 0], records: false))
    #expect(report.cases[0].outputs[2].reason == .step)
    let small = try Verifier().verify(
      Self.smallRests(), against: Self.golden(ofSmallRests: [0.001, 0, 0, 0]))
    #expect(small.cases[0].outputs[0].verdict == .unchecked)
    #expect(small.cases[0].outputs[0].reason == .step)
  }

  /// floor(a ÷ b·b) - a, of integers.
  private static func smallRests() throws -> Model {
    try model(
      [
        ("quotient", "Divide", ["a", "b"]), ("product", "Multiply", ["quotient", "b"]),
        ("floor", "Floor", ["product"]), ("rest", "Subtract", ["floor", "a"]),
      ], inputs: ["a", "b"], outputs: ["rest"], .float32)
  }

  private static func golden(ofSmallRests rests: [Float]) -> Golden {
    func tensor(_ elements: [Float]) -> Tensor { Tensor(NDArray([1, 4], elements)) }
    return Golden(
      producer: "test", producerVersion: "1",
      cases: [
        GoldenCase(
          name: "steps", inputs: ["a": tensor([3, 4, 5, 6]), "b": tensor([7, 1, 1, 1])],
          outputs: ["rest": tensor(rests)], calls: [:])
      ])
  }

  // MARK: - Overflow

  @Test func `what a coarse type does not have is unchecked, whatever comes of it`() throws {
    let model = try Self.model(
      [("product", "Multiply", ["a", "b"]), ("half", "Divide", ["product", "b"])],
      inputs: ["a", "b"], outputs: ["half"], .float16)
    func tensor(_ elements: [Float]) -> Tensor { Tensor(NDArray([1, 4], elements)) }
    let golden = Golden(
      producer: "test", producerVersion: "1",
      cases: [
        GoldenCase(
          name: "overflow", inputs: ["a": tensor([300, 1, 2, 3]), "b": tensor([300, 1, 2, 4])],
          outputs: ["half": tensor([.infinity, 1, 2, 3])], calls: [:])
      ])
    let report = try Verifier().verify(model, against: golden)
    #expect(report.cases[0].outputs[0].verdict == .unchecked)
  }

  // MARK: - Integers

  @Test func `integers are verified as far as float64 holds them`() throws {
    let model = try Self.model(
      [("product", "Multiply", ["a", "b"]), ("rest", "Mod", ["product", "c"])],
      inputs: ["a", "b", "c"], outputs: ["rest"], .float32, inputType: .int32)
    func tensor(_ elements: [Int32]) throws -> Tensor {
      let bytes = elements.flatMap { number in withUnsafeBytes(of: number.littleEndian, Array.init)
      }
      return try Tensor(dtype: .int32, dimensions: [1, 4], bytes: OwnedBytes(bytes))
    }
    let (a, b, c): ([Int32], [Int32], [Int32]) = (
      [26_544_351, -26_544_351, 7, 1 << 28], [3, 5, 11, 3], [97, 97, 1_000_003, 12345]
    )
    let products = zip(a, b).map { $0 &* $1 }
    let rests = zip(products, c).map { ($0 % $1 + $1) % $1 }
    func golden(_ rests: [Int32]) throws -> Golden {
      Golden(
        producer: "test", producerVersion: "1",
        cases: [
          GoldenCase(
            name: "large", inputs: ["a": try tensor(a), "b": try tensor(b), "c": try tensor(c)],
            outputs: ["rest": try tensor(rests)], calls: ["product": try tensor(products)])
        ])
    }
    let report = try Verifier().verify(model, against: golden(rests))
    #expect(report.cases[0].calls.map(\.verdict) == [.ok, .unchecked])
    #expect(report.cases[0].outputs.map(\.verdict) == [.ok])
    var wrong = rests
    wrong[2] += 1
    #expect(try Verifier().verify(model, against: golden(wrong)).verdict == .differs)
    #expect(throws: VerificationError.self) {
      try Verifier(engine: ReferenceEngine<Float>()).verify(model, against: golden(rests))
    }
  }

  /// 2^20·a, mod 1000, by what has no integers of 64 bits.
  @Test
  func `what a source cuts off of large integers is unchecked, and no other fault is excused`()
    throws
  {
    let model = try Self.model(
      [("product", "Multiply", ["a", "b"]), ("rest", "Mod", ["product", "c"])],
      inputs: ["a", "b", "c"], outputs: ["rest"], .float32, inputType: .int64)
    func tensor(_ elements: [Int32]) throws -> Tensor {
      let bytes = elements.flatMap { number in withUnsafeBytes(of: number.littleEndian, Array.init)
      }
      return try Tensor(dtype: .int32, dimensions: [1, 4], bytes: OwnedBytes(bytes))
    }
    func verdicts(_ a: [Int32], _ change: Int32 = 0) throws -> [CallReport.Verdict] {
      let products = a.map { $0 &* 1 << 20 }
      let rests = products.map { (($0 % 1000 + 1000) % 1000) + change }
      let golden = Golden(
        producer: "test", producerVersion: "1",
        cases: [
          GoldenCase(
            name: "large",
            inputs: [
              "a": try tensor(a), "b": try tensor(a.map { _ in 1 << 20 }),
              "c": try tensor(a.map { _ in 1000 }),
            ],
            outputs: ["rest": try tensor(rests)], calls: ["product": try tensor(products)])
        ])
      let report = try Verifier().verify(model, against: golden)
      return (report.cases[0].calls + report.cases[0].outputs).map(\.verdict)
    }
    #expect(try verdicts([3, 2, 5, 7]) == [.ok, .unchecked, .ok])
    #expect(try verdicts([3, 2, 5, 7], 1) == [.ok, .unchecked, .wrong])
    #expect(try verdicts([3, 4096, 5, 7]) == [.unchecked, .unchecked, .unchecked])
    #expect(try verdicts([3, 4096, 5, 7], 1) == [.unchecked, .unchecked, .wrong])
  }
}
