public import OrderedCollections
public import ModelLayers

/// The body of a model: layers, the calls that are made of them in an order in
/// which they can be run, and which tensors come in and go out.
public struct Graph: Sendable {
  /// How the source builds the model.
  public enum Form: String, CaseIterable, Hashable, Sendable {
    case sequential = "Sequential"
    case functional = "Functional"
    /// A model that is applied to each step of a sequence: see ``Graph/distributedModel``.
    case timeDistributed = "TimeDistributed"
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
    let numbered = try NumberedCalls(calls, layers: byName)
    self.calls = try numbered.ordered()
    self.inputs = inputs
    self.outputs = outputs
    runCallCount = numbered.runCallCount
    guard runCallCount <= Self.maximumCallCount else {
      throw .tooManyCalls(limit: Self.maximumCallCount)
    }
    guard !inputs.isEmpty else { throw .noInputs }
    guard !outputs.isEmpty else { throw .noOutputs }
    guard depth <= Self.maximumDepth else { throw .nestingTooDeep(limit: Self.maximumDepth) }
    guard form != .timeDistributed || distributedModel != nil else { throw .timeDistributed(name) }
    for reference in inputs + outputs where numbered.maker(of: reference) == nil {
      throw .unknownTensor("\(reference)", neededBy: name)
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
}
