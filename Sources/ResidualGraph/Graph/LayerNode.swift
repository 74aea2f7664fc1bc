public import OrderedCollections

/// A layer as it stands in a graph: named, once, however often it is called.
public struct LayerNode: Sendable {
  /// What a layer is made of.
  public enum Body: Sendable {
    /// A layer that can be run.
    case layer(any Layer)
    /// A nested model.
    case graph(Graph)
    /// A layer that is kept but cannot be run.
    case unsupported(UnsupportedLayer)
  }

  /// The name, unique in its graph.
  public let name: String
  /// What the layer is.
  public let body: Body
  /// The tensor that holds each weight, by the weight's role, in Keras's order.
  public let parameters: OrderedDictionary<String, String>
  /// Whether training changes the layer's trainable weights.
  public let isTrainable: Bool
  /// The type that the layer computes in, as its source computes it.
  ///
  /// The reference pass is free to compute better.
  public let computeType: DType

  /// Makes a layer.
  public init(
    name: String, body: Body, parameters: OrderedDictionary<String, String> = [:],
    isTrainable: Bool = true, computeType: DType = .float32
  ) {
    self.name = name
    self.body = body
    self.parameters = parameters
    self.isTrainable = isTrainable
    self.computeType = computeType
  }

  /// The layer with another body.
  func replacing(body: Body) -> LayerNode {
    LayerNode(
      name: name, body: body, parameters: parameters, isTrainable: isTrainable,
      computeType: computeType)
  }

  /// The kind of the layer, as Keras names its class.
  public var kind: String {
    switch body {
    case .layer(let layer): layer.kind
    case .graph(let graph): graph.form.rawValue
    case .unsupported(let layer): layer.kind
    }
  }

  /// Whether the layer is one of its graph's inputs.
  public var isInput: Bool {
    if case .layer(let layer) = body { layer is InputLayer } else { false }
  }
}

/// A layer that is kept word for word but cannot be run.
public struct UnsupportedLayer: Hashable, Sendable {
  /// Where the layer is: `encoder/block1/lambda`.
  public var path: String
  /// The class that the source names.
  public var kind: String
  /// Why it cannot be run, to follow the layer's name in a sentence.
  public var reason: String
  /// The layer's configuration as the source has it (JSON).
  public var configuration: String
  /// Whether nothing is wrong with the layer but that its kind is not registered.
  public var isUnregistered: Bool

  /// Describes a layer that cannot be run.
  public init(
    path: String, kind: String, reason: String, configuration: String, isUnregistered: Bool = false
  ) {
    self.path = path
    self.kind = kind
    self.reason = reason
    self.configuration = configuration
    self.isUnregistered = isUnregistered
  }
}

extension UnsupportedLayer: CustomStringConvertible {
  /// One sentence: `layer 'lambda' (Lambda) is not supported; it stores Python code`.
  public var description: String { "layer '\(path)' (\(kind)) is not supported; it \(reason)" }
}
