import ModelBuilder
import OrderedCollections
import ModelGraph
import TestSupport
import Testing

/// What calls are given, and what becomes of constants.
@Suite struct CallTests {
  private static let x = TensorReference("x")

  /// A model `x → y`, a layer that is called with these arguments.
  private func model(
    _ layer: any Layer, _ arguments: OrderedDictionary<String, CallArgument>, width: Int? = 3
  ) throws -> Model {
    try Model(
      graph: Graph(
        name: "m", form: .functional,
        layers: [
          LayerNode(name: "x", body: .layer(InputLayer(batchShape: [nil, width]))),
          LayerNode(name: "y", body: .layer(layer)),
        ],
        calls: [Call("x", inputs: []), Call("y", arguments: arguments)], inputs: [Self.x],
        outputs: [TensorReference("y")]), tensors: [:])
  }

  private func refusal(
    _ layer: any Layer, _ arguments: OrderedDictionary<String, CallArgument>
  ) -> String {
    do {
      _ = try model(layer, arguments)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  private func row(_ elements: [Double]) throws -> CallArgument {
    .constant(try Constant(elements, dimensions: [1, elements.count]))
  }

  // MARK: - Values

  @Test func `a constant stands for each item of the batch`() throws {
    let input = NDArray<Float>([2, 3], [1, 2, 3, 4, 5, 6])
    let constant = try row([10, 20, 30])
    let two = try Constant([0.5, 0.25], dimensions: [2, 1])
    let cases: [(any Layer, [CallArgument], [Float])] = [
      (Add(), [.tensor(Self.x), constant], [11, 22, 33, 14, 25, 36]),
      (Subtract(), [constant, .tensor(Self.x)], [9, 18, 27, 6, 15, 24]),
      (Multiply(), [.setting(.double(0.5)), .tensor(Self.x)], [0.5, 1, 1.5, 2, 2.5, 3]),
      (Maximum(), [.tensor(Self.x), .setting(.int(4)), .none], [4, 4, 4, 4, 5, 6]),
      (Add(), [.tensor(Self.x), .constant(two)], [1.5, 2.5, 3.5, 4.25, 5.25, 6.25]),
    ]
    for (layer, arguments, expected) in cases {
      let model = try model(layer, ["inputs": .list(arguments)])
      let made = try ReferenceExecutor<Float>(model).run(["x": input])
      #expect(made == [NDArray([2, 3], expected)])
      let bounds = try #require(
        try bound(of: model, input).first, "a layer with constants has a bound")
      #expect(bounds.fixed.count == 6)
    }
  }

  /// How far rounding may move the result of the only call.
  private func bound(
    of model: Model, _ input: NDArray<Float>
  ) throws -> [RoundingBound<Float>] {
    var bounds: [RoundingBound<Float>] = []
    _ = try ReferenceExecutor<Float>(model).run(["x": input]) { visit in
      bounds = visit.layer.roundingBounds(visit.inputs, visit.parameters, outputs: visit.outputs)
      return visit.outputs
    }
    return bounds
  }

  @Test func `shapes take constants into account`() throws {
    let wide = try row([1, 2, 3, 4])
    #expect(
      refusal(Add(), ["inputs": .list([.tensor(Self.x), wide])])
        == "layer 'y' (Add): inputs have shapes [None, 3] and [None, 4]; "
        + "they must be equal or broadcast")
    let joined = try model(Concatenate(), ["inputs": .list([.tensor(Self.x), wide])])
    #expect(try joined.graph.resolved().calls.last?.outputs == [[nil, 7]])
  }

  @Test func `a mask is none of a layer's inputs`() throws {
    let model = try model(ReLU(), ["inputs": .tensor(Self.x), "mask": .tensor(Self.x)])
    #expect(model.graph.calls[1].inputs == [Self.x, Self.x])
    #expect(try model.graph.resolved().calls.last?.inputs == [[nil, 3]])
    let made = try ReferenceExecutor<Float>(model).run(["x": NDArray([1, 3], [-1, 0, 2])])
    #expect(made == [NDArray([1, 3], [0, 0, 2])])
  }

  // MARK: - What a layer does not take

