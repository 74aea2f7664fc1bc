internal import OrderedCollections
internal import ResidualGraph

/// One of the tensors of a run, wherever in nested models it is made.
enum Slot: Hashable {
  /// What is fed to the model's input of that name.
  case input(String)
  /// An output of the layer call at that path.
  case output(path: String, index: Int)
}

/// The layer calls of a model, those that cannot be run among them, and which tensor each name in a
/// golden means.
struct CallTable {
  /// One call of a layer.
  struct Entry {
    var path: String
    /// The call as it stands in its graph.
    var call: Call
    /// The layer as it stands in its graph.
    var node: LayerNode
    /// The layer, with what the call gives to it besides tensors.
    var layer: LayerNode
    /// The tensors that it computes with.
    var inputs: [Slot]
    var shapes: [Shape?]
    /// The short name of each output.
    var names: [String]

    /// The short name of one output.
    func name(of output: Int) -> String { names.indices.contains(output) ? names[output] : path }
  }

  /// The calls by path, in the order in which they are run.
  private(set) var entries: OrderedDictionary<String, Entry> = [:]
  /// What each name that a golden may use stands for.
  private(set) var slots: [String: Slot] = [:]
  /// The model's outputs, under the names that a golden may use for each.
  private(set) var outputs: [(names: [String], slot: Slot)] = []

  /// Lists the calls of a model that is fed inputs of the given shapes.
  ///
  /// - Throws: `ModelError` where a layer cannot take what it is given.
  init(_ graph: Graph, inputs: [Shape]) throws(ModelError) {
    var shapes: [String: [Shape?]] = [:]
    for call in try graph.shapes(inputs: inputs) { shapes[call.path.description] = call.outputs }
    let fed = graph.inputs.map { Slot.input($0.layer) }
    let made = add(graph, fed: fed, path: CallPath(), shapes: shapes)
    for (reference, slot) in zip(graph.outputs, made) {
      outputs.append((reference.names, slot))
    }
  }

  /// The shape of a call's output.
  func shape(of slot: Slot) -> Shape? {
    guard case .output(let path, let output) = slot, let entry = entries[path],
      entry.shapes.indices.contains(output)
    else { return nil }
    return entry.shapes[output]
  }

  /// The type that the layer computes in that makes a tensor; `nil` for a model's input.
  func computeType(of slot: Slot) -> DType? {
    guard case .output(let path, _) = slot else { return nil }
    return entries[path]?.layer.computeType
  }

  /// Adds a graph's calls, and returns what its outputs are.
  private mutating func add(
    _ graph: Graph, fed: [Slot], path: CallPath, shapes: [String: [Shape?]]
  ) -> [Slot] {
    var values: [TensorReference: Slot] = [:]
    for (reference, slot) in zip(graph.inputs, fed) { values[reference] = slot }
    func slot(_ reference: TensorReference) -> Slot? {
      if let slot = values[reference] { return slot }
      // How many outputs a layer has that cannot be run, nobody knows.
      guard case .unsupported = graph.layers[reference.layer]?.body else { return nil }
      let producer = Call(reference.layer, node: reference.node, inputs: [])
      return .output(path: path.appending(producer).description, index: reference.index)
    }
    for call in graph.calls {
      guard let layer = graph.layers[call.layer] else { continue }
      let callPath = path.appending(call)
      let text = callPath.description
      let inputs = layer.operandTensors(of: call).compactMap(slot)
      var made: [Slot] = []
      if case .graph(let inner) = layer.body {
        made = add(inner, fed: inputs, path: callPath, shapes: shapes)
      } else if layer.isInput {
        made = [values[TensorReference(call.layer, node: call.node)] ?? .input(call.layer)]
      } else {
        made = shapes[text, default: []].indices.map { .output(path: text, index: $0) }
      }
      let prefix = path.names.map { $0 + "/" }.joined()
      var names: [String] = []
      for (index, slot) in made.enumerated() {
        let reference = TensorReference(call.layer, node: call.node, index: index)
        values[reference] = slot
        names.append(prefix + reference.shortName)
        for name in reference.names where slots[prefix + name] == nil {
          slots[prefix + name] = slot
        }
      }
      guard !layer.isInput else { continue }
      if case .graph = layer.body { continue }
      entries[text] = Entry(
        path: text, call: call, node: layer, layer: layer.applied(to: call), inputs: inputs,
        shapes: shapes[text] ?? [], names: names)
    }
    return graph.outputs.compactMap(slot)
  }
}

extension CallTable.Entry {
  /// The same call of a layer of another name on other tensors; without its mask, of which the
  /// value does not depend.
  func call(named name: String, on reference: (Slot) -> TensorReference?) -> Call {
    var rest = inputs[...]
    var arguments = node.argumentsWithoutMask(of: call)
    for (parameter, argument) in arguments where node.isOperand(parameter) {
      arguments[parameter] = argument.mapTensors { old in
        rest.popFirst().flatMap(reference) ?? old
      }
    }
    return Call(name, arguments: arguments)
  }
}

extension TensorReference {
  /// The shortest name that tells the tensor: `conv1`, `conv1:2`, `split:0:1`.
  var shortName: String {
    if index > 0 { return description }
    return node > 0 ? "\(layer):\(node)" : layer
  }

  /// Every name of the tensor, the shortest first.
  var names: [String] {
    if index > 0 { return [description] }
    return (node > 0 ? [] : [layer]) + ["\(layer):\(node)", description]
  }
}
