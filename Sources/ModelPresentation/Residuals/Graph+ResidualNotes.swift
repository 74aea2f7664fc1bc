internal import OrderedCollections
public import ModelGraph

extension Graph {
  /// What seems not meant about the residual connections, nested models included.
  ///
  /// Notes are about additions whose inputs are broadcast, differ in stride, are one tensor (other
  /// merges too) or end in a non-negative activation on the residual branch, and about calls that
  /// no output depends on. They are in the order of the calls, each call's in the order above.
  /// Where shapes cannot be told, what would need them is passed over.
  public func residualNotes() -> [ResidualNote] {
    let shapes = (try? resolved())?.calls ?? []
    var finder = ResidualNoteFinder(shapes)
    _ = finder.examine(self, path: CallPath(), prefix: "", fed: [])
    return Array(finder.notes)
  }
}

/// Walks through a graph and collects notes.
private struct ResidualNoteFinder {
  /// An addition of more inputs is no residual connection.
  private static let maximumInputCount = 8

  private(set) var notes: OrderedSet<ResidualNote> = []
  private let shapes: [CallPath: ResolvedCall]

  init(_ shapes: [ResolvedCall]) {
    self.shapes = Dictionary(shapes.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Takes notes of a graph.
  ///
  /// - Returns: Where the elements of its outputs come from.
  mutating func examine(
    _ graph: Graph, path: CallPath, prefix: String, fed: [SpatialTrace]
  ) -> [SpatialTrace] {
    let search = ForkSearch(graph)
    let live = search.live(for: graph.outputs)
    var traces = Dictionary(zip(graph.inputs, fed), uniquingKeysWith: { first, _ in first })
    func trace(of tensor: TensorReference) -> SpatialTrace {
      traces[tensor] ?? SpatialTrace(origin: prefix + tensor.shortName)
    }
    for (index, call) in graph.calls.enumerated() {
      guard let layer = graph.layers[call.layer] else { continue }
      let place = Place(graph: graph, call: call, layer: layer, prefix: prefix)
      let inputs = call.inputs.map(trace)
      let callPath = path.appending(call)
      examine(place, shapes[callPath], inputs)
      examineBranches(place, search)
      if !live.contains(index) { note(place, .dead) }
      let made: [SpatialTrace]
      switch layer.body {
      case .graph(let inner):
        made = examine(inner, path: callPath, prefix: prefix + layer.name + "/", fed: inputs)
      case .layer(let body) where !layer.isInput:
        let fresh = trace(of: TensorReference(call.layer, node: call.node))
        made = [SpatialTrace(behind: body, inputs, shapes: shapes[callPath], fresh: fresh)]
      case .layer, .unsupported: continue
      }
      for (index, trace) in made.enumerated() {
        traces[TensorReference(call.layer, node: call.node, index: index)] = trace
      }
    }
    let called = Set(graph.calls.map(\.layer))
    for layer in graph.layers.values where !called.contains(layer.name) {
      notes.append(.init(layer: prefix + layer.name, kind: layer.kind, concern: .dead))
    }
    return graph.outputs.map(trace)
  }

  /// A call in its graph.
  private struct Place {
    let graph: Graph
    let call: Call
    let layer: LayerNode
    /// The path of the nested model that it stands in, with a slash.
    let prefix: String

    /// The layer, if it is one that can be run.
    var body: (any Layer)? { if case .layer(let layer) = layer.body { layer } else { nil } }
  }

  private mutating func note(_ place: Place, _ concern: ResidualNote.Concern) {
    let name = place.prefix + place.call.name
    notes.append(.init(layer: name, kind: place.layer.kind, concern: concern))
  }

  /// Broadcasting, strides and repeated inputs.
  private mutating func examine(_ place: Place, _ shapes: ResolvedCall?, _ traces: [SpatialTrace]) {
    guard let body = place.body, body.isElementwiseMerge || body is Concatenate else { return }
    let inputs = place.call.inputs
    if body is Add {
      if let shapes = shapes?.inputs.compactMap(\.self), Self.areBroadcast(shapes) {
        note(place, .broadcast(shapes))
      }
      if let concern = Self.differentStrides(inputs, traces) { note(place, concern) }
    }
    var seen: Set<TensorReference> = []
    if let repeated = inputs.first(where: { !seen.insert($0).inserted }) {
      note(place, .repeatedInput(repeated.shortName))
    }
  }

  /// Whether shapes differ in more than sizes that are not known.
  private static func areBroadcast(_ shapes: [Shape]) -> Bool {
    guard let rank = shapes.first?.rank, shapes.allSatisfy({ $0.rank == rank }) else {
      return !shapes.isEmpty
    }
    return (0..<rank).contains { axis in Set(shapes.compactMap { $0[axis] }).count > 1 }
  }

  private static func differentStrides(
    _ inputs: [TensorReference], _ traces: [SpatialTrace]
  ) -> ResidualNote.Concern? {
    var firsts: [String: (TensorReference, SpatialTrace)] = [:]
    for (input, trace) in zip(inputs, traces) {
      guard let (firstInput, first) = firsts[trace.origin] else {
        firsts[trace.origin] = (input, trace)
        continue
      }
      guard !first.isAligned(with: trace) else { continue }
      let count = max(first.steps.count, trace.steps.count)
      return .strides(
        origin: trace.origin, first: .init(firstInput.shortName, first.steps(count: count)),
        second: .init(input.shortName, trace.steps(count: count)))
    }
    return nil
  }

  /// Activations directly before an addition, on the residual branch.
  ///
  /// Of two inputs it is the one with more calls since the call that both come from; the other one
  /// is the shortcut.
  private mutating func examineBranches(_ place: Place, _ search: ForkSearch) {
    let inputs = place.call.inputs
    guard place.body is Add, inputs.count <= Self.maximumInputCount else { return }
    for (index, input) in inputs.enumerated() {
      guard let (call, function) = place.graph.lastActivation(of: input, search),
        function.isNonNegative
      else { continue }
      let forks = inputs.indices.filter { $0 != index }
        .compactMap { search.fork(of: input, inputs[$0]) }
      guard forks.contains(where: { $0.firstDistance > $0.secondDistance && $0.call < call }),
        !forks.contains(where: { $0.firstDistance < $0.secondDistance }),
        let layer = place.graph.layers[place.graph.calls[call].layer]
      else { continue }
      notes.append(
        .init(
          layer: place.prefix + place.graph.calls[call].name, kind: layer.kind,
          concern: .nonNegativeBranch(activation: function.name, addition: place.call.name)))
    }
  }
}
