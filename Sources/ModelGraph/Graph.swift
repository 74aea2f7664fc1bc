internal import HeapModule
public import OrderedCollections
public import ModelLayers

/// The body of a model: layers, the calls that are made of them in an order in
/// which they can be run, and which tensors come in and go out.
public struct Graph: Sendable {
  /// How the source builds the model.
  public enum Form: String, CaseIterable, Hashable, Sendable {
    case sequential = "Sequential"
    case functional = "Functional"
  }

  /// The model's name.
  public let name: String
  /// How the source builds the model.
  public let form: Form
  /// The layers by name, in the source's order.
  public let layers: OrderedDictionary<String, LayerNode>
  /// The calls, each after those it needs.
  public let calls: [Call]
  /// The tensors that are fed, in order; each is made by an `InputLayer`.
  public let inputs: [TensorReference]
  /// The tensors that are the result, in order.
  public let outputs: [TensorReference]

  /// The number of calls of layers that one run makes, those in nested models included.
  package let runCallCount: Int
  /// What the graph has come to for the inputs that it declares.
  let resolution = ResolutionCache()

  /// How deep models may be nested.
  public static let maximumDepth = 64
  /// How many calls of layers one run may make: models that are nested and called
  /// twice each double it at every level.
  public static let maximumCallCount = 1 << 17

  /// Makes a graph, putting the calls in an order in which they can be run
  /// (the given order, where that is one).
  ///
  /// - Throws: `ModelError` where names repeat, a call needs a tensor that nothing
  ///   makes, or calls wait for each other.
  public init(
    name: String, form: Form, layers: [LayerNode], calls: [Call], inputs: [TensorReference],
    outputs: [TensorReference]
  ) throws(ModelError) {
    var byName = OrderedDictionary<String, LayerNode>(minimumCapacity: layers.count)
    for layer in layers {
      guard byName.updateValue(layer, forKey: layer.name) == nil else {
        throw .duplicateLayer(layer.name)
      }
    }
    self.name = name
    self.form = form
    self.layers = byName
    self.calls = try Self.ordered(calls, layers: byName)
    self.inputs = inputs
    self.outputs = outputs
    runCallCount = calls.reduce(0) { count, call in
      guard case .graph(let inner) = byName[call.layer]?.body else { return count + 1 }
      return count + 1 + inner.runCallCount
    }
    guard runCallCount <= Self.maximumCallCount else {
      throw .tooManyCalls(limit: Self.maximumCallCount)
    }
    guard !inputs.isEmpty else { throw .noInputs }
    guard !outputs.isEmpty else { throw .noOutputs }
    guard depth <= Self.maximumDepth else { throw .nestingTooDeep(limit: Self.maximumDepth) }
    let made = Set(self.calls.map(\.name))
    for reference in inputs + outputs {
      guard made.contains(Call(reference.layer, node: reference.node, inputs: []).name),
        reference.index >= 0
      else { throw .unknownTensor("\(reference)", neededBy: name) }
    }
    for reference in inputs where byName[reference.layer]?.isInput != true {
      throw .unknownTensor("\(reference)", neededBy: name)
    }
  }

  private var depth: Int {
    1
      + (layers.values.map { if case .graph(let inner) = $0.body { inner.depth } else { 0 } }.max()
        ?? 0)
  }

  /// Kahn's algorithm, taking calls in the given order wherever that is possible.
  private static func ordered(
    _ calls: [Call], layers: OrderedDictionary<String, LayerNode>
  ) throws(ModelError) -> [Call] {
    var indexByName = Dictionary<String, Int>(minimumCapacity: calls.count)
    for (index, call) in calls.enumerated() {
      guard let layer = layers[call.layer] else {
        throw .unknownTensor(call.layer, neededBy: call.name)
      }
      do throws(ModelError) {
        try layer.check(call)
      } catch {
        throw .at(layer: call.name, kind: layer.kind, error)
      }
      guard indexByName.updateValue(index, forKey: call.name) == nil else {
        throw .duplicateTensor(call.name)
      }
    }
    var waiting = [Int](repeating: 0, count: calls.count)
    var consumers = [[Int]](repeating: [], count: calls.count)
    for (index, call) in calls.enumerated() {
      for input in call.inputs {
        let name = Call(input.layer, node: input.node, inputs: []).name
        guard let producer = indexByName[name], input.index >= 0 else {
          throw .unknownTensor("\(input)", neededBy: call.name)
        }
        consumers[producer].append(index)
        waiting[index] += 1
      }
    }
    var ready = Heap(calls.indices.filter { waiting[$0] == 0 })
    var order: [Call] = []
    order.reserveCapacity(calls.count)
    while let index = ready.popMin() {
      order.append(calls[index])
      for consumer in consumers[index] {
        waiting[consumer] -= 1
        if waiting[consumer] == 0 { ready.insert(consumer) }
      }
    }
    guard order.count == calls.count else {
      let stuck = calls.indices.filter { waiting[$0] > 0 }.map { calls[$0].name }
      throw .cycle(Array(stuck.prefix(8)))
    }
    return order
  }
}
