import OrderedCollections
import ModelBuilder
import ModelGraph
import Testing

@testable import KerasFormat

/// What each version of Keras does with masks, and where it matters.
@Suite struct MaskRuleTests {
  @Test(arguments: [
    ("2.5.0", "all", "add", false), ("2.15.0", "all", "add", false), ("3.0.0", "all", "add", true),
    ("3.3.3", "all", "add", true), ("3.4.0", nil, "add", true), ("3.12.1", nil, "add", true),
    ("3.13.0", nil, "replace", true), ("3.14.0", nil, nil, true), ("3.15.1", nil, nil, true),
  ])
  func `attributes say what the version does otherwise than today's`(
    version: String, rule: String?, masking: String?, passes: Bool
  ) throws {
    func attributes(_ kind: String) throws -> Attributes {
      try MaskRules.attributes(of: kind, .null, KerasVersion(version))
    }
    for kind in ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"] {
      #expect(try attributes(kind)["mask_rule"] == rule.map { .string($0) })
    }
    #expect(try attributes("Softmax")["masking"] == masking.map { .string($0) })
    for kind in ["Identity", "Normalization", "Rescaling"] {
      #expect(try attributes(kind)["passes_mask"] == (passes ? nil : .bool(false)))
    }
    #expect(try attributes("Dense").values.isEmpty)
  }

  private static let given = MaskRules.Arrival(isGivenWithStates: true)
  private static let implied = MaskRules.Arrival(comesWithStates: true)
  private static let alone = MaskRules.Arrival(comesAlone: true)

  private static let backends: [(String, String, Bool, MaskRules.Arrival, Attributes)] = [
    ("3.15.1", "jax", false, given, ["repeats_state": .bool(true)]),
    ("3.15.1", "numpy", false, given, ["repeats_state": .bool(true)]),
    ("3.15.1", "jax", false, alone, [:]),
    ("3.15.1", "jax", true, given, ["zero_output_for_mask": .bool(false)]),
    ("3.15.1", "tensorflow", false, given, [:]), ("3.15.1", "torch", true, given, [:]),
    ("3.15.1", "tensorflow", false, implied, ["ignores_mask": .bool(true)]),
    ("2.15.0", "tensorflow", false, given, [:]), ("2.15.0", "tensorflow", false, implied, [:]),
  ]

  @Test(arguments: backends)
  func `masked steps are what the backend makes of them`(
    version: String, backend: String, isUnrolled: Bool, arrival: MaskRules.Arrival,
    expected: Attributes
  ) throws {
    let version = KerasVersion(version, backend: backend)
    let inner = try JSONParser.parse(Array(#"{"unroll": \#(isUnrolled)}"#.utf8))
    #expect(try MaskRules.attributes(of: "LSTM", inner, version, arrival) == expected)
    var both = Attributes()
    for name in ["layer", "backward_layer"] { both.put(expected, under: name) }
    let outer = try JSONParser.parse(
      Array(#"{"layer": {"config": {"unroll": \#(isUnrolled)}}}"#.utf8))
    #expect(try MaskRules.attributes(of: "Bidirectional", outer, version, arrival) == both)
  }

  @Test(arguments: [(true, alone), (false, given)])
  func `masked steps are refused where they depend on a backend that is not said`(
    isUnrolled: Bool, arrival: MaskRules.Arrival
  ) throws {
    let inner = try JSONParser.parse(
      Array(#"{"unroll": \#(isUnrolled), "zero_output_for_mask": true}"#.utf8))
    #expect(throws: Unsupported.self) {
      try MaskRules.attributes(of: "LSTM", inner, KerasVersion("3.15.1"), arrival)
    }
    #expect(try MaskRules.attributes(of: "LSTM", .null, KerasVersion("3.15.1"), Self.alone) == [:])
  }

  @Test func `two directions of Keras 2 to 2_3 make no zeros of masked steps`() throws {
    let rules = try MaskRules.attributes(of: "Bidirectional", .null, KerasVersion("2.2.4"))
    #expect(rules["layer.zero_output_for_mask"] == .bool(false))
    #expect(rules["backward_layer.zero_output_for_mask"] == .bool(false))
  }

  @Test(arguments: [
    ("2.15.0", "add", true, true), ("3.6.0", "add", true, true), ("3.7.0", "add", false, true),
    ("3.8.0", "add", false, false), ("3.13.0", "replace", false, false),
    ("3.15.1", nil, false, false),
  ])
  func `heads do with masks as their version does`(
    version: String, masking: String?, computesApart: Bool, keepsMasks: Bool
  ) throws {
    let rules = try MaskRules.attributes(of: "MultiHeadAttention", .null, KerasVersion(version))
    #expect(rules["masking"] == masking.map { .string($0) })
    #expect(rules["is_fused"] == (computesApart ? .bool(false) : nil))
    #expect(rules["keeps_masks"] == (keepsMasks ? .bool(true) : nil))
  }

  @Test(arguments: [false, true])
  func `a mask of parts counts whichever call of a layer it comes to`(_ comesFirst: Bool) throws {
    let deep = Input(shape: [3, 2, 4], name: "deep")
    let plain = Input(shape: [3, 4], name: "plain")
    let masked = [deep, plain].map { Masking()($0) }
    let shared = TimeDistributed(Dense(2), name: "shared")
    let outputs = (comesFirst ? masked : masked.reversed()).map { shared($0) }
    let model = try Model(inputs: [deep, plain], outputs: outputs)
    #expect(model.graph.layersWithMasks["shared"]?.isDeep == true)
    let other = try Model(
      inputs: plain, outputs: TimeDistributed(Dense(2), name: "shared")(masked[1]))
    #expect(other.graph.layersWithMasks["shared"]?.isDeep == false)
  }

  @Test func `a model for each step is not given masks that versions treat differently`() throws {
    func reasons(
      _ layer: any Layer, batch: Int? = nil, _ version: String = "3.15.1",
      _ arrival: MaskRules.Arrival = Self.alone
    ) throws -> [String] {
      let x = Input(shape: [4, 3], batchSize: batch, name: "x")
      let model = try Model(inputs: x, outputs: layer(x), name: "inner")
      let every = try model.timeDistributed(name: "every")
      return MaskRules.reasons(
        against: LayerNode(name: "every", body: .graph(every.graph)), KerasVersion(version), arrival
      )
    }
    let dense = Dense(2, name: "dense")
    #expect(try reasons(dense) == [])
    #expect(try reasons(dense, "2.15.0") == [])
    #expect(try reasons(dense, batch: 2) == [])
    #expect(
      try reasons(LSTM(2, name: "lstm"))
        == ["is given a mask of steps, and its layer 'lstm' heeds masks"])
    #expect(
      try reasons(dense, "3.15.1", MaskRules.Arrival(comesAlone: true, isDeep: true))
        == ["is given a mask of more than steps"])
    #expect(
      try reasons(dense, batch: 2, "2.15.0")
        == ["is given a mask and a batch of one size, with which Keras 2 does otherwise"])
  }
}
