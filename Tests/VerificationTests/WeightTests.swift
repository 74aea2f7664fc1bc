import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

@Suite struct WeightTests {
  /// A model with some of its weights replaced.
  private func block(changing names: [String]) throws -> Model {
    let model = try Block.model()
    var tensors = model.tensors
    for name in names { tensors[name] = try tensors[name]?.changed { $0[0] += 0.5 } }
    return try Model(graph: model.graph, tensors: tensors)
  }

  private func golden() throws -> Golden {
    var golden = try Golden.block()
    golden.weightDigests = try Block.model().weightDigests()
    return golden
  }

  @Test func `a digest is what Python computes`() throws {
    let numbers = NDArray<Float>([2, 3], [0, 1, 2, 3, 4, 5])
    #expect(try Tensor(numbers).digest() == 0x6772_AD0A_2D18_A773)
    let turned = NDArray<Float>([3, 2], numbers.elements)
    #expect(try Tensor(turned).digest() == 0xD31C_66A4_708A_B0FC)
    let double = NDArray<Double>([2, 3], [0, 1, 2, 3, 4, 5])
    #expect(try Tensor(double).digest() == 0x4051_6877_063D_FBFC)
  }

  @Test func `weights that are all alike have no digest`() throws {
    #expect(try Tensor(NDArray<Float>(repeating: 1, [4])).digest() == nil)
    #expect(try Tensor(NDArray<Float>([1], [3])).digest() == nil)
    #expect(try Tensor(NDArray<Float>([0], [])).digest() == nil)
    #expect(try Tensor(NDArray<Float>([3], [1, 1, 2])).digest() != nil)
    // The bytes tell, not the numbers.
    #expect(try Tensor(NDArray<Float>([2], [0.0, -0.0])).digest() != nil)
  }

  @Test func `digests depend on neither names nor order`() throws {
    let model = try Block.model()
    let tensors = OrderedDictionary(uniqueKeysWithValues: model.tensors.reversed())
    let turned = try Model(graph: model.graph, tensors: tensors)
    let digests = try model.weightDigests()
    #expect(digests.count == 6)
    #expect(digests == digests.sorted())
    #expect(try turned.weightDigests() == digests)
    #expect(try Block.model(swapsWeights: true).weightDigests() == digests)
    #expect(try block(changing: ["norm/mean"]).weightDigests() != digests)
  }

  @Test func `the golden of another model is an error that names both`() throws {
    let other = try block(changing: Array(Block.model().tensors.keys))
    let error = #expect(throws: VerificationError.self) {
      try Verifier().verify(other, against: golden())
    }
    let text = try #require(error).description
    #expect(
      text.hasPrefix(
        "is the golden of another model: 0 of the 6 weights of 'block' are those that it was "
          + "recorded with; their digest is "))
    let digests = text.matches(of: /[0-9a-f]{16}/).map { String($0.output) }
    #expect(digests.count == 2)
    #expect(Set(digests).count == 2)
  }

  @Test(arguments: [["first/kernel"], Array(["first/kernel", "first/bias", "norm/mean"])])
  func `a model with some wrong weights is compared, and they are named`(names: [String]) throws {
    let report = try Verifier().verify(block(changing: names), against: golden())
    #expect(report.verdict == .differs)
    #expect(report.weights == WeightComparison(count: 6, others: names, absentCount: 0))
    let list = names.map { "'\($0)'" }.joined(separator: ", ")
    let verb = names.count == 1 ? "is" : "are"
    #expect(
      report.table.contains {
        $0.text == "\(names.count) of 6 weights \(verb) not the golden's: \(list)"
      })
  }

  @Test func `a weight of the golden's that is zeros in the model has no counterpart`() throws {
    let model = try Block.model()
    var tensors = model.tensors
    tensors["second/bias"] = Tensor(NDArray<Float>(repeating: 0, [Block.channels]))
    let report = try Verifier().verify(
      Model(graph: model.graph, tensors: tensors), against: golden())
    #expect(report.weights == WeightComparison(count: 5, others: [], absentCount: 1))
    #expect(
      report.table.contains {
        $0.text == "1 of the golden's weights has no counterpart in the model: missing, or of "
          + "elements that are all alike"
      })
  }

  @Test func `the model itself has all the weights`() throws {
    let report = try Verifier().verify(Block.model(), against: golden())
    #expect(report.verdict == .agrees)
    #expect(report.weights == WeightComparison(count: 6, others: [], absentCount: 0))
    #expect(!report.table.contains { $0.text.contains("weights") })
  }

  @Test func `a golden without digests is compared with any model`() throws {
    let other = try block(changing: Array(Block.model().tensors.keys))
    let report = try Verifier().verify(other, against: .block())
    #expect(report.verdict == .differs)
    #expect(report.weights == nil)
  }
}
