internal import OrderedCollections
internal import ModelGraph

/// Writes calls as elements of `inbound_nodes`: the reverse of `WrittenCall`.
///
/// A call on tensors alone is written as Keras 2 writes it, which Keras 3 reads alike; any other one
/// as Keras 3 does.
struct CallWords {
  /// The name, node and index of a tensor as the file numbers them.
  let reference: (TensorReference) -> [JSONValue]
  private let graph: Graph
  private var types: [TensorReference: TensorType] = [:]

  /// - Throws: `ModelError` where a layer cannot take what it is given.
  init(_ graph: Graph, reference: @escaping (TensorReference) -> [JSONValue]) throws(ModelError) {
    self.graph = graph
    self.reference = reference
    let hasOperations = graph.layers.values.contains { Self.operation($0) != nil }
    guard hasOperations || graph.calls.contains(where: { !$0.isOnTensorsAlone }) else { return }
    let nodes = Dictionary(graph.calls.map { ($0.name, $0) }) { first, _ in first }
    for made in try graph.resolved().calls where made.path.names.count == 1 {
      guard let call = nodes[made.path.names[0]] else { continue }
      for (index, type) in made.outputTypes.enumerated() {
        types[TensorReference(call.layer, node: call.node, index: index)] = type
      }
    }
  }

  /// Checks that Keras 3 makes a call when it reads it: it calls layers on tensors alone, and asks of
  /// the first one that a merge is given what only a tensor of the model can tell.
  ///
  /// Integers of a constant are to be among those of which float64 has every one.
  ///
  /// - Throws: `KerasError.inexpressible`.
  func check(_ call: Call) throws(KerasError) {
    for case .constant(let constant) in call.arguments.values.flatMap(\.leaves) {
      guard let large = constant.integerBeyondFloat64 else { continue }
      throw .inexpressible("a constant has the integer \(large), which is beyond 2^53")
    }
    guard let node = graph.layers[call.layer], Self.operation(node) == nil else { return }
    for (name, argument) in call.arguments where node.isOperand(name) {
      guard case .list(let operands) = argument else { continue }
      if case .constant? = operands.first {
        throw .inexpressible("Keras 3 calls no layer on a list that begins with a constant")
      }
      for case .setting(let number) in operands {
        throw .inexpressible("Keras 3 calls no layer on a number, \(number)")
      }
    }
  }

  /// A call as the file has it.
  func node(_ call: Call) -> JSONValue {
    let operation = graph.layers[call.layer].flatMap(Self.operation)
    guard operation != nil || !call.isOnTensorsAlone else {
      return .array(call.inputs.map { .array(reference($0) + [.object([:])]) })
    }
    if let operation { return OperationWords(operation).call(call.arguments.mapValues(value)) }
    var arguments = call.arguments
    let first = arguments.isEmpty ? nil : arguments.removeFirst()
    return .object([
      "args": .array(first.map { [value($0.value)] } ?? []),
      "kwargs": .object(arguments.mapValues(value)),
    ])
  }

  private static func operation(_ node: LayerNode) -> Operation? {
    if case .layer(let layer) = node.body { layer as? Operation } else { nil }
  }

  // MARK: - Arguments

  private func value(_ argument: CallArgument) -> JSONValue {
    switch argument {
    case .tensor(let reference): tensor(reference)
    case .constant(let constant): constant.words
    case .setting(let value): JSONValue(value)
    case .none: .null
    case .list(let elements): .array(elements.map(value))
    }
  }

  private func tensor(_ tensor: TensorReference) -> JSONValue {
    let known = types[tensor]
    let sizes = known?.shape.dimensions ?? []
    // What real numbers are computed in, only the layer says.
    let own = graph.layers[tensor.layer]?.computeType ?? .float32
    let type =
      known.map { $0.isReal ? (own.unitRoundoff == nil ? .float32 : own) : $0.dtype } ?? own
    return .object([
      "class_name": "__keras_tensor__",
      "config": .object([
        "shape": .array(sizes.map { $0.map(JSONValue.int) ?? .null }),
        "dtype": .string(type.rawValue),
        "keras_history": .array(reference(tensor)),
      ]),
    ])
  }
}

extension Call {
  /// Whether it is called on tensors, one or a list, and given nothing else.
  var isOnTensorsAlone: Bool {
    arguments.count < 2 && arguments.values.allSatisfy { $0.isTensorsAlone && $0.depth < 2 }
  }
}

extension Constant {
  /// The first element of an integer type behind which not every integer is a number of float64.
  fileprivate var integerBeyondFloat64: Double? {
    dtype.unitRoundoff == nil ? elements.first { $0.magnitude > 0x1p53 } : nil
  }

  /// The constant as Keras 3 writes a tensor.
  fileprivate var words: JSONValue {
    var rest = elements[...]
    return .object([
      "class_name": "__tensor__",
      "config": .object([
        "value": Self.nested(&rest, dimensions[...], dtype), "dtype": .string(dtype.rawValue),
      ]),
    ])
  }

  private static func nested(
    _ rest: inout ArraySlice<Double>, _ dimensions: ArraySlice<Int>, _ dtype: DType
  ) -> JSONValue {
    guard let count = dimensions.first else {
      let number = rest.popFirst() ?? 0
      if dtype == .bool { return .bool(number != 0) }
      return dtype.unitRoundoff == nil ? .int(Int(number)) : .double(number)
    }
    return .array((0..<count).map { _ in nested(&rest, dimensions.dropFirst(), dtype) })
  }
}
