internal import OrderedCollections
internal import ModelGraph

/// Makes a model of calls.
struct ModelAssembly {
  let form: Graph.Form
  let name: String?
  let seed: UInt64
  let place: SourcePlace

  func model(
    inputs: [SymbolicTensor], outputs: [SymbolicTensor]
  ) throws(BuildError) -> Model {
    let (inputs, outputs) = (try made(inputs), try made(outputs))
    for input in inputs where !input.call.isInput {
      let callee = input.call.callee
      let names = LayerNames(SymbolicCall.all(behind: [input.call]).map(\.callee))
      throw .notAnInput(place, layer: names[callee], kind: callee.kind)
    }
    let map = CallMap(inputs: inputs.map(\.call), outputs: outputs.map(\.call))
    let names = LayerNames(map.callees)
    try check(map, names, inputs: inputs.map(\.call))
    do throws(ModelError) {
      let model = try model(map, names, inputs: inputs, outputs: outputs)
      for callee in map.callees { callee.identity.keep(names[callee]) }
      return model
    } catch {
      throw .model(place, error)
    }
  }

  private func made(
    _ tensors: [SymbolicTensor]
  ) throws(BuildError) -> [(call: SymbolicCall, index: Int)] {
    var made: [(call: SymbolicCall, index: Int)] = []
    for tensor in tensors {
      do throws(BuildFailure) { made.append(try tensor.made()) } catch { throw error.named }
    }
    return made
  }

  private func check(
    _ map: CallMap, _ names: LayerNames, inputs: [SymbolicCall]
  ) throws(BuildError) {
    var first: [String: SymbolicCall] = [:]
    for callee in map.callees {
      guard let call = map.calls[ObjectIdentifier(callee.identity)]?.first else { continue }
      if let other = first.updateValue(call, forKey: names[callee]) {
        throw .duplicateName(call.place, names[callee], first: other.place)
      }
      if call.isInput, !inputs.contains(where: { $0 === call }) {
        throw .inputMissing(place, input: names[callee])
      }
    }
  }

  private func model(
    _ map: CallMap, _ names: LayerNames, inputs: [(call: SymbolicCall, index: Int)],
    outputs: [(call: SymbolicCall, index: Int)]
  ) throws(ModelError) -> Model {
    var numbers: [ObjectIdentifier: Int] = [:]
    for calls in map.calls.values {
      for (number, call) in calls.enumerated() { numbers[ObjectIdentifier(call)] = number }
    }
    func reference(_ tensor: (call: SymbolicCall, index: Int)) -> TensorReference {
      TensorReference(
        names[tensor.call.callee], node: numbers[ObjectIdentifier(tensor.call)] ?? 0,
        index: tensor.index)
    }
    var layers: [LayerNode] = []
    var calls: [Call] = []
    var weights: [String: OrderedDictionary<String, Tensor>] = [:]
    for callee in map.callees {
      let own = map.calls[ObjectIdentifier(callee.identity)] ?? []
      let name = names[callee]
      layers.append(
        try layer(callee, name: name, firstCall: own.first, &weights[name, default: [:]]))
      for (number, call) in own.enumerated() {
        // The tensors of a call are named by their number among its inputs.
        calls.append(
          Call(name, node: number, arguments: call.arguments).mapTensors {
            reference(call.inputs[$0.index])
          })
      }
    }
    let graph = try Graph(
      name: name ?? form.rawValue.inSnakeCase, form: form, layers: layers, calls: calls,
      inputs: inputs.map(reference), outputs: outputs.map(reference))
    let listed = graph.layersInKerasOrder
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for layer in listed { tensors.merge(weights[layer.name] ?? [:]) { $1 } }
    var model = try Model(
      graph: graph.listing(listed), tensors: tensors, provenance: Provenance(producer: "residual"))
    model.declaration = LayerDeclaration(name: name)
    return model
  }

  /// A layer with its weights, which are put among its tensors.
  private func layer(
    _ callee: Callee, name: String, firstCall: SymbolicCall?,
    _ tensors: inout OrderedDictionary<String, Tensor>
  ) throws(ModelError) -> LayerNode {
    var parameters: OrderedDictionary<String, String> = [:]
    switch callee {
    case .layer(let layer):
      for weight in firstCall?.weights ?? [] {
        let tensor = "\(name)/\(weight.role)"
        let initializer =
          callee.declaration.initializers[weight.role] ?? .standard(for: weight.role)
        parameters[weight.role] = tensor
        tensors[tensor] = try .initial(
          shape: weight.shape, initializer: initializer,
          stream: Initializer.stream(seed: seed, name: tensor))
      }
      // An operation or a hash that makes integers computes with them, as a file of Keras has it.
      let makesType = layer is Operation || layer is Hashing || layer is HashedCrossing
      let made = makesType ? firstCall?.outputTypes.first : nil
      return LayerNode(
        name: name, body: .layer(layer), parameters: parameters,
        isTrainable: callee.declaration.isTrainable, computeType: made?.dtype ?? .float32)
    case .model(let model):
      let (graph, own) = try model.nested(as: name)
      tensors.merge(own) { $1 }
      return LayerNode(name: name, body: .graph(try graph.named(name)))
    }
  }
}

extension SymbolicCall {
  fileprivate var isInput: Bool {
    if case .layer(let layer) = callee { layer is InputLayer } else { false }
  }
}

extension Graph {
  /// The same graph of another name.
  fileprivate func named(_ name: String) throws(ModelError) -> Graph {
    try Graph(
      name: name, form: form, layers: Array(layers.values), calls: calls, inputs: inputs,
      outputs: outputs)
  }
}
