import ModelBuilder
import ModelGraph
import OrderedCollections
import Testing

@testable import Verification

/// Mistakes inside of a model that is applied to each step, of which only the whole is recorded.
@Suite struct DistributedDiagnosisTests {
  /// A model of `(batch, 5, 3)` that is applied to each of four steps; only what it returns is recorded.
  private func diagnosed(
    _ source: (SymbolicTensor) -> SymbolicTensor, _ planted: (SymbolicTensor) -> SymbolicTensor,
    _ change: (inout Model) throws -> Void = { _ in }
  ) throws -> VerificationReport.Case {
    func model(_ build: (SymbolicTensor) -> SymbolicTensor) throws -> Model {
      let x = Input(shape: [5, 3], name: "x")
      let inner = try Model(inputs: x, outputs: build(x), name: "encoder", seed: 3)
      let steps = Input(shape: [4, 5, 3], name: "steps")
      return try Model(
        inputs: steps, outputs: inner.timeDistributed(name: "every")(steps), seed: 3)
    }
    var noise = Noise(seed: 3)
    var one = try model(source)
    let tensors = one.tensors.mapValues { noise.tensor($0.dimensions, in: -0.6...0.6) }
    one = try Model(graph: one.graph, tensors: tensors)
    var golden = try Golden.recorded(
      from: one, inputs: ["steps": noise.tensor([2, 4, 5, 3], in: -1...1)])
    golden.cases[0].calls = ["every": try #require(golden.cases[0].calls["every/encoder_split"])]
    golden.cases[0].outputs = golden.cases[0].calls
    var other = try Model(graph: model(planted).graph, tensors: tensors)
    try change(&other)
    return try Verifier(options: .init(diagnoses: true)).verify(other, against: golden).cases[0]
  }

  @Test func `a mistake inside a model of each step is named, with the layer inside`() throws {
    func model(_ function: ActivationFunction) -> (SymbolicTensor) -> SymbolicTensor {
      { x in
        let hidden = Dense(4, activation: function, name: "hidden")(Flatten(name: "flat")(x))
        return Dense(3, name: "last")(hidden)
      }
    }
    let one = try diagnosed(model(.tanh), model(.sigmoid))
    #expect(one.fault?.path == "every")
    #expect(one.fault?.kind == "TimeDistributed")
    #expect(one.fault?.diagnoses?.first?.difference == "activation tanh")
    #expect(one.fault?.diagnoses?.first?.fix == "set the activation of layer 'hidden' to tanh")
    let hidden = one.calls.first { $0.path == "every/encoder/hidden" }
    #expect(hidden?.sentence("golden") == "unchecked: not recorded: checked through 'every'")
    #expect(try diagnosed(model(.tanh), model(.tanh)).fault == nil)
  }

  @Test func `one bias for two inside a model of each step is named`() throws {
    let model = { (x: SymbolicTensor) in GRU(4, returnSequences: true, name: "gru")(x) }
    let one = try diagnosed(model, model) { other in
      let name = try #require(other.tensors.keys.first { $0.hasSuffix("bias") })
      let bias = try #require(other.tensors[name]).array(Double.self)
      let sum = SequenceDiagnosisTests.onesSum(bias, rows: 2).mapped { Float($0) }
      var tensors = other.tensors
      tensors[name] = Tensor(sum)
      other = try Model(graph: other.graph, tensors: tensors)
    }
    let best = try #require(one.fault?.diagnoses?.first)
    #expect(best.difference.contains("a bias of the state's product"))
    #expect(best.fix.contains("'gru'"))
  }
}
