import OrderedCollections
import ModelGraph
import TestSupport
import Testing

@testable import KerasFormat

/// Operations in the words of both lines of Keras, by their entries.
@Suite struct OperationReadingTests {
  /// An entry of an operation behind `x`.
  private func entry(
    _ className: String, _ name: String, _ config: String, _ node: String
  ) -> String {
    #"{"class_name": "\#(className)", "config": {"name": "\#(name)"\#(config)}, "#
      + #""name": "\#(name)", "inbound_nodes": [\#(node)]}"#
  }

  private func graph(
    _ entries: [String], output: String = "y", version: String = "2.15.0", backend: String? = nil
  ) throws -> Graph {
    let text =
      #"{"class_name": "Functional", "config": {"name": "m", "layers": ["#
      + ([CallTests.layer("InputLayer", "x", #""batch_input_shape": [null, 4, 6, 2]"#)] + entries)
      .joined(separator: ", ")
      + #"], "input_layers": [["x", 0, 0]], "output_layers": [["\#(output)", 0, 0]]}}"#
    return try GraphBuilder(
      version: KerasVersion(version, backend: backend), registry: .standard
    ).model(JSONParser.parse(Array(text.utf8)))
  }

  /// The operation of the last entry; a reason against it where it is not supported.
  private func attributes(_ graph: Graph) throws -> Attributes {
    let layer = try #require(graph.layers["y"])
    guard case .layer(let operation) = layer.body else {
      throw Refused(reason: graph.unsupportedLayers.map(\.reason).joined(separator: "; "))
    }
    return operation.attributes
  }

  private struct Refused: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
  }

  private func reason(_ graph: @autoclosure () throws -> Graph) -> String {
    refusal { try attributes(graph()) }
  }

  // MARK: - Keras 3

  private func keras3(
    _ className: String, _ config: String, _ more: String = "", backend: String? = nil
  ) throws -> Graph {
    let tensor =
      #"{"class_name": "__keras_tensor__", "config": {"shape": [null, 4, 6, 2], "#
      + #""dtype": "float32", "keras_history": ["x", 0, 0]}}"#
    return try graph(
      [
        entry(
          className, "y", ", " + config, #"{"args": [\#(tensor)\#(more)], "kwargs": {}}"#)
      ], version: "3.15.1", backend: backend)
  }

  @Test func `the cubic is as exact as the backend has it`() throws {
    let bicubic = #""size": [3, 3], "interpolation": "bicubic""#
    func exact(_ backend: String?, _ config: String = "") throws -> AttributeValue? {
      try attributes(keras3("Resize", bicubic + config, backend: backend))["exact_distances"]
    }
    #expect(try exact("tensorflow") == nil)
    #expect(try exact("jax") == .bool(true))
    #expect(try exact("numpy") == .bool(true))
    #expect(try exact("torch", #", "antialias": true"#) == nil)
    #expect(
      reason(try keras3("Resize", bicubic, backend: "torch"))
        == "resizes with interpolation='bicubic', of which every backend has another, and the file "
        + "says backend 'torch'")
    #expect(
      reason(try keras3("Resize", bicubic))
        == "resizes with interpolation='bicubic', of which every backend has another, and the file "
        + "says backend none")
  }

  @Test func `no axis is not the last one`() {
    for name in ["Sort", "Argsort", "Normalize", "LayerNorm", "Repeat", "Concatenate"] {
      #expect(
        reason(try keras3(name, #""axis": null"#))
          == "has 'axis' null, which has no meaning here")
    }
  }

  @Test func `operands that are left out are known by those that are there`() throws {
    let row = #"{"class_name": "__numpy__", "config": {"value": [1, 2], "dtype": "float32"}}"#
    let shifted = try keras3("LayerNorm", #""axis": -1, "epsilon": null"#, ", null, \(row)")
    #expect(try attributes(shifted)["given"] == .strings(["x", "beta"]))
    #expect(shifted.calls.last.map { Array($0.arguments.keys) } == ["x", "beta"])
    let plain = try keras3("LayerNorm", #""axis": -1, "epsilon": null"#, ", null, null")
    #expect(try attributes(plain)["given"] == nil)
    let scaled = try keras3("LayerNorm", #""axis": -1"#, ", \(row)")
    #expect(try attributes(scaled)["given"] == nil)
  }

  @Test func `axes of a product are a number, a pair or two lists`() throws {
    for (text, axes) in [
      ("1", [1]), ("[[2], [0]]", [2, 0]), ("[2, 0]", [2, 0]), ("[[], []]", []),
    ] {
      let row = #"{"class_name": "__numpy__", "config": {"value": [1, 2], "dtype": "float32"}}"#
      #expect(
        try attributes(keras3("Tensordot", #""axes": \#(text)"#, ", \(row)"))["axes"] == .ints(axes)
      )
    }
    #expect(
      reason(try keras3("Tensordot", #""axes": [[1, 2], [0]]"#)).hasPrefix("has 'axes' "))
  }

  @Test func `what is too large, or none, is a sentence before anything is computed`() {
    func sentence(_ className: String, _ config: String) -> String {
      refusal { try keras3(className, config).resolved() }
    }
    #expect(
      sentence("Resize", #""size": [1099511627776, 1], "interpolation": "nearest""#)
        == "layer 'y' (ops.Resize): attribute 'size' is [1099511627776, 1]; expected two sizes from "
        + "1 to 1048576")
    #expect(
      sentence("Einsum", #""subscripts": "\#(String(repeating: "ab", count: 5000))->a""#)
        .hasSuffix("expected at most 200 letters"))
    #expect(
      sentence("Tile", #""repeats": [65537]"#)
        .hasSuffix("attribute 'repeats' is [65537]; expected 1 to 65536"))
  }

  // MARK: - Shapes

  private let shape = #"[["x", 0, 0, {"name": null, "out_type": "int32"}]]"#

  /// A reshape to sizes in the words of the file, `b` and `c` among them sizes of axes of `x`.
  private func reshaped(_ sizes: String) throws -> Graph {
    func size(_ name: String, _ axis: Int) -> String {
      entry(
        "SlicingOpLambda", name, #", "function": "__operators__.getitem""#,
        #"["s", 0, 0, {"slice_spec": \#(axis)}]"#)
    }
    return try graph([
      entry("TFOpLambda", "s", #", "function": "compat.v1.shape""#, shape), size("b", 0),
      size("c", 1),
      entry(
        "TFOpLambda", "y", #", "function": "reshape""#,
        #"["x", 0, 0, {"shape": [\#(sizes)]}]"#),
    ])
  }

  @Test func `a size that is a tensor follows from the others, or is that of the same axis`() throws
  {
    let (b, c) = (#"["b", 0, 0]"#, #"["c", 0, 0]"#)
    func settings(_ sizes: String) throws -> Attributes { try attributes(reshaped(sizes)) }
    #expect(try settings("\(b), 48") == ["newshape": .ints([-1, 48])])
    #expect(try settings("\(c), 12") == ["newshape": .ints([-1, 12])])
    let copying: Attributes = ["newshape": .ints([0, 0, -1]), "copies_zeros": .bool(true)]
    #expect(try settings("\(b), \(c), -1") == copying)
    #expect(
      try reshaped("\(b), \(c), -1").resolved().calls.last?.outputs == [[nil, 4, 12]])
    for sizes in ["\(c), -1", "\(b), \(b), -1", "\(b), 12, \(c)"] {
      #expect(reason(try reshaped(sizes)).hasSuffix("which depends on tensors"))
    }
    #expect(reason(try reshaped("\(b), 0")).hasSuffix("which has no element"))
    #expect(reason(try reshaped("\(b), 1.5")).hasPrefix("is reshaped to"))
  }

  @Test func `what would take for ever to look through is refused`() {
    let sizes = Array(repeating: #"["b", 0, 0]"#, count: 1000).joined(separator: ", ")
    #expect(reason(try reshaped(sizes)) == "is reshaped to 1000 axes")
    let constants = (0..<2000).map { #""\#($0)": 1.0"# }.joined(separator: ", ")
    #expect(
      reason(try node(#"{"op": "AddN"}"#, constants: "{\(constants)}"))
        == "has more than 1024 constants")
  }

  // MARK: - Nodes of graphs

  private func node(
    _ definition: String, constants: String = "{}", inputs: String = #"["x", 0, 0, {}]"#
  ) throws -> Graph {
    try graph([
      entry(
        "TensorFlowOpLayer", "y", #", "node_def": \#(definition), "constants": \#(constants)"#,
        "[\(inputs)]")
    ])
  }

  @Test func `constants are inputs of a node at their places`() throws {
    let difference = try node(
      #"{"op": "Sub", "attr": {"T": {"type": "DT_FLOAT"}}}"#, constants: #"{"0": 3.0}"#)
    #expect(
      difference.calls.last?.arguments
        == ["x1": .setting(.double(3)), "x2": .tensor(TensorReference("x"))])
    let mean = try node(
      #"{"op": "Mean", "attr": {"keep_dims": {"b": true}, "Tidx": {"type": "DT_INT32"}}}"#,
      constants:
        #"{"1": {"class_name": "__numpy__", "config": {"value": [1, 2], "dtype": "int32"}}}"#)
    #expect(try attributes(mean) == ["axis": .ints([1, 2]), "keepdims": .bool(true)])
  }

  @Test func `masks of bits say what of a slice is none`() throws {
    func list(_ numbers: [Int]) -> String {
      #"{"class_name": "__numpy__", "config": {"value": \#(numbers), "dtype": "int32"}}"#
    }
    let slice = try node(
      #"{"op": "StridedSlice", "attr": {"begin_mask": {"i": "1"}, "end_mask": {"i": "1"}, "#
        + #""shrink_axis_mask": {"i": "4"}, "new_axis_mask": {"i": "2"}, "#
        + #""ellipsis_mask": {"i": "8"}}}"#,
      constants:
        #"{"1": \#(list([0, 0, 3, 0])), "2": \#(list([0, 0, 4, 0])), "3": \#(list([2, 1, 1, 1]))}"#)
    #expect(try attributes(slice) == ["key": .strings(["::2", "None", "3", "..."])])
  }

  @Test(
    arguments: [
      (#""bytes""#, "{}", "stores its node as a message, not as JSON"),
      (
        #"{"op": "Fold"}"#, "{}",
        "is the operation 'Fold' of TensorFlow, which this version does not know"
      ),
      (
        #"{"op": "Relu", "attr": {"alpha": {"f": 2}}}"#, "{}",
        "has alpha=2.0, which has no meaning here"
      ),
      (
        #"{"op": "MaxPool", "attr": {"data_format": {"s": "TkNIVw=="}}}"#, "{}",
        "has data_format='NCHW', which has no meaning here"
      ),
      (#"{"op": "Sub"}"#, #"{"7": 1.0}"#, "has a constant at input 7"),
      (#"{"op": "Sub"}"#, #"{"a": 1.0}"#, "has a constant at input -1"),
      (#"{"op": "Sub"}"#, #"{"-1": 1.0}"#, "has a constant at input -1"),
      (#"{"op": "Relu"}"#, #"{"1": 1.0}"#, "has 2 inputs, which have no meaning here"),
      (#"{"op": "StridedSlice"}"#, "{}", "has 1 inputs"),
      (
        #"{"op": "StridedSlice"}"#, #"{"1": 1, "2": 2, "3": 0}"#,
        "cannot be computed: attribute 'key' is '1:2:0'; expected places, slices, '...' and 'None'"
      ),
    ])
  func `a node that has no meaning is refused by what it has`(
    _ definition: String, _ constants: String, _ sentence: String
  ) {
    let found = refusal {
      let graph = try node(definition, constants: constants)
      _ = try attributes(graph)
      return try graph.resolved()
    }
    #expect(
      found.replacing("layer 'y' (ops.GetItem): ", with: "cannot be computed: ") == sentence)
  }

  @Test(
    arguments: [
      (
        "ClassMethod", #""cls_symbol": "RaggedTensor", "method_name": "from_row_splits""#,
        "'RaggedTensor.from_row_splits'"
      ),
      ("InstanceMethod", #""attr_name": "to_tensor""#, "'to_tensor'"),
      ("InstanceProperty", #""attr_name": "values""#, "'values'"),
    ])
  func `members of ragged tensors are refused by name`(
    _ className: String, _ config: String, _ name: String
  ) {
    #expect(
      reason(
        try graph([entry(className, "y", ", " + config, #"["x", 0, 0, {}]"#)]))
        == "is the operation \(name) of TensorFlow, which this version does not know")
  }
}
