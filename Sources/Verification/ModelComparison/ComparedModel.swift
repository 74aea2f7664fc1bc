internal import OrderedCollections
internal import ModelGraph

/// One of two models that are compared: its layers and their calls, those of nested models among
/// them.
struct ComparedModel {
  /// A layer that is neither an input nor a nested model.
  struct Member {
    var path: String
    var node: LayerNode
    /// Its calls, by their place in ``ComparedModel/calls``.
    var calls: [Int] = []
  }

  /// Where a tensor comes from.
  enum Source: Hashable {
    case input(Int)
    case call(Int, output: Int)
  }

  /// One call of a layer.
  struct Step {
    var entry: CallTable.Entry
    /// The layer, by its place in ``ComparedModel/layers``.
    var layer: Int
    var inputs: [Source]
  }

  let model: Model
  let table: CallTable
  /// The layers in the order of their first calls; those that are never called come last.
  let layers: [Member]
  /// The calls in the order in which they are run.
  let calls: [Step]
  /// What the model's outputs are.
  let outputs: [Source]

  /// The names of the inputs, in the model's order.
  let inputNames: [String]
  /// Their shapes.
  let inputShapes: [Shape]

  /// Lists the layers and calls of a model.
  init(_ model: Model) throws(ModelError) {
    let graph = model.graph
    let inputShapes = graph.inputShapes
    let table = try CallTable(graph, inputs: inputShapes)
    var layerPaths: [String: String] = [:]
    for call in try graph.resolved().calls { layerPaths[call.path.description] = call.layerPath }

    var members: OrderedDictionary<String, Member> = [:]
    var calls: [Step] = []
    var places: [String: Int] = [:]
    let inputs = Dictionary(
      graph.inputs.enumerated().map { ($1.layer, $0) }
    ) { first, _ in first }
    func source(_ slot: Slot) -> Source? {
      switch slot {
      case .input(let name): inputs[name].map(Source.input)
      case .output(let path, let output): places[path].map { .call($0, output: output) }
      }
    }
    for entry in table.entries.values {
      let path = layerPaths[entry.path] ?? entry.path
      members[path, default: Member(path: path, node: entry.node)].calls.append(calls.count)
      places[entry.path] = calls.count
      calls.append(
        Step(
          entry: entry, layer: members.index(forKey: path) ?? 0,
          inputs: entry.inputs.compactMap(source)))
    }
    for (path, node) in graph.allLayers where members[path] == nil && !node.isInput {
      if case .graph = node.body { continue }
      members[path] = Member(path: path, node: node)
    }
    self.model = model
    inputNames = graph.inputNames
    self.inputShapes = inputShapes
    self.table = table
    self.layers = Array(members.values)
    self.calls = calls
    outputs = table.outputs.compactMap { source($0.slot) }
  }

  /// The name of a tensor, for people.
  func name(of source: Source) -> String {
    switch source {
    case .input(let index): inputNames[index]
    case .call(let index, let output): calls[index].entry.name(of: output)
    }
  }

  /// A layer's weights by role.
  func weights(of layer: Int) -> OrderedDictionary<String, Tensor> {
    layers[layer].node.parameters.compactMapValues { model.tensors[$0] }
  }
}

extension ComparedModel {
  /// What a layer is set to, as far as it can make a difference: an axis counts from the first, and
  /// a number is rounded to float32, where the layer computes in no more.
  ///
  /// Keras 2 states `axis` as 3 where Keras 3 states -1, and some numbers as float32 has them.
  func meaning(of layer: Int) -> Attributes {
    let node = layers[layer].node
    let rank = inputRank(of: layer)
    func counted(_ axis: Int) -> Int { axis < 0 ? axis + (rank ?? 0) : axis }
    func rounded(_ number: Double) -> Double {
      node.computeType == .float64 ? number : Double(Float(number))
    }
    var attributes = node.attributes
    for (name, value) in attributes.values {
      attributes[name] =
        switch value {
        case .int(let axis) where name == "axis": .int(counted(axis))
        case .ints(let axes) where name == "axis": .ints(axes.map(counted))
        case .double(let number): .double(rounded(number))
        case .doubles(let numbers): .doubles(numbers.map(rounded))
        default: value
        }
    }
    return attributes
  }

  /// The rank of what a layer is first called on.
  private func inputRank(of layer: Int) -> Int? {
    guard let call = layers[layer].calls.first else { return nil }
    switch calls[call].inputs.first {
    case .input(let index): return inputShapes[index].rank
    case .call(let source, let output):
      let shapes = calls[source].entry.shapes
      return shapes.indices.contains(output) ? shapes[output]?.rank : nil
    case nil: return nil
    }
  }
}

extension LayerNode {
  /// What the layer is set to; the text of one that cannot be run, without its name.
  var attributes: Attributes {
    switch body {
    case .layer(let layer): layer.attributes
    case .graph: [:]
    case .unsupported(let layer):
      [
        "configuration": .string(
          layer.configuration.split(separator: "\"\(name)\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\""))
      ]
    }
  }

  /// Whether a name may be one that Keras made up of the kind and a counter, which says nothing of
  /// the layer's place: `conv2d_7`, `re_lu`, `model_1/dense`.
  static func isCounted(path: String, kind: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let kinds = [kind.lowercased()]
    return parts.enumerated().contains { depth, part in
      let stem = part.lowercased().filter { $0 != "_" && !$0.isNumber }
      let known = depth == parts.count - 1 ? kinds : Self.countedModels
      return known.contains { $0.filter { !$0.isNumber } == stem }
    }
  }

  private static let countedModels = ["model", "functional", "sequential"]
}
