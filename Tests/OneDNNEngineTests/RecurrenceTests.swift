#if OneDNN

import ModelBuilder
import ModelGraph
import Testing

@testable import OneDNNEngine

/// Recurrent layers, which oneDNN has as a whole.
@Suite struct RecurrenceTests: EngineTrial {
  /// The number of steps by the definition, and whether what is made is right for any batch.
  private func trial(_ model: Model, _ shape: [Int]) throws -> (byDefinition: Int, agrees: Bool) {
    let names = try stepNames(model, [[2] + shape])
    let agrees = try [1, 3].allSatisfy {
      try difference(model, [noise([$0] + shape)], threads: 2) < 1e-5
    }
    return (names.count { $0 == "reference" }, agrees)
  }

  /// Weights that are all drawn, biases too.
  private static let drawn = Initializer.randomUniform(minval: -0.5, maxval: 0.5)

  private static func layers(
    useBias: Bool, returnSequences: Bool, goBackwards: Bool
  ) -> [any RecurrentLayer] {
    [
      LSTM(
        5, useBias: useBias, returnSequences: returnSequences, goBackwards: goBackwards,
        biasInitializer: drawn),
      GRU(
        5, useBias: useBias, resetAfter: true, returnSequences: returnSequences,
        goBackwards: goBackwards, biasInitializer: drawn),
      GRU(
        5, useBias: useBias, resetAfter: false, returnSequences: returnSequences,
        goBackwards: goBackwards, biasInitializer: drawn),
      SimpleRNN(
        5, useBias: useBias, returnSequences: returnSequences, goBackwards: goBackwards,
        biasInitializer: drawn),
      SimpleRNN(
        5, activation: .relu(), useBias: useBias, returnSequences: returnSequences,
        goBackwards: goBackwards, biasInitializer: drawn),
      SimpleRNN(
        5, activation: .sigmoid, useBias: useBias, returnSequences: returnSequences,
        goBackwards: goBackwards, biasInitializer: drawn),
    ]
  }

  @Test(arguments: [true, false], [true, false])
  func `every layer is one primitive`(useBias: Bool, returnSequences: Bool) throws {
    let sequence = Input(shape: [7, 3], name: "sequence")
    let layers = Self.layers(
      useBias: useBias, returnSequences: returnSequences, goBackwards: false)
    for layer in layers {
      let model = try Model(inputs: sequence, outputs: layer(sequence), seed: 2)
      let found = try trial(model, [7, 3])
      #expect(found.byDefinition == 0 && found.agrees, "\(type(of: layer).kind)")
    }
  }

  @Test func `outputs that are made backwards are in the order of the steps`() throws {
    let sequence = Input(shape: [7, 3], name: "sequence")
    for layer in Self.layers(useBias: true, returnSequences: true, goBackwards: true) {
      let found = try trial(
        Model(inputs: sequence, outputs: layer(sequence), seed: 2), [7, 3])
      #expect(found.byDefinition == 1 && found.agrees, "\(type(of: layer).kind)")
    }
    for layer in Self.layers(useBias: true, returnSequences: false, goBackwards: true) {
      let found = try trial(
        Model(inputs: sequence, outputs: layer(sequence), seed: 2), [7, 3])
      #expect(found.byDefinition == 0 && found.agrees, "\(type(of: layer).kind)")
    }
  }

  @Test func `two directions reverse nothing twice`() throws {
    let sequence = Input(shape: [6, 4], name: "sequence")
    for layer in Self.layers(useBias: true, returnSequences: true, goBackwards: false) {
      let x = Bidirectional(layer)(Bidirectional(layer, mergeMode: .sum)(sequence))
      let model = try Model(inputs: sequence, outputs: x, seed: 4)
      let found = try trial(model, [6, 4])
      #expect(found.byDefinition == 0 && found.agrees, "\(type(of: layer).kind)")
      // Two recurrences and what brings them together, of each layer.
      let lowered = Fusion.fused(try Lowering.lower(model, inputs: [[1, 6, 4]]))
      #expect(lowered.operations.count == 6)
    }
  }

  @Test func `other activations are left to the definition`() throws {
    let sequence = Input(shape: [4, 3], name: "sequence")
    for layer: any RecurrentLayer in [
      LSTM(3, activation: .relu()), LSTM(3, recurrentActivation: .hardSigmoid()),
      GRU(3, activation: .sigmoid), GRU(3, recurrentActivation: .tanh),
      SimpleRNN(3, activation: .elu(alpha: 1)),
    ] {
      let found = try trial(Model(inputs: sequence, outputs: layer(sequence), seed: 5), [4, 3])
      #expect(found.byDefinition == 1 && found.agrees, "\(type(of: layer).kind)")
    }
  }
}

#endif
