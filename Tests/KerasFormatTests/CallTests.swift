import OrderedCollections
import ModelGraph
import TestSupport
import Testing

@testable import KerasFormat

/// What calls are given besides tensors, in the forms of every Keras.
@Suite struct CallTests {
  // MARK: - Configurations

  /// A layer of a configuration.
  static func layer(
    _ className: String, _ name: String, _ config: String = "", _ nodes: String = ""
  ) -> String {
    #"{"class_name": "\#(className)", "config": {"name": "\#(name)", "trainable": true, "#
      + #""dtype": "float32"\#(config.isEmpty ? "" : ", " + config)}, "name": "\#(name)", "#
      + #""inbound_nodes": [\#(nodes)]}"#
  }

  static let input = layer("InputLayer", "x", #""batch_input_shape": [null, 3]"#)

  /// A model of layers behind an input `x`.
  static func model(
    _ layers: [String], outputs: String, version: String = "2.15.0",
    registry: LayerRegistry = .standard
  ) throws -> Graph {
    let text =
      #"{"class_name": "Functional", "config": {"name": "m", "layers": ["#
      + ([input] + layers).joined(separator: ", ")
      + #"], "input_layers": [["x", 0, 0]], "output_layers": [\#(outputs)]}}"#
    return try GraphBuilder(version: KerasVersion(version), registry: registry)
      .model(JSONParser.parse(Array(text.utf8)))
  }

  /// A tensor as Keras 3 writes it.
  static func tensor(_ name: String, _ index: Int = 0) -> String {
    #"{"class_name": "__keras_tensor__", "config": {"shape": [null, 3], "dtype": "float32", "#
      + #""keras_history": ["\#(name)", 0, \#(index)]}}"#
  }

  /// The arguments of the only call of `y`, a layer behind `x`.
  static func arguments(
    _ className: String, _ node: String, version: String = "2.15.0"
  ) throws -> OrderedDictionary<String, CallArgument> {
    try arguments(className, "", node, version: version)
  }

  /// The same for a layer with settings.
  static func arguments(
    _ className: String, _ config: String, _ node: String, version: String = "2.15.0"
  ) throws -> OrderedDictionary<String, CallArgument> {
    let graph = try model(
      [layer(className, "y", config, node)], outputs: #"["y", 0, 0]"#, version: version)
    #expect(graph.unsupportedLayers.isEmpty)
    return try #require(graph.calls.last).arguments
  }

  /// What is said of the layers of such a model that are not supported, or of the file.
  static func refusal(
    _ className: String, _ node: String, version: String = "2.15.0"
  ) -> String {
    refusal(className, "", node, version: version)
  }

  /// The same for a layer with settings.
  static func refusal(
    _ className: String, _ config: String, _ node: String, version: String = "2.15.0"
  ) -> String {
    do {
      let layers = try model(
        [layer(className, "y", config, node)], outputs: #"["y", 0, 0]"#, version: version
      ).unsupportedLayers
      return layers.isEmpty ? "no error" : ModelError.unsupported(layers).description
    } catch {
      return "\(error)"
    }
  }

  private static let x = CallArgument.tensor(TensorReference("x"))

  private static func constant(_ elements: [Double], _ dimensions: [Int]) throws -> CallArgument {
    .constant(try Constant(elements, dimensions: dimensions))
  }

  // MARK: - Forms

  @Test func `Keras 2 keeps the nesting of the first argument`() throws {
    #expect(
      try Self.arguments("Add", #"[["x", 0, 0, {}], ["x", 0, 0, {}]]"#)
        == ["inputs": .list([Self.x, Self.x])])
    #expect(try Self.arguments("ReLU", #"[["x", 0, 0]]"#) == ["inputs": Self.x])
    #expect(try Self.arguments("ReLU", #"["x", 0, 0, {}]"#) == ["inputs": Self.x])
    #expect(try Self.arguments("ReLU", #"[["x", 0, 0, {"training": null}]]"#) == ["inputs": Self.x])
  }

  @Test func `Keras 2 writes constants in the place of references`() throws {
    let constant = try Self.constant([1, 2, 3], [1, 3])
    #expect(
      try Self.arguments(
        "Add", #"[["x", 0, 0, {}], ["_CONSTANT_VALUE", -1, [[1.0, 2.0, 3.0]], {}]]"#)
        == ["inputs": .list([Self.x, constant])])
    #expect(
      try Self.arguments(
        "Multiply", #"[["_CONSTANT_VALUE", -1, [[1, 2, 3]], {}], ["x", 0, 0, {}]]"#)
        == ["inputs": .list([constant, Self.x])])
  }

  @Test func `Keras 3 writes a call as it was spelled`() throws {
    let x = Self.tensor("x")
    let expected: OrderedDictionary<String, CallArgument> = ["inputs": Self.x]
    for node in [
      #"{"args": [\#(x)], "kwargs": {}}"#, #"{"args": [], "kwargs": {"inputs": \#(x)}}"#,
      #"{"args": [\#(x)], "kwargs": {"training": true, "mask": null}}"#,
      #"{"args": [\#(x), false, null], "kwargs": {}}"#,
    ] {
      let axis = #""axis": -1"#
      #expect(
        try Self.arguments("BatchNormalization", axis, node, version: "3.15.1") == expected)
    }
    #expect(
      try Self.arguments("Add", #"{"args": [[\#(x), \#(x)]], "kwargs": {}}"#, version: "3.15.1")
        == ["inputs": .list([Self.x, Self.x])])
  }

  @Test(arguments: ["__tensor__", "__numpy__"])
  func `Keras 3 writes constants with their types`(className: String) throws {
    let constant =
      #"{"class_name": "\#(className)", "config": {"value": [[1, -2, 0.5]], "#
      + #""dtype": "float64"}}"#
    let found = try Self.arguments(
      "Add", #"{"args": [[\#(Self.tensor("x")), \#(constant), 2]], "kwargs": {}}"#,
      version: "3.15.1")
    let expected = try Constant([1, -2, 0.5], dimensions: [1, 3], dtype: .float64)
    #expect(
      found == ["inputs": .list([Self.x, .constant(expected), .setting(.int(2))])])
  }

