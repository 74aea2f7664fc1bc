internal import OrderedCollections

/// How many parameters a model has, each tensor counted once.
package struct ParameterTotals: Sendable {
  /// A number of tensors' elements and the bytes they take.
  package struct Amount: Hashable, Sendable {
    package var elementCount = 0
    package var byteCount = 0

    static func + (first: Amount, second: Amount) -> Amount {
      Amount(
        elementCount: first.elementCount + second.elementCount,
        byteCount: first.byteCount + second.byteCount)
    }
  }

  /// What training changes: trainable weights of layers that are not frozen, themselves or by a
  /// model that they are nested in.
  package private(set) var trainable = Amount()
  /// What training leaves, such as the moving statistics of a normalization.
  package private(set) var fixed = Amount()
  /// What may be either: weights of a layer that is not supported, or that stands behind one.
  package private(set) var undetermined = Amount()
  /// The names of the tensors that are weights of layers.
  package private(set) var names: Set<String> = []

  private let tensors: OrderedDictionary<String, Tensor>

  /// Counts a model's weights.
  package init(_ model: Model) {
    tensors = model.tensors
    // A `Model` is one whose shapes fit.
    let calls = (try? model.graph.resolved())?.calls ?? []
    let byLayer = Dictionary(
      calls.map { ($0.layerPath, $0) }, uniquingKeysWith: { first, _ in first })
    add(model.graph, prefix: "", isTrainable: true, byLayer)
  }

  /// All of them.
  package var total: Amount { trainable + fixed + undetermined }

  /// The parameters of one layer, those in a nested model included.
  package func elementCount(of layer: LayerNode) -> Int {
    tensorNames(of: layer).reduce(0) { $0 + (tensors[$1]?.elementCount ?? 0) }
  }

  private func tensorNames(of layer: LayerNode) -> Set<String> {
    let own = Set(layer.parameters.values)
    guard case .graph(let graph) = layer.body else { return own }
    return graph.layers.values.reduce(into: own) { $0.formUnion(tensorNames(of: $1)) }
  }

  private mutating func add(
    _ graph: Graph, prefix: String, isTrainable: Bool, _ calls: [String: ResolvedCall]
  ) {
    for layer in graph.layers.values {
      let path = prefix + layer.name
      let isTrainable = isTrainable && layer.isTrainable
      if case .graph(let inner) = layer.body {
        add(inner, prefix: path + "/", isTrainable: isTrainable, calls)
      }
      let roles = isTrainable ? trainableRoles(of: layer, calls[path]) : []
      for (role, name) in layer.parameters where names.insert(name).inserted {
        guard let tensor = tensors[name] else { continue }
        let amount = Amount(elementCount: tensor.elementCount, byteCount: tensor.bytes.byteCount)
        if let roles {
          if roles.contains(role) { trainable = trainable + amount } else { fixed = fixed + amount }
        } else {
          undetermined = undetermined + amount
        }
      }
    }
  }

  /// The weights that training changes; `nil` where that cannot be told.
  private func trainableRoles(of layer: LayerNode, _ call: ResolvedCall?) -> Set<String>? {
    guard let definition = call?.definition else { return nil }
    return Set(definition.weights.filter(\.isTrainable).map(\.role))
  }
}
