internal import OrderedCollections
internal import ModelGraph

/// Decides which dataset is which weight: each dataset is used once, and each
/// weight is filled once.
struct WeightBinder {
  private let graph: Graph
  private let file: WeightFile
  private let order: WeightOrder
  private let names: LayerNames
  private let isOfKeras1: Bool

  /// - Parameter isOfKeras1: Whether weights have the names that Keras 1 gave them.
  /// - Throws: `ModelError` where a layer cannot take what it is given.
  init(
    _ graph: Graph, _ file: WeightFile, _ names: LayerNames = .stated, isOfKeras1: Bool = false
  ) throws(ModelError) {
    self.isOfKeras1 = isOfKeras1
    self.graph = graph
    self.file = file
    self.names = names
    order = WeightOrder(specifications: try graph.parameterSpecifications())
  }

  /// Binds every weight.
  ///
  /// - Throws: `KerasError` where a weight is missing or left over, or where
  ///   weights cannot be told apart.
  func bind() throws(KerasError) -> [WeightBinding] {
    var bindings: [WeightBinding] = []
    var used: Set<String> = []
    let groups = try groups()
    for node in graph.layers.values {
      let group = groups[node.name]
      let found = try bind(node, group)
      bindings += found
      used.formUnion(found.map(\.dataset))
    }
    let leftOver = file.shapes.keys.filter { !used.contains($0) }.sorted()
    guard leftOver.isEmpty else { throw .weightsLeftOver(leftOver) }
    return bindings.markingUnique()
  }

  /// What the model calls the layers that the file calls otherwise, by the file's names.
  ///
  /// - Throws: `KerasError` where their numbers do not tell.
  func renamed() throws(KerasError) -> OrderedDictionary<String, String> {
    guard case .counted(let bindsByOrder) = names else { return [:] }
    let theirs = file.groups.values.filter { !$0.names.isEmpty }.map { group in
      LayerPairing.Layer(
        name: group.layer, shapes: group.names.map { file.shapes[group.path(of: $0)] ?? [] })
    }
    let own = graph.layers.values.compactMap { node -> LayerPairing.Layer? in
      let slots = order.stored(node)
      return slots.isEmpty ? nil : LayerPairing.Layer(name: node.name, shapes: slots.map(\.shape))
    }
    return try LayerPairing(theirs, own, bindsByOrder: bindsByOrder).names
  }

  /// The groups by the names that the model has for their layers.
  private func groups() throws(KerasError) -> OrderedDictionary<String, WeightFile.Group> {
    let renamed = try renamed()
    guard !renamed.isEmpty else { return file.groups }
    // What has no weights is no layer of another.
    let groups = file.groups.values.filter { !$0.names.isEmpty }
    return OrderedDictionary(
      groups.map { (renamed[$0.layer] ?? $0.layer, $0) }, uniquingKeysWith: { first, _ in first })
  }

  // MARK: - One top-level layer

  private func bind(
    _ node: LayerNode, _ group: WeightFile.Group?
  ) throws(KerasError) -> [WeightBinding] {
    let slots = order.stored(node)
    let names = group?.names ?? []
    let path = group?.path ?? file.root + "/" + node.name
    guard let group, !names.isEmpty else {
      guard let first = slots.first else { return [] }
      throw missing(first, node, path)
    }
    if isOpen(node, node.name) { return try bindOpen(node, group, slots) }
    if let found = byName(group, slots) { return found }
    if let found = byOrder(group, slots) ?? byOrder(group, order.declared(node)) {
      try checkAreTold(found, group)
      return found
    }
    throw explain(node, group, slots)
  }

  /// Checks that layers inside of a model, whose names another run counted, are told apart by what they
  /// need.
  private func checkAreTold(
    _ found: [WeightBinding], _ group: WeightFile.Group
  ) throws(KerasError) {
    guard case .counted(bindsByOrder: false) = names else { return }
    var others: [LayerPairing.Layer] = []
    var own: [LayerPairing.Layer] = []
    for (path, bindings) in OrderedDictionary(grouping: found, by: \.layer) {
      let dataset = String(bindings[0].dataset.dropFirst(group.path.count + 1))
      let name = PathName(parts(dataset).prefix).last
      guard name != LayerName.own(path) else { continue }
      let shapes = bindings.map { file.shapes[$0.dataset] ?? [] }
      others.append(LayerPairing.Layer(name: name, shapes: shapes))
      own.append(LayerPairing.Layer(name: path, shapes: shapes))
    }
    try LayerPairing.check(others, own, bindsByOrder: false)
  }

  /// Whether there is a layer in here of which nobody knows what it needs.
  private func isOpen(_ node: LayerNode, _ path: String) -> Bool {
    guard case .graph(let inner) = node.body else {
      return !node.isInput && order.specifications[path] == nil
    }
    return inner.layers.values.contains { isOpen($0, path + "/" + $0.name) }
  }

