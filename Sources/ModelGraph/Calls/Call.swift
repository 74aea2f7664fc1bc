public import OrderedCollections

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

  /// The shortest name that tells the tensor: `conv1`, `conv1:2`, `split:0:1`.
  package var shortName: String {
    if index > 0 { return description }
    return node > 0 ? "\(layer):\(node)" : layer
  }

  /// Every name of the tensor, the shortest first.
  package var names: [String] {
    if index > 0 { return [description] }
    return (node > 0 ? [] : [layer]) + ["\(layer):\(node)", description]
  }
}

/// One call of a layer, with its arguments bound to the names of the layer's parameters.
public struct Call: Hashable, Sendable {
  /// The most that a call may be given, what is in lists counted one by one.
  public static let maximumArgumentCount = 1 << 16

  /// The layer's name.
  public var layer: String
  /// Which call of the layer, counted from 0.
  public var node: Int
  /// What it is given, by the names of the parameters in the order of the layer's signature.
  public var arguments: OrderedDictionary<String, CallArgument>

  /// Describes a call.
  public init(
    _ layer: String, node: Int = 0, arguments: OrderedDictionary<String, CallArgument>
  ) {
    self.layer = layer
    self.node = node
    self.arguments = arguments
  }

  /// Describes a call on tensors, which are its first argument: one alone, or a list.
  public init(_ layer: String, node: Int = 0, inputs: [TensorReference]) {
    self.init(layer, node: node, arguments: inputs.isEmpty ? [:] : ["inputs": CallArgument(inputs)])
  }

  /// The tensors that it is called on, in the order of its arguments.
  public var inputs: [TensorReference] { arguments.values.flatMap(\.tensors) }

  /// The call's name in its graph: `conv1`, or `conv1:2` for the third call of a
  /// shared layer.
  public var name: String { node == 0 ? layer : "\(layer):\(node)" }

  /// The same call on other tensors.
  public func mapTensors(_ transform: (TensorReference) -> TensorReference) -> Call {
    Call(layer, node: node, arguments: arguments.mapValues { $0.mapTensors(transform) })
  }
}
