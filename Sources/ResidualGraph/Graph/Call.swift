/// One of the tensors that flow through a graph: output `index` of call `node`
/// of a layer, written `layer:node:index`.
public struct TensorReference: Hashable, Sendable, CustomStringConvertible {
  /// The layer's name.
  public var layer: String
  /// Which call of the layer, counted from 0.
  public var node: Int
  /// Which output of the call.
  public var index: Int

  /// Refers to a tensor.
  public init(_ layer: String, node: Int = 0, index: Int = 0) {
    self.layer = layer
    self.node = node
    self.index = index
  }

  /// The reference as text: `conv1:0:0`.
  public var description: String { "\(layer):\(node):\(index)" }
}

/// One call of a layer.
public struct Call: Hashable, Sendable {
  /// The layer's name.
  public var layer: String
  /// Which call of the layer, counted from 0.
  public var node: Int
  /// The tensors it is called on, in order.
  public var inputs: [TensorReference]

  /// Describes a call.
  public init(_ layer: String, node: Int = 0, inputs: [TensorReference]) {
    self.layer = layer
    self.node = node
    self.inputs = inputs
  }

  /// The call's name in its graph: `conv1`, or `conv1:2` for the third call of a
  /// shared layer.
  public var name: String { node == 0 ? layer : "\(layer):\(node)" }
}
