public import OrderedCollections
public import ModelLayers

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

  /// The layer as an input of its graph; `nil` for any other.
  package var inputLayer: InputLayer? {
    if case .layer(let layer) = body { layer as? InputLayer } else { nil }
  }

  /// Whether the layer is one of its graph's inputs.
  public var isInput: Bool {
    if case .layer(let layer) = body { type(of: layer) == InputLayer.self } else { false }
  }
}
