import ModelGraph
import OrderedCollections
import Testing

@testable import KerasFormat

/// Layers inside of layers, as versions of Keras write them.
@Suite struct InnerLayerTests {
  private static func inner(
    _ className: String, _ config: String, dtype: String = "float32"
  ) -> String {
    #"{"class_name": "\#(className)", "config": {"name": "inner", "dtype": "\#(dtype)", "#
      + "\(config)}}"
  }

  /// The attributes of a layer of a configuration.
  private static func attributes(
    _ className: String, _ config: String, version: String = "2.15.0"
  ) throws -> Attributes {
    let graph = try CallTests.model(
      [CallTests.layer(className, "y", config, #"[["x", 0, 0, {}]]"#)], outputs: #"["y", 0, 0]"#,
      version: version)
    guard case .layer(let layer)? = graph.layers["y"]?.body else {
      throw ModelError.unsupported(graph.unsupportedLayers)
    }
    return layer.attributes
  }

  private static func refusal(
    _ className: String, _ config: String, version: String = "2.15.0"
  ) -> String {
    CallTests.refusal(className, config, #"[["x", 0, 0, {}]]"#, version: version)
  }

  private static let gates = #""units": 2, "recurrent_activation": "sigmoid""#

  @Test func `the layer that goes backwards is as the other one unless it is written`() throws {
    let lstm = Self.inner("LSTM", #"\#(Self.gates), "return_sequences": true"#)
    let derived = try Self.attributes("Bidirectional", #""layer": \#(lstm), "merge_mode": null"#)
    #expect(derived["merge_mode"] == .string("none"))
    for name in ["layer", "backward_layer"] {
      #expect(derived["\(name).kind"] == .string("LSTM"))
      #expect(derived["\(name).units"] == .int(2))
      #expect(derived["\(name).zero_output_for_mask"] == .bool(true))
      #expect(derived["\(name).go_backwards"] == .bool(name == "backward_layer"))
    }
    let gru = Self.inner(
      "GRU", #"\#(Self.gates), "return_sequences": true, "go_backwards": true"#)
    let written = try Self.attributes(
      "Bidirectional", #""layer": \#(lstm), "backward_layer": \#(gru), "merge_mode": "sum""#)
    #expect(written["backward_layer.kind"] == .string("GRU"))
    let same = Self.inner("GRU", #"\#(Self.gates), "return_sequences": true"#)
    #expect(
      Self.refusal("Bidirectional", #""layer": \#(lstm), "backward_layer": \#(same)"#)
        .contains("'backward_layer.go_backwards' is false; expected true"))
  }

  @Test(arguments: [("2.2.4", false), ("2.2.4-tf", false), ("2.15.0", false), ("3.0.0", true)])
  func `without a word the reset gate is where the version had it`(
    version: String, isAfter: Bool
  ) throws {
    let read = try Self.attributes("GRU", Self.gates, version: version)
    #expect(read["reset_after"] == .bool(isAfter))
  }

  @Test func `the function of the gates is not guessed before Keras 3`() throws {
    #expect(
      Self.refusal("LSTM", #""units": 2"#)
        == "layer 'y' (LSTM): configuration has nothing for 'recurrent_activation'; expected the "
        + "activation function of the gates")
    let read = try Self.attributes("LSTM", #""units": 2"#, version: "3.15.1")
    #expect(read["recurrent_activation"] == .string("sigmoid"))
  }

  @Test func `layers of cuDNN have no functions of their own, and reverse no batch`() throws {
    let read = try Self.attributes("CuDNNLSTM", #""units": 2, "unit_forget_bias": true"#)
    #expect(read["units"] == .int(2))
    #expect(
      Self.refusal("CuDNNGRU", #""units": 2, "recurrent_activation": "sigmoid""#)
        .contains("'recurrent_activation'"))
    #expect(
      Self.refusal("CuDNNGRU", #""units": 2, "time_major": true, "go_backwards": true"#)
        .contains("reverses its batch where it is to go backwards"))
  }

  @Test func `what is inside is read as strictly as what is outside`() {
    func sentence(_ layer: String, _ more: String = "") -> String {
      Self.refusal("TimeDistributed", #""layer": \#(layer)\#(more)"#)
    }
    #expect(sentence(Self.inner("Dense", #""units": 2"#)) == "no error")
    #expect(
      sentence(Self.inner("Dense", #""units": 2, "unheard_of": 1"#))
        .contains("configuration has 'unheard_of': 1"))
    #expect(
      sentence(Self.inner("Lambda", #""function": 1"#))
        == "layer 'y' (TimeDistributed) is not supported; it has a layer of class 'Lambda' inside, "
        + "which is not known here")
    #expect(
      sentence(Self.inner("Dense", #""units": 2"#, dtype: "float16"))
        == "layer 'y' (TimeDistributed) is not supported; it computes in float32, and the layer "
        + "inside in float16")
    #expect(
      sentence(Self.inner("Dense", #""units": 2, "trainable": false"#))
        == "layer 'y' (TimeDistributed) is not supported; it has a layer inside that is frozen, and "
        + "is not frozen itself")
    var deep = Self.inner("Dense", #""units": 2"#)
    for _ in 0..<20 { deep = Self.inner("TimeDistributed", #""layer": \#(deep)"#) }
    #expect(sentence(deep).contains("layers at most 8 deep"))
  }

  @Test func `what a cell is given besides states is refused`() {
    let cell = Self.inner("LSTMCell", Self.gates)
    #expect(
      Self.refusal("RNN", #""cell": \#(cell), "num_constants": 1"#)
        == "layer 'y' (RNN) is not supported; it gives constants to its cell")
    let cells = Self.inner("StackedRNNCells", #""cells": [\#(cell)], "reverse_state_order": true"#)
    #expect(
      Self.refusal("RNN", #""cell": \#(cells)"#)
        == "layer 'y' (RNN) is not supported; it has the states of its cells in reverse order")
  }

  @Test(arguments: [
    ("LSTM", #"\#(gates), "dropout": 0.5"#, "is random"),
    ("TimeDistributed", #""layer": \#(inner("Dropout", #""rate": 0.5"#))"#, "is random"),
    ("TimeDistributed", #""layer": \#(inner("BatchNormalization", #""axis": -1"#))"#, "normalizes"),
    ("LSTM", gates, nil),
  ])
  func `what training does inside is found`(
    className: String, config: String, effect: String?
  ) {
    let node = #"[["x", 0, 0, {"training": true}]]"#
    let sentence = CallTests.refusal(className, config, node)
    if let effect { #expect(sentence.contains(effect)) } else { #expect(sentence == "no error") }
  }

  @Test func `a model for each step is read strictly`() throws {
    let model =
      #"{"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "Dense", "#
      + #""config": {"name": "d", "units": 2, "batch_input_shape": [null, 3]}}]}}"#
    let steps =
      #"{"class_name": "RepeatVector", "config": {"name": "r", "n": 4}, "name": "r", "#
      + #""inbound_nodes": [[["x", 0, 0, {}]]]}"#
    func graph(_ config: String) throws -> Graph {
      try CallTests.model(
        [steps, CallTests.layer("TimeDistributed", "y", config, #"[["r", 0, 0, {}]]"#)],
        outputs: #"["y", 0, 0]"#)
    }
    let read = try graph(#""layer": \#(model)"#)
    #expect(read.layers["y"]?.kind == "TimeDistributed")
    #expect(read.allLayers.map(\.path).contains("y/s/d"))
    #expect(try read.outputShapes(for: read.inputShapes) == [Shape([nil, 4, 2])])
    let rows =
      #"{"class_name": "Reshape", "config": {"name": "p", "target_shape": [2, 2, 3]}, "name": "p", "#
      + #""inbound_nodes": [[["r", 0, 0, {}]]]}"#
    let inner = #"{"class_name": "TimeDistributed", "config": {"name": "t", "layer": \#(model)}}"#
    let both = try CallTests.model(
      [
        steps, rows,
        CallTests.layer("TimeDistributed", "y", #""layer": \#(inner)"#, #"[["p", 0, 0, {}]]"#),
      ], outputs: #"["y", 0, 0]"#)
    #expect(both.allLayers.map(\.path).contains("y/t/s/d"))
    #expect(try both.outputShapes(for: both.inputShapes) == [Shape([nil, 2, 2, 2])])
    #expect(throws: KerasError.self) { try graph(#""layer": \#(model), "offset": 1"#) }
  }
}
