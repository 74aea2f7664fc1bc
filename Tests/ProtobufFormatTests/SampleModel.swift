import OrderedCollections
import ModelGraph

/// A layer with an attribute of every type and two weights; it adds one axis of 2.
struct Probe: UnaryLayer {
  static let kind = "Probe"
  var declaration = LayerDeclaration()
  let attributes: Attributes

  init(attributes: Attributes) throws(ModelError) {
    self.attributes = attributes
  }

  static let everyType: Attributes = [
    "flag": .bool(true), "off": .bool(false), "axis": .int(-1), "zero": .int(0),
    "epsilon": .double(0.1 + 0.2), "nan": .double(.infinity), "mode": .string("größe"),
    "empty": .string(""), "strides": .ints([2, -1, .max, .min]), "no_ints": .ints([]),
    "scales": .doubles([0, -0.0, 1e-300]), "names": .strings(["a", "", "日本"]),
  ]

  func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    definition.weight("kernel", [3, 2])
    definition.weight("moving", [2], isTrainable: false)
    return try definition.apply(Probing(), to: x)
  }
}

/// Adds an axis of two, and pads something.
struct Probing: Movement {
  func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
    [TensorType(Shape(inputs[0].shape.dimensions + [2]))]
  }

  func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] { inputs }

  func explicitPadding(for inputs: [TensorType]) throws(ModelError) -> [Int] { [0, 1, 2, 3] }
}

/// Models to write.
enum Sample {
  static let registry = LayerRegistry(LayerRegistry.builtIn + [Probe.self])

