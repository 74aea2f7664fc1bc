internal import OrderedCollections
internal import ModelGraph

/// The layers of a configuration that have been read, and what operations behind them ask of their
/// tensors.
///
/// What a tensor is asked for is found once: chains of layers may be as long as the configuration.
final class KnownLayers {
  private var layers: [String: LayerNode] = [:]
  private var calls: [TensorReference: Call] = [:]
  private var types: [TensorReference: DType] = [:]
  /// The layers of nested models, by these models' names.
  private var nested: [String: KnownLayers] = [:]
  /// How many tensors have been looked at for the type of another.
  private(set) var visitCount = 0

  /// Layers that move elements, those that do nothing when the model is used, and one that makes integers of
  /// integers again.
  private static let layersThatKeepTypes: Set = [
    "Concatenate", "ContrastLimitedAdaptiveHistogramEqualization", "Cropping1D", "Cropping2D",
    "Cropping3D", "Dropout", "Flatten", "Identity",
    "Permute", "RepeatVector", "Reshape", "SpatialDropout1D", "SpatialDropout2D",
    "SpatialDropout3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
  ]

  init() {}

  private init(_ graph: Graph) {
    for layer in graph.layers.values { add(layer, []) }
    for call in graph.calls { add(call) }
  }

  /// Adds a layer and its calls; of layers of one name the first counts.
  func add(_ layer: LayerNode, _ made: [Call]) {
    if layers[layer.name] == nil { layers[layer.name] = layer }
    for call in made { add(call) }
  }

  private func add(_ call: Call) {
    let place = TensorReference(call.layer, node: call.node)
    if calls[place] == nil { calls[place] = call }
  }

  /// The call that makes a tensor.
  private func call(making tensor: TensorReference) -> Call? {
    calls[TensorReference(tensor.layer, node: tensor.node)]
  }

  /// Of which axis of which tensor a tensor is the size: an element of a shape.
  func size(_ tensor: TensorReference) -> OperationReader.Size? {
    func made(_ tensor: TensorReference) -> (operation: Operation, input: TensorReference)? {
      guard case .layer(let layer as Operation)? = layers[tensor.layer]?.body,
        case .tensor(let input)? = call(making: tensor)?.arguments.values.first
      else { return nil }
      return (layer, input)
    }
    guard let (element, list) = made(tensor), let (shape, source) = made(list),
      shape.name == "Shape"
    else { return nil }
    switch element.name {
    case "GetItem":
      guard case .strings(let key)? = element.attributes["key"], key.count == 1,
        let axis = Int(key[0]), axis >= 0
      else { return nil }
      return OperationReader.Size(tensor: source, axis: axis)
    case "Unstack": return OperationReader.Size(tensor: source, axis: tensor.index)
    default: return nil
    }
  }

  /// The type of a tensor's elements; `float32` stands for all real numbers.
  func type(of tensor: TensorReference) -> DType {
    var chain: Set<TensorReference> = []
    var next = tensor
    var found: DType?
    // A chain that leads back to itself has no beginning.
    while found == nil, chain.insert(next).inserted {
      switch origin(of: next) {
      case .type(let type): found = type
      case .tensor(let earlier): next = earlier
      // It may become known.
      case nil: return .float32
      }
    }
    let type = found ?? .float32
    for tensor in chain { types[tensor] = type }
    return type
  }

  /// Where the type of a tensor's elements comes from.
  private enum Origin {
    case type(DType)
    /// That of another tensor, which the layer hands on.
    case tensor(TensorReference)
  }

  private func origin(of tensor: TensorReference) -> Origin? {
    visitCount += 1
    if let known = types[tensor] { return .type(known) }
    guard let node = layers[tensor.layer] else { return nil }
    if case .layer(let layer) = node.body, let operation = layer as? Operation {
      // The second result are places.
      let isPlace = operation.name == "TopK" && tensor.index == 1
      return .type(isPlace ? .int32 : node.computeType.numberType)
    }
    if case .layer(let layer) = node.body, let layer = layer as? any TokenLayer {
      return .type(layer.elementType)
    }
    if let input = node.inputLayer { return .type(input.fedType.dtype) }
    if case .graph(let inner) = node.body, inner.outputs.indices.contains(tensor.index) {
      let known = nested[tensor.layer] ?? KnownLayers(inner)
      nested[tensor.layer] = known
      return .type(known.type(of: inner.outputs[tensor.index]))
    }
    guard Self.layersThatKeepTypes.contains(node.kind), let call = call(making: tensor),
      let input = node.operandTensors(of: call).first
    else { return .type(.float32) }
    return .tensor(input)
  }

  /// An operation on real numbers has no type of its own: it computes in the coarsest that its
  /// tensors have.
  func computeType(of names: Set<String>) -> DType {
    DType.coarsest(of: names.compactMap { layers[$0]?.computeType }) ?? .float32
  }
}