  @Test func `slices, an ellipsis and None keep their meaning`() throws {
    var reader = ArgumentReader(form: .keras3, constants: .float32)
    let text =
      #"[{"class_name": "__slice__", "config": {"start": 1, "stop": 5, "step": 2}}, "#
      + #"{"class_name": "__slice__", "config": {"start": null, "stop": null, "step": null}}, "#
      + #"{"class_name": "__ellipsis__", "config": {}}, null, 3]"#
    #expect(
      try reader.argument(JSONParser.parse(Array(text.utf8)))
        == .list([
          .setting(.string("1:5:2")), .setting(.string("::")), .setting(.string("...")), .none,
          .setting(.int(3)),
        ]))
    #expect(reader.refusals.isEmpty)
    var older = ArgumentReader(form: .keras2, constants: .float32)
    let slice = #"[{"start": null, "stop": -1, "step": null}, ["x", 0, 0]]"#
    #expect(
      try older.argument(JSONParser.parse(Array(slice.utf8)))
        == .list([.setting(.string(":-1:")), Self.x]))
  }

  @Test func `a nested model takes a dictionary by the names of its inputs`() throws {
    let inner =
      #""layers": [\#(Self.layer("InputLayer", "b", #""batch_input_shape": [null, 3]"#)), "#
      + Self.layer("InputLayer", "a", #""batch_input_shape": [null, 3]"#) + ", "
      + Self.layer("Subtract", "d", "", #"[["b", 0, 0, {}], ["a", 0, 0, {}]]"#)
      + #"], "input_layers": [["b", 0, 0], ["a", 0, 0]], "output_layers": [["d", 0, 0]]"#
    let found = try Self.arguments(
      "Functional", inner, #"{"a": ["x", 0, 0, {}], "b": ["x", 0, 0, {}]}"#)
    #expect(found == ["inputs": .list([Self.x, Self.x])])
    #expect(
      Self.refusal("Functional", inner, #"{"a": ["x", 0, 0, {}], "c": ["x", 0, 0, {}]}"#)
        == "layer 'y' (Functional): is called with inputs=a dictionary of 'a', 'c'; "
        + "expected 'b', 'a'")
  }

  // MARK: - Flags

  private static let training = [
    ("BatchNormalization", #""axis": [1]"#, "normalizes each batch by its own mean and variance"),
    ("RandomFlip", #""mode": "vertical""#, "is random"),
    ("Dropout", #""rate": 0.5"#, "is random"), ("GaussianNoise", #""stddev": 1.0"#, "is random"),
  ]

  @Test(arguments: training)
  func `training in a call of Keras 2 holds in predict too`(
    className: String, config: String, effect: String
  ) throws {
    let node = #"[["x", 0, 0, {"training": true}]]"#
    let sentence =
      "layer 'y' (\(className)) is not supported; it is called with training=True, "
      + "with which it \(effect) in predict too; "
      + "call it with training=False and save the model again"
    #expect(Self.refusal(className, config, node) == sentence)
    #expect(Self.refusal(className, config, node, version: "2.2.4-tf") == sentence)
    let off = #"[["x", 0, 0, {"training": false}]]"#
    #expect(try Self.arguments(className, config, off) == ["inputs": Self.x])
  }

  @Test(arguments: training)
  func `training in a call of Keras 3 does not`(
    className: String, config: String, effect: String
  ) throws {
    let node = #"{"args": [\#(Self.tensor("x"))], "kwargs": {"training": true}}"#
    #expect(try Self.arguments(className, config, node, version: "3.15.1") == ["inputs": Self.x])
  }

  @Test func `a nested model hands training on to its layers`() throws {
    func inner(_ layer: String) -> String {
      #""layers": [\#(Self.layer("InputLayer", "i", #""batch_input_shape": [null, 3]"#)), "#
        + layer + #"], "input_layers": [["i", 0, 0]], "output_layers": [["d", 0, 0]]"#
    }
    let node = #"[["x", 0, 0, {"training": true}]]"#
    let dropping = inner(Self.layer("Dropout", "d", #""rate": 0.5"#, #"[["i", 0, 0, {}]]"#))
    #expect(
      Self.refusal("Functional", dropping, node)
        == "layer 'y' (Functional) is not supported; it is called with training=True, with which "
        + "it runs its layer 'd' (Dropout), which then is random, in predict too; "
        + "call it with training=False and save the model again")
    let plain = inner(Self.layer("ReLU", "d", "", #"[["i", 0, 0, {}]]"#))
    #expect(try Self.arguments("Functional", plain, node) == ["inputs": Self.x])
  }

  @Test func `a mask is kept, and so is None where it takes a mask away`() throws {
    let keras2 = #"[["x", 0, 0, {"mask": ["x", 0, 0]}]]"#
    let expected: OrderedDictionary<String, CallArgument> = ["inputs": Self.x, "mask": Self.x]
    #expect(try Self.arguments("BatchNormalization", #""axis": [1]"#, keras2) == expected)
    let x = Self.tensor("x")
    let keras3 = #"{"args": [\#(x)], "kwargs": {"mask": \#(x)}}"#
    #expect(
      try Self.arguments("BatchNormalization", #""axis": 1"#, keras3, version: "3.15.1")
        == expected)
    let softmax = #""axis": -1"#
    #expect(try Self.arguments("Softmax", softmax, keras3, version: "3.15.1") == expected)
    #expect(
      try Self.arguments("Softmax", softmax, #"[["x", 0, 0, {"mask": null}]]"#)
        == ["inputs": Self.x, "mask": .none])
    let none = #"{"args": [\#(x)], "kwargs": {"mask": {"a": null, "b": null}}}"#
    #expect(
      try Self.arguments("Softmax", #""axis": -1"#, none, version: "3.15.1") == ["inputs": Self.x])
    let without = #"{"args": [\#(x), null], "kwargs": {}}"#
    #expect(
      try Self.arguments("Softmax", #""axis": -1"#, without, version: "3.15.1")
        == ["inputs": Self.x])
  }

  // MARK: - What is not understood

  @Test func `an argument that a layer does not take is an error`() {
    #expect(
      Self.refusal("ReLU", #"[["x", 0, 0, {"scale": 2.5}]]"#)
        == "layer 'y' (ReLU): is called with scale=2.5, which is not an argument that it takes")
    #expect(
      Self.refusal("ReLU", #"{"args": [\#(Self.tensor("x")), 4], "kwargs": {}}"#, version: "3.0.0")
        == "layer 'y' (ReLU): is called with argument 2=4, which is not an argument that it takes")
    #expect(
      Self.refusal(
        "ReLU", #"{"args": [\#(Self.tensor("x"))], "kwargs": {"inputs": 1}}"#, version: "3.0.0")
        == "layer 'y' (ReLU): is called with inputs=1; expected it once; it is given twice")
  }

  @Test(arguments: [
    (#"{"class_name": "__lambda__", "config": {"value": "x"}}"#, "an object of class '__lambda__'"),
    (#"{"class_name": "__bytes__", "config": {"value": "x"}}"#, "an object of class '__bytes__'"),
    (#"{"a": 1}"#, "a dictionary"),
    (
      #"{"class_name": "__tensor__", "config": {"value": [1], "dtype": "string"}}"#,
      "a constant of type 'string'"
    ),
    (
      #"{"class_name": "__tensor__", "config": {"value": [[1], [2, 3]], "dtype": "float32"}}"#,
      "a constant that is not made of numbers"
    ),
    (
      #"{"class_name": "__numpy__", "config": {"value": [[9007199254740993]], "dtype": "int64"}}"#,
      "a constant of type 'int64' whose integers would be rounded"
    ),
    (
      #"{"class_name": "__numpy__", "config": {"value": [9223372036854775807], "dtype": "int64"}}"#,
      "a constant of type 'int64' whose integers would be rounded"
    ),
    (
      #"{"class_name": "__numpy__", "config": {"value": [9223372036854775809], "dtype": "uint64"}}"#,
      "a constant of type 'uint64' whose integers would be rounded"
    ),
    (
      #"{"class_name": "__numpy__", "config": {"value": [16777217], "dtype": "float32"}}"#,
      "a constant of type 'float32' whose integers would be rounded"
    ),
  ])
  func `a value of a class that is not known is refused by its name`(
    value: String, name: String
  ) {
    #expect(
      Self.refusal(
        "Add", #"{"args": [[\#(Self.tensor("x")), \#(value)]], "kwargs": {}}"#, version: "3.15.1")
        == "layer 'y' (Add) is not supported; it is called with \(name)")
  }

  @Test func `integers that are no longer exact are refused, and kept where they are`() throws {
    func node(_ number: Int) -> String {
      #"[["x", 0, 0, {}], ["_CONSTANT_VALUE", -1, [[\#(number)]], {}]]"#
    }
    #expect(
      Self.refusal("Add", node(16_777_217))
        == "layer 'y' (Add) is not supported; it is called with a constant of type 'float32' whose "
        + "integers would be rounded")
    for number in [16_777_216, -1_000_000_000, 1 << 62, Int.min] {
      #expect(
        try Self.arguments("Add", node(number))["inputs"]
          == .list([Self.x, Self.constant([Double(number)], [1, 1])]))
    }
    // Beside a float, integers that no float is stay integers.
    let mixed = #"[["x", 0, 0, {"mask": [9007199254740993, 0.5]}]]"#
    #expect(!Self.refusal("Softmax", #""axis": -1"#, mixed).contains("9007199254740992"))
  }

  @Test func `all calls that are not supported are named at once`() throws {
    let graph = try Self.model(
      [
        Self.layer("Dropout", "d", #""rate": 0.5"#, #"[["x", 0, 0, {"training": true}]]"#),
        Self.layer("Lambda", "l", "", #"[["d", 0, 0, {"mask": null}]]"#),
        Self.layer("Softmax", "s", #""axis": -1"#, #"[["l", 0, 0, {"mask": ["x", 0, 0]}]]"#),
      ], outputs: #"["s", 0, 0]"#)
    #expect(graph.unsupportedLayers.map(\.path) == ["d", "l"])
    #expect(graph.calls[2].arguments == ["inputs": .tensor(TensorReference("d")), "mask": .none])
  }

  @Test func `a layer that is not supported may have any number of outputs`() throws {
    let state = #"[["x", 0, 0, {"initial_state": [["x", 0, 0], ["x", 0, 0]]}]]"#
    let graph = try Self.model(
      [
        Self.layer("TFSMLayer", "lstm", #""return_state": true"#, state),
        Self.layer("Add", "sum", "", #"[["lstm", 0, 0, {}], ["lstm", 0, 1, {}]]"#),
      ], outputs: #"["sum", 0, 0], ["lstm", 0, 2]"#)
    #expect(graph.unsupportedLayers.map(\.kind) == ["TFSMLayer"])
    #expect(try graph.resolved().calls.last?.outputs == [nil])
    #expect(throws: ModelError.self) {
      _ = try Self.model(
        [Self.layer("ReLU", "y", "", #"[["x", 0, 0, {}]]"#)], outputs: #"["y", 0, 1]"#
      ).resolved()
    }
  }

  // MARK: - Bounds

  @Test func `constants and arguments are bounded`() {
    func sentence(_ value: String) -> String {
      Self.refusal(
        "Add", #"{"args": [[\#(Self.tensor("x")), \#(value)]], "kwargs": {}}"#, version: "3.15.1")
    }
    func constant(_ value: String) -> String {
      sentence(
        #"{"class_name": "__tensor__", "config": {"value": \#(value), "dtype": "float32"}}"#)
    }
    let million = "[" + String(repeating: "0,", count: 1 << 20) + "0]"
    #expect(
      constant(million)
        == "layer 'y' (Add): a constant of shape [1048577] has more than 1048576 elements")
    #expect(
      constant("[[NaN]]")
        == "layer 'y' (Add): a constant has an element that is not a number (NaN)")
    #expect(
      sentence("NaN") == "layer 'y' (Add): a constant has an element that is not a number (NaN)")
    let nones = "[" + String(repeating: "null,", count: 1_000_000) + "null]"
    #expect(
      sentence(nones)
        == "layer 'y' (Add): is called with 65537 arguments; at most 65536 are read")
    let deep = String(repeating: "[", count: 20) + "null" + String(repeating: "]", count: 20)
    #expect(
      sentence(deep)
        == "layer 'y' (Add): is called with lists that are nested more than 8 deep")
  }

  // MARK: - Configurations of layers

  @Test func `a key of a layer that is not known is an error`() {
    let node = #"[["x", 0, 0, {}]]"#
    #expect(
      Self.refusal("Dense", #""units": 2, "gain": [2]"#, node)
        == "layer 'y' (Dense): configuration has 'gain': [2], which this version does not know")
    #expect(
      Self.refusal(
        "Activation",
        #""activation": {"class_name": "ReLU", "config": {"max_value": 6, "offset": 1}}"#, node)
        == "layer 'y' (Activation): configuration has 'offset': 1, which this version does not know"
    )
    #expect(
      Self.refusal("SeparableConv1D", #""filters": 2, "kernel_size": 1, "groups": 2"#, node)
        == "layer 'y' (SeparableConv1D) is not supported; it has 2 groups")
  }

  @Test func `keys without effect on inference are not`() {
    let dense =
      #""units": 2, "kernel_initializer": {"class_name": "Zeros"}, "#
      + #""bias_regularizer": null, "kernel_constraint": null, "lora_rank": null, "autocast": true"#
    for (className, config) in [
      ("Dense", dense), ("Dropout", #""rate": 0.1, "seed": 3, "noise_shape": [null, 1]"#),
      ("BatchNormalization", #""axis": 1, "fused": true, "synchronized": false"#),
    ] {
      #expect(Self.refusal(className, config, #"[["x", 0, 0, {}]]"#) == "no error")
    }
  }

  @Test func `only a kind that a program registered is read without a translation`() throws {
    // A kind of the package that has no translation: an input has one of its own.
    let own = LayerRegistry([InputLayer.self, ReLU.self])
    #expect(
      try Self.model(
        [Self.layer("My>InputLayer", "y", #""batch_shape": [null, 3]"#, #"[["x", 0, 0, {}]]"#)],
        outputs: #"["y", 0, 0]"#, registry: own
      ).unsupportedLayers.map(\.kind) == ["My>InputLayer"])
  }
}