  @Test func `what a signature does not have is refused`() throws {
    let x = CallArgument.tensor(Self.x)
    #expect(
      refusal(ReLU(), ["inputs": x, "slope": .setting(.double(1))])
        == "layer 'y' (ReLU): is called with slope=1.0, which is not an argument that it takes")
    #expect(
      refusal(Dropout(0.5), ["inputs": x, "training": .setting(.bool(true))])
        == "layer 'y' (Dropout): is called with training=true, "
        + "which is not an argument that it takes")
    #expect(
      refusal(Softmax(), ["inputs": x, "mask": x])
        == "layer 'y' (Softmax): is called with mask=a tensor of type float32; "
        + "expected truth values; cast it to bool")
    #expect(
      refusal(Softmax(), ["inputs": x, "mask": .setting(.bool(true))])
        == "layer 'y' (Softmax): is called with mask=true; expected a tensor")
    #expect(
      refusal(Add(), ["inputs": .list([x, .setting(.string("x"))])])
        == "layer 'y' (Add): is called with inputs=[x:0:0, 'x']; expected a tensor or a number"
        || refusal(Add(), ["inputs": .list([x, .setting(.string("x"))])])
          == "layer 'y' (Add): is called with inputs='x'; expected a tensor or a number"
    )
    #expect(
      refusal(Add(), ["inputs": .list([x, .setting(.double(.nan))])])
        == "layer 'y' (Add): a constant has an element that is not a number (NaN)")
    let many = CallArgument.list(Array(repeating: x, count: Call.maximumArgumentCount + 1))
    #expect(
      refusal(Add(), ["inputs": many])
        == "layer 'y' (Add): is called with 65537 arguments; at most 65536 are read")
    let deep = (0..<9).reduce(x) { list, _ in .list([list]) }
    #expect(
      refusal(Add(), ["inputs": deep])
        == "layer 'y' (Add): is called with lists that are nested more than 8 deep")
  }

  @Test func `graphs that differ in what a call is given differ`() throws {
    let graphs = try [[1.0, 2, 3], [1, 2, 4]].map {
      try model(Add(), ["inputs": .list([.tensor(Self.x), row($0)])]).graph
    }
    #expect(graphs[0].difference(from: graphs[0]) == nil)
    #expect(
      graphs[0].difference(from: graphs[1])?.description
        == "call 'y' is given inputs=[x:0:0, float32[1, 3] [1.0, 2.0, 4.0]]")
  }

  @Test func `a part of a model keeps what its calls are given`() throws {
    let part = try model(Add(), ["inputs": .list([.tensor(Self.x), row([1, 2, 3])])]).upTo("y")
    let made = try ReferenceExecutor<Float>(part).run(["x": NDArray([1, 3], [0, 0, 0])])
    #expect(made == [NDArray([1, 3], [1, 2, 3])])
  }

  // MARK: - Constants

  @Test func `a constant has the elements of its type`() throws {
    for dtype in DType.allCases where dtype != .string {
      let constant = try Constant([0, 1, 1], dimensions: [3], dtype: dtype)
      #expect(constant.bytes.count == 3 * dtype.byteCount)
      #expect(constant.elements == [0, 1, 1])
    }
    #expect(try Constant([1.00390625], dimensions: [], dtype: .bfloat16).elements == [1])
    #expect(try Constant([-.infinity], dimensions: [1], dtype: .float16).elements == [-.infinity])
  }

  @Test func `what no constant can be is refused`() {
    func sentence(_ make: () throws -> Constant) -> String {
      do { return "\(try make())" } catch { return "\(error)" }
    }
    #expect(
      sentence { try Constant([2.5], dimensions: [1], dtype: .int32) }
        == "a constant of type int32 cannot have the element 2.5")
    #expect(
      sentence { try Constant([.nan], dimensions: [1]) }
        == "a constant has an element that is not a number (NaN)")
    #expect(
      sentence { try Constant(dtype: .float32, dimensions: [1 << 40], bytes: []) }
        == "a constant of shape [1099511627776] has more than 1048576 elements")
    #expect(
      sentence { try Constant(dtype: .float32, dimensions: [2], bytes: [0]) }
        == "a float32 tensor of shape [2] cannot have 1 bytes")
  }
}
