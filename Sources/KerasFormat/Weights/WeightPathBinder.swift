internal import ModelGraph
internal import OrderedCollections

/// Decides which dataset of a file in Keras's own format is which weight.
///
/// The path tells, which follows from the model. Each dataset is used once, and each weight is filled once.
struct WeightPathBinder {
  private let graph: Graph
  private let tree: WeightTree
  private let names: LayerNames
  private let specifications: [String: [ParameterSpecification]]

  /// - Throws: `ModelError` where a layer cannot take what it is given.
  init(_ graph: Graph, _ tree: WeightTree, _ names: LayerNames = .stated) throws(ModelError) {
    self.graph = graph
    self.tree = tree
    self.names = names
    specifications = try graph.parameterSpecifications()
  }

  /// Binds every weight.
  ///
  /// - Throws: `KerasError` where a weight is missing, left over, of another shape, or of a layer of another
  ///   name; what reading weights throws that the configuration has too.
  func bind() throws -> [WeightBinding] {
    var bindings: [WeightBinding] = []
    var used: Set<String> = []
    _ = try renamed()
    for owner in WeightPaths.owners(of: graph, in: tree) {
      guard case .layer = owner.node.body, let needed = specifications[owner.layer] else {
        let open = openBindings(of: owner)
        bindings += open
        used.formUnion(open.map(\.dataset))
        continue
      }
      for place in WeightPaths.places(of: owner, needed) {
        let binding = try bind(place, of: owner)
        bindings.append(binding)
        used.insert(binding.dataset)
        for copy in place.copies where tree.shapes[copy] == place.slot.shape { used.insert(copy) }
      }
      used.formUnion(try tokenWeights(of: owner))
    }
    let leftOver = tree.shapes.keys.filter { !used.contains($0) }.sorted()
    guard leftOver.isEmpty else { throw KerasError.weightsLeftOver(leftOver) }
    return bindings.markingUnique()
  }

  /// What the model calls the layers that the file calls otherwise, by the file's names.
  ///
  /// Keras says since 3.6 whose weights they are, and does not look at it itself.
  ///
  /// - Throws: `KerasError` where another name is no other number, or does not tell.
  func renamed() throws(KerasError) -> OrderedDictionary<String, String> {
    var others: [LayerPairing.Layer] = []
    var own: [LayerPairing.Layer] = []
    for owner in WeightPaths.owners(of: graph, in: tree) {
      let group = owner.group + "/vars"
      guard let name = tree.owners[group], name != owner.node.name else { continue }
      let shapes = (specifications[owner.layer] ?? []).map(\.shape)
      if case .counted = names, shapes.isEmpty { continue }
      others.append(LayerPairing.Layer(name: name, shapes: shapes))
      own.append(LayerPairing.Layer(name: owner.node.name, shapes: shapes))
      guard case .counted = names, others.last?.counted.base == own.last?.counted.base else {
        throw .at(
          layer: owner.layer, kind: owner.node.kind, .weightOwner(group: group, found: name))
      }
    }
    guard case .counted(let bindsByOrder) = names else { return [:] }
    for alike in Dictionary(grouping: own.indices, by: { own[$0].counted.base }).values {
      // Another run counts in the same order.
      let numbers = alike.sorted { own[$0].counted.number < own[$1].counted.number }
        .map { (place: $0, number: others[$0].counted.number) }
      if let swapped = zip(numbers, numbers.dropFirst()).first(where: { $0.number >= $1.number }) {
        let found = others[swapped.1.place].name
        throw .interchanged(found: found, layer: own[swapped.1.place].name)
      }
      try LayerPairing.check(
        alike.map { others[$0] }, alike.map { own[$0] }, bindsByOrder: bindsByOrder)
    }
    return OrderedDictionary(
      zip(others.map(\.name), own.map(\.name)), uniquingKeysWith: { first, _ in first })
  }

  /// The datasets that say what the configuration says: what the tokens of a layer count for.
  private func tokenWeights(of owner: WeightPaths.Owner) throws -> [String] {
    guard case .layer(let layer as any TokenLayer) = owner.node.body,
      let expected = layer.placeWeights
    else { return [] }
    let found = try tree.tokenWeights(of: owner)
    guard found.count == expected.count, zip(expected, found).allSatisfy({ $0.contains($1) }) else {
      throw KerasError.at(
        layer: owner.layer, kind: owner.node.kind, .tokenWeights(group: owner.group))
    }
    return WeightTree.tokenWeightPaths(owner)
  }

  private func bind(
    _ place: WeightPaths.Place, of owner: WeightPaths.Owner
  ) throws(KerasError) -> WeightBinding {
    let slot = place.slot
    let found = place.datasets.filter { tree.shapes[$0] != nil }
    func fault(_ error: KerasError) -> KerasError {
      .at(layer: owner.layer, kind: owner.node.kind, error)
    }
    guard let dataset = found.first, let shape = tree.shapes[dataset] else {
      throw fault(
        .weightMissing(role: slot.role, shape: Shape(slot.shape), group: owner.group))
    }
    guard found.count == 1 else {
      throw fault(
        .weightsAmbiguous(group: owner.group, reason: "'\(slot.role)' is there more than once"))
    }
    guard shape == slot.shape else {
      throw fault(
        .weightShape(role: slot.role, found: Shape(shape), expected: Shape(slot.shape)))
    }
    return WeightBinding(
      tensor: slot.layer + "/" + slot.role, layer: slot.layer, role: slot.role,
      shape: Shape(shape), dataset: dataset, method: .name, isUnique: false)
  }

  /// The weights of a layer of which nobody knows what it needs, kept by their own paths.
  private func openBindings(of owner: WeightPaths.Owner) -> [WeightBinding] {
    if case .graph = owner.node.body { return [] }
    let group = owner.group + "/"
    return tree.shapes.filter { $0.key.hasPrefix(group) }.sorted { $0.key < $1.key }.map {
      let role = String($0.key.dropFirst(group.count))
      return WeightBinding(
        tensor: owner.layer + "/" + role, layer: owner.layer, role: role, shape: Shape($0.value),
        dataset: $0.key, method: .name, isUnique: false)
    }
  }
}

/// What weights may have in common.
private struct Likeness: Hashable {
  let role: String
  let shape: Shape
}

extension [WeightBinding] {
  /// The same, each saying whether no other has its role and shape.
  func markingUnique() -> [WeightBinding] {
    let counts = reduce(into: [Likeness: Int]()) {
      $0[Likeness(role: $1.role, shape: $1.shape), default: 0] += 1
    }
    return map { binding in
      var binding = binding
      binding.isUnique = counts[Likeness(role: binding.role, shape: binding.shape)] == 1
      return binding
    }
  }
}