  /// By name: the last part of a weight's name is the role; what stands before it
  /// is the layer's path or ends in the layer's name.
  private func byName(_ group: WeightFile.Group, _ slots: [WeightSlot]) -> [WeightBinding]? {
    guard group.names.count == slots.count else { return nil }
    var free = LayerIndex(slots, layer: \.layer)
    let isSingle = Set(slots.map(\.layer)).count == 1
    var found: [WeightBinding] = []
    for name in group.names {
      let parts = parts(name)
      let shape = file.shapes[group.path(of: name)] ?? []
      let candidates = (isSingle ? free.all : free.fitting(parts.prefix)).filter {
        parts.roles.contains($0.element.leaf) && $0.element.isInside(of: parts.prefix)
          && (isSingle || $0.element.shape == shape)
      }
      guard candidates.count == 1, let slot = candidates.first else { return nil }
      free.remove(slot)
      found.append(binding(slot.element, name, group, .name))
    }
    return found
  }

  /// By Keras's order, where every role that the name shows and every shape agrees.
  private func byOrder(_ group: WeightFile.Group, _ slots: [WeightSlot]) -> [WeightBinding]? {
    guard group.names.count == slots.count else { return nil }
    let roles = Set(slots.map(\.leaf))
    for (name, slot) in zip(group.names, slots) {
      let parts = parts(name)
      let shown =
        roles.contains(parts.leaf)
        ? [parts.leaf] : parts.roles == [parts.leaf] ? [slot.leaf] : parts.roles
      guard shown.contains(slot.leaf), file.shapes[group.path(of: name)] == slot.shape else {
        return nil
      }
    }
    return zip(group.names, slots).map { binding($1, $0, group, .order) }
  }

  /// A group with a layer that is not supported: its weights are kept by their own names.
  private func bindOpen(
    _ node: LayerNode, _ group: WeightFile.Group, _ slots: [WeightSlot]
  ) throws(KerasError) -> [WeightBinding] {
    var found: [WeightBinding] = []
    var free = LayerIndex(slots, layer: \.layer)
    let open = LayerIndex(openLayers(node, node.name), layer: \.self)
    let first = open.all.first?.element ?? node.name
    var taken: Set<String> = []
    for name in group.names {
      let parts = parts(name)
      if let slot = free.fitting(parts.prefix).first(where: {
        parts.roles.contains($0.element.leaf)
      }) {
        free.remove(slot)
        found.append(binding(slot.element, name, group, .name))
        continue
      }
      let layer = open.fitting(parts.prefix).first?.element ?? first
      let role = taken.insert(layer + "/" + parts.leaf).inserted ? parts.leaf : name
      let slot = WeightSlot(
        layer: layer, role: role, shape: file.shapes[group.path(of: name)] ?? [])
      found.append(binding(slot, name, group, .name))
    }
    if let first = free.all.first { throw missing(first.element, node, group.path) }
    return found
  }

  private func openLayers(_ node: LayerNode, _ path: String) -> [String] {
    guard case .graph(let inner) = node.body else {
      return order.specifications[path] == nil ? [path] : []
    }
    return inner.layers.values.flatMap { openLayers($0, path + "/" + $0.name) }
  }

  // MARK: - Names

  private func parts(_ name: String) -> WeightName {
    isOfKeras1 ? WeightName(keras1: name) : WeightName(name)
  }

  // MARK: - Results

  private func binding(
    _ slot: WeightSlot, _ name: String, _ group: WeightFile.Group, _ method: WeightBinding.Method
  ) -> WeightBinding {
    let path = group.path(of: name)
    return WeightBinding(
      tensor: slot.layer + "/" + slot.role, layer: slot.layer, role: slot.role,
      shape: Shape(file.shapes[path] ?? slot.shape), dataset: path, method: method,
      isUnique: false)
  }

  private func missing(_ slot: WeightSlot, _ node: LayerNode, _ group: String) -> KerasError {
    .at(
      layer: slot.layer, kind: node.kind,
      .weightMissing(role: slot.role, shape: Shape(slot.shape), group: group))
  }

  /// Why the weights of a group are not those that its layer needs.
  private func explain(
    _ node: LayerNode, _ group: WeightFile.Group, _ slots: [WeightSlot]
  ) -> KerasError {
    var names = group.names
    for slot in slots {
      let index = names.firstIndex { name in
        let parts = parts(name)
        return parts.roles.contains(slot.leaf) && slot.isInside(of: parts.prefix)
          && (slots.count == order.specifications[node.name]?.count
            || LayerName.candidates(parts.prefix).contains(LayerName.own(slot.layer)))
      }
      guard let index else { return missing(slot, node, group.path) }
      let found = file.shapes[group.path(of: names[index])] ?? []
      guard found == slot.shape else {
        return .at(
          layer: slot.layer, kind: node.kind,
          .weightShape(role: slot.role, found: Shape(found), expected: Shape(slot.shape)))
      }
      names.remove(at: index)
    }
    guard names.isEmpty else { return .weightsLeftOver(names.map(group.path(of:))) }
    return .weightsAmbiguous(
      group: group.path, reason: "their names do not tell, and their order does not fit")
  }
}
