internal import OrderedCollections

/// The order in which Keras lists the layers of a model once it has read it.
///
/// Keras finds the layers anew, from the outputs back, and gives the weights of a file to
/// them one after the other: a file has to list them as Keras will. The depth of a call is counted
/// from the outputs, the longest way; a layer is as deep as its deepest call (`map_graph` in Keras
/// 3's `function.py`).
struct LayerOrder {
  private let graph: Graph
  private let indexByName: [String: Int]
  /// When the search came to a layer first.
  private var arrival: [String: Int] = [:]
  /// The calls that the outputs need, each after those it needs itself.
  private var needed: [Int] = []

  /// Orders the layers of a model.
  init(_ graph: Graph) {
    self.graph = graph
    indexByName = Dictionary(
      graph.calls.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    search()
  }

  /// The layers: the farthest from the outputs first, those equally far as the search found
  /// them; last those that no output needs.
  var layers: [LayerNode] {
    let depths = depths
    let inputs = Set(graph.inputs.map(\.layer))
    var unused = 0
    let places = graph.layers.values.map { layer -> (depth: Int, arrival: Int) in
      if let depth = depths[layer.name] { return (depth, arrival[layer.name] ?? 0) }
      unused += 1
      // An input is one of the model even if it is not used.
      return (inputs.contains(layer.name) ? 0 : -1, unused - graph.layers.count - 1)
    }
    let order = places.indices.sorted {
      places[$0].depth != places[$1].depth
        ? places[$0].depth > places[$1].depth : places[$0].arrival < places[$1].arrival
    }
    return order.map { graph.layers.values[$0] }
  }

  private func index(_ reference: TensorReference) -> Int? {
    indexByName[Call(reference.layer, node: reference.node, inputs: []).name]
  }

  /// Depth first from each output in turn; without recursion, as models may be deep.
  private mutating func search() {
    var isFound = [Bool](repeating: false, count: graph.calls.count)
    var path: [(call: Int, nextInput: Int)] = []
    func visit(_ reference: TensorReference, _ order: inout LayerOrder) {
      guard let call = order.index(reference), !isFound[call] else { return }
      isFound[call] = true
      if order.arrival[reference.layer] == nil {
        order.arrival[reference.layer] = order.arrival.count
      }
      path.append((call, 0))
    }
    for output in graph.outputs {
      visit(output, &self)
      while let (call, nextInput) = path.last {
        let inputs = graph.calls[call].inputs
        if nextInput < inputs.count {
          path[path.count - 1].nextInput += 1
          visit(inputs[nextInput], &self)
        } else {
          path.removeLast()
          needed.append(call)
        }
      }
    }
  }

  /// How many calls are between a layer and the outputs at most.
  private var depths: [String: Int] {
    var ofCall = [Int](repeating: 0, count: graph.calls.count)
    var ofLayer: [String: Int] = [:]
    for index in needed.reversed() {
      let call = graph.calls[index]
      let depth = max(ofCall[index], ofLayer[call.layer] ?? 0)
      ofLayer[call.layer] = depth
      ofCall[index] = depth
      for input in call.inputs {
        if let maker = self.index(input) { ofCall[maker] = max(ofCall[maker], depth + 1) }
      }
    }
    return ofLayer
  }
}

extension Graph {
  /// The layers in the order in which Keras lists them.
  package var layersInKerasOrder: [LayerNode] { LayerOrder(self).layers }

  /// The same graph with its layers listed as given, and its calls layer by layer.
  package func listing(_ layers: [LayerNode]) throws(ModelError) -> Graph {
    let callsByLayer = Dictionary(grouping: calls, by: \.layer)
    return try Graph(
      name: name, form: form, layers: layers,
      calls: layers.flatMap { layer in
        (callsByLayer[layer.name] ?? []).sorted { $0.node < $1.node }
      },
      inputs: inputs, outputs: outputs)
  }
}
