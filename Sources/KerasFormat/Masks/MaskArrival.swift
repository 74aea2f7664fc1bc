internal import OrderedCollections
internal import ModelGraph

extension MaskRules {
  /// How masks arrive at the calls of a layer.
  struct Arrival: Hashable {
    /// Whether a call that is given a mask by its argument has more than one tensor besides.
    var isGivenWithStates = false
    /// Whether a call on several tensors has the masks of these alone.
    var comesWithStates = false
    /// Whether any other call has a mask.
    var comesAlone = false
    /// Whether a mask has more axes than a batch and steps.
    var isDeep = false
  }
}

extension Graph {
  /// The paths of the layers that masks arrive at, and how; none where the graph cannot be resolved,
  /// which is told where it is used.
  var layersWithMasks: [String: MaskRules.Arrival] {
    let given = callsWithGivenMasks(prefix: "")
    var arrivals: [String: MaskRules.Arrival] = [:]
    guard let resolution = try? resolved() else { return [:] }
    for call in resolution.calls
    where call.operandMasks.contains(where: { $0 != nil }) && !call.makesMask {
      let isGiven = given.contains("\(call.layerPath):\(call.node)")
      let hasStates = call.tensorCount > 1
      var arrival = arrivals[call.layerPath] ?? MaskRules.Arrival()
      if hasStates, isGiven { arrival.isGivenWithStates = true }
      if hasStates, !isGiven { arrival.comesWithStates = true }
      if !hasStates { arrival.comesAlone = true }
      let masks = call.operandMasks.compactMap { $0.flatMap { resolution.types[$0] } }
      if masks.contains(where: { $0.shape.rank > 2 }) { arrival.isDeep = true }
      arrivals[call.layerPath] = arrival
    }
    // Masks of queries and keys are no masks of steps.
    for path in pathsGivenMasks where arrivals[path] == nil { arrivals[path] = MaskRules.Arrival() }
    return arrivals
  }

  /// The calls that are given a mask by an argument, as paths of layers and numbers of calls.
  private func callsWithGivenMasks(prefix: String) -> Set<String> {
    var found: Set<String> = []
    for call in calls {
      guard let node = layers[call.layer] else { continue }
      if call.arguments.contains(where: { node.signature?.role(of: $0.key) == .mask }) {
        found.insert("\(prefix)\(call.layer):\(call.node)")
      }
    }
    for node in layers.values {
      guard case .graph(let inner) = node.body else { continue }
      found.formUnion(inner.callsWithGivenMasks(prefix: prefix + node.name + "/"))
    }
    return found
  }

  /// The paths of the layers that a call gives a mask of queries and keys to.
  var pathsGivenMasks: Set<String> {
    var paths = Set(
      calls.filter { ($0.arguments["attention_mask"] ?? .none) != CallArgument.none }.map(\.layer))
    for node in layers.values {
      guard case .graph(let inner) = node.body else { continue }
      paths.formUnion(inner.pathsGivenMasks.map { node.name + "/" + $0 })
    }
    return paths
  }
}