  static func tensor(_ dtype: DType, _ dimensions: [Int], seed: UInt8 = 1) throws -> Tensor {
    let count = dimensions.reduce(dtype.byteCount, *)
    return try Tensor(
      dtype: dtype, dimensions: dimensions,
      bytes: OwnedBytes((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) &+ seed }))
  }

  static func input(_ name: String = "input") -> LayerNode {
    LayerNode(
      name: name, body: .layer(InputLayer(batchShape: [nil, 3])), isTrainable: true,
      computeType: .float32)
  }

  static func probe(_ name: String, tensors: String) throws -> LayerNode {
    LayerNode(
      name: name, body: .layer(try Probe(attributes: Probe.everyType)),
      parameters: ["kernel": "\(tensors)/kernel", "moving": "\(tensors)/moving"],
      isTrainable: false, computeType: .float16)
  }

  /// `input → name`, with a probe or a further model as the layer.
  static func graph(
    _ name: String, form: Graph.Form = .functional, _ layer: LayerNode
  ) throws -> Graph {
    try Graph(
      name: name, form: form, layers: [input(), layer],
      calls: [
        Call("input", inputs: []), Call(layer.name, inputs: [TensorReference("input")]),
      ],
      inputs: [TensorReference("input")], outputs: [TensorReference(layer.name)])
  }

  /// A model of one layer.
  static func small() throws -> Model {
    try Model(
      graph: graph("small", probe("probe", tensors: "probe")),
      tensors: [
        "probe/kernel": tensor(.float32, [3, 2]), "probe/moving": tensor(.float32, [2], seed: 9),
      ])
  }

  /// A model with something of everything.
  static func complete() throws -> Model {
    let inner = try graph("inner", form: .sequential, probe("probe", tensors: "inner"))
    let middle = try graph("middle", LayerNode(name: "inner", body: .graph(inner)))
    let lambda = LayerNode(
      name: "lambda",
      body: .unsupported(
        UnsupportedLayer(
          path: "lambda", kind: "Lambda", reason: "stores Python code",
          configuration: #"{"function": ["4wEAAAA=", null, NaN]}"#)),
      parameters: ["w": "lambda/w"])
    let main = try Graph(
      name: "main", form: .functional,
      layers: [
        input(), LayerNode(name: "nested", body: .graph(middle)),
        probe("shared", tensors: "shared"), lambda, probe("behind", tensors: "shared"),
      ],
      calls: [
        Call("input", inputs: []),
        Call("nested", inputs: [TensorReference("input")]),
        Call("shared", inputs: [TensorReference("input")]),
        Call("shared", node: 1, inputs: [TensorReference("nested")]),
        Call("lambda", arguments: try everyArgument(TensorReference("shared", node: 1))),
        Call("behind", inputs: [TensorReference("lambda")]),
      ],
      inputs: [TensorReference("input")],
      outputs: [TensorReference("behind"), TensorReference("shared", node: 1)])
    return try Model(
      graph: main, tensors: completeTensors(), provenance: provenance, source: source,
      goldens: goldens())
  }

  /// Arguments of every type, lists in lists among them.
  static func everyArgument(
    _ tensor: TensorReference
  ) throws -> OrderedDictionary<String, CallArgument> {
    [
      "inputs": .list([
        .tensor(tensor), .constant(try Constant([1, -2, 0.5], dimensions: [1, 3, 1])), .none,
        .list([.tensor(TensorReference("input")), .list([])]),
        .constant(try Constant([1, 0], dimensions: [2], dtype: .bool)),
      ]),
      "scalar": .constant(try Constant([-7], dimensions: [], dtype: .int64)),
      "empty": .constant(try Constant([], dimensions: [2, 0], dtype: .float64)),
      "none": .none, "flag": .setting(.bool(false)), "count": .setting(.int(0)),
      "rate": .setting(.double(-0.0)), "key": .setting(.string("1:5:2")),
      "axes": .setting(.ints([0, -1])), "no_axes": .setting(.ints([])),
      "slopes": .setting(.doubles([0.5, .infinity])), "words": .setting(.strings(["", "ß"])),
    ]
  }

  private static func completeTensors() throws -> OrderedDictionary<String, Tensor> {
    var tensors: OrderedDictionary<String, Tensor> = [
      "inner/kernel": try tensor(.float32, [3, 2]), "inner/moving": try tensor(.float64, [2]),
      "shared/kernel": try tensor(.float16, [3, 2]), "shared/moving": try tensor(.bfloat16, [2]),
      "lambda/w": try tensor(.uint8, [200]), "optimizer/iterations": try tensor(.int64, []),
      "empty": try tensor(.float32, [4, 0, 2]),
      // A tensor that stands where those of goldens would.
      "golden/0/0/inputs/input": try tensor(.float32, [1]),
    ]
    for dtype in DType.allCases where dtype != .string {
      tensors["every/\(dtype.rawValue)"] = try tensor(dtype, [dtype.byteCount, 5])
    }
    return tensors
  }

  private static let provenance = Provenance(
    format: "keras-hdf5", producer: "keras", producerVersion: "2.15.0", backend: "tensorflow",
    history: [
      .init(operation: "drop-optimizer", tool: "resconv 0.1.0", detail: "3 tensors"),
      .init(operation: "second", tool: ""),
    ])

  private static let source = SourceRecord(
    format: "keras-hdf5",
    objects: [
      .init(
        path: "/",
        attributes: [
          .init(
            name: "keras_version", datatype: "vlen utf8",
            value: .init(dimensions: [], elements: .texts([Array("2.15.0".utf8)]))),
          .init(
            name: "layer_names", datatype: "fixed ascii 8",
            value: .init(dimensions: [2], elements: .bytes([0, 1, 0, 255]))),
          .init(
            name: "null", datatype: "int32", value: .init(dimensions: nil, elements: .bytes([]))),
          .init(
            name: "odd", datatype: "vlen bytes",
            value: .init(dimensions: [1, 3], elements: .texts([[], [0, 0xff, 0], [7]]))),
        ]),
      .init(
        path: "/w", attributes: [],
        dataset: .init(
          datatype: "float32", storage: "contiguous", content: .tensor("inner/kernel"))),
      .init(
        path: "/names", attributes: [],
        dataset: .init(
          datatype: "vlen utf8", storage: "contiguous",
          content: .value(.init(dimensions: [0], elements: .texts([]))))),
    ])

  private static func goldens() throws -> [Golden] {
    [
      Golden(
        producer: "keras", producerVersion: "2.15.0", backend: "tensorflow", seed: 0, notes: "",
        cases: [
          GoldenCase(
            name: "random", description: "uniform",
            inputs: ["input": try tensor(.float32, [1, 3])],
            outputs: ["behind": try tensor(.float32, [1, 3, 2])],
            calls: [
              "nested/inner/probe": try tensor(.float32, [1, 3, 2], seed: 3),
              "shared:1": try tensor(.float64, [1, 3, 2], seed: 4),
            ]),
          GoldenCase(name: "zeros", inputs: [:], outputs: [:]),
        ], weightDigests: [1, .max]),
      Golden(producer: "p", producerVersion: "", seed: -3, cases: []),
      Golden(producer: "none", producerVersion: "1", cases: []),
    ]
  }
}
