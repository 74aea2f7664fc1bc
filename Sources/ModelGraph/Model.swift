public import OrderedCollections
public import ModelLayers

/// A model: a graph whose every weight is there and has the shape it must have.
///
/// Nothing but this initializer makes a model, and it refuses what does not fit:
/// who has a `Model` need not check it again.
public struct Model: Sendable {
  /// The layers and the calls that are made of them.
  public let graph: Graph
  /// Every tensor of the model by name: weights, and what else the source keeps
  /// (optimizer state).
  public internal(set) var tensors: OrderedDictionary<String, Tensor>
  /// Where the model comes from.
  public var provenance: Provenance
  /// What the source file said, word for word.
  public let source: SourceRecord?
  /// What the model computed where it was trained.
  public var goldens: [Golden]
  /// Fields of a newer schema's messages by the message they stood in, kept so
  /// that a file can be written again without loss.
  public var unknownFields: [String: [UInt8]]
  /// What the model is where it is called as a layer of another.
  package var declaration: LayerDeclaration

  /// Makes a model, checking every layer, call and weight.
  ///
  /// - Throws: `ModelError`, naming the layer.
  public init(
    graph: Graph, tensors: OrderedDictionary<String, Tensor>, provenance: Provenance = Provenance(),
    source: SourceRecord? = nil, goldens: [Golden] = [], unknownFields: [String: [UInt8]] = [:]
  ) throws(ModelError) {
    self.graph = graph
    self.tensors = tensors
    self.provenance = provenance
    self.source = source
    self.goldens = goldens
    self.unknownFields = unknownFields
    declaration = LayerDeclaration(name: graph.name)
    let calls = try graph.resolved().calls
    for index in calls.indices {
      do throws(ModelError) {
        try check(calls[index])
      } catch {
        throw .at(layer: "\(calls[index].path)", kind: calls[index].layer.kind, error)
      }
    }
  }

  private func check(_ call: ResolvedCall) throws(ModelError) {
    guard let definition = call.definition else { return }
    for specification in definition.weights {
      guard let name = call.layer.parameters[specification.role], let tensor = tensors[name] else {
        throw .parameterMissing(role: specification.role, shape: Shape(specification.shape))
      }
      guard tensor.dtype != .string else {
        throw .parameterType(role: specification.role, .string)
      }
      guard tensor.dimensions == specification.shape else {
        throw .parameterShape(
          role: specification.role, found: tensor.shape, expected: Shape(specification.shape))
      }
    }
    for role in call.layer.parameters.keys
    where !definition.weights.contains(where: { $0.role == role }) {
      throw .parameterUnexpected(role: role)
    }
  }

  /// The layers that cannot be run, nested ones included.
  public var unsupportedLayers: [UnsupportedLayer] { graph.unsupportedLayers }
}

extension Graph {
  /// The layers that cannot be run, nested ones included.
  public var unsupportedLayers: [UnsupportedLayer] {
    layers.values.flatMap { layer -> [UnsupportedLayer] in
      switch layer.body {
      case .layer: []
      case .graph(let graph): graph.unsupportedLayers
      case .unsupported(let layer): [layer]
      }
    }
  }

  /// Every layer with its path, nested ones after the model they are in.
  public var allLayers: [(path: String, layer: LayerNode)] { allLayers(under: "") }

  private func allLayers(under prefix: String) -> [(path: String, layer: LayerNode)] {
    layers.values.flatMap { layer -> [(path: String, layer: LayerNode)] in
      let path = prefix + layer.name
      guard case .graph(let graph) = layer.body else { return [(path, layer)] }
      return [(path, layer)] + graph.allLayers(under: path + "/")
    }
  }
}
