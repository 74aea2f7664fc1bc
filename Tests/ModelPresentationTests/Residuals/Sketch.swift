import ModelPresentation
import ModelGraph

/// A graph on images `x` and `y`, written as its calls.
struct Sketch {
  private var layers: [LayerNode] = []
  private var calls: [Call] = []
  private let inputs: [TensorReference]

  init(x: Shape = [nil, 8, 8, 4], y: Shape? = nil) {
    inputs = [TensorReference("x")] + (y == nil ? [] : [TensorReference("y")])
    for (input, shape) in zip(inputs, [x, y].compactMap(\.self)) {
      let layer = InputLayer(batchShape: shape)
      layers.append(LayerNode(name: input.layer, body: .layer(layer)))
      calls.append(Call(input.layer, inputs: []))
    }
  }

  /// The same with another layer, called on the first results of others.
  func calling(_ name: String, _ layer: any Layer, _ inputs: String...) -> Sketch {
    adding(LayerNode(name: name, body: .layer(layer)), inputs)
  }

  /// The same with a nested model.
  func calling(_ name: String, _ graph: Graph, _ inputs: String...) -> Sketch {
    adding(LayerNode(name: name, body: .graph(graph)), inputs)
  }

  /// The same with one more call of the last layer.
  func again(_ inputs: String...) -> Sketch {
    var copy = self
    let last = calls[calls.count - 1]
    copy.calls.append(
      Call(last.layer, node: last.node + 1, inputs: inputs.map(Self.reference)))
    return copy
  }

  /// The same with a layer that is never called.
  func unused(_ name: String, _ layer: any Layer) -> Sketch {
    var copy = self
    copy.layers.append(LayerNode(name: name, body: .layer(layer)))
    return copy
  }

  private func adding(_ layer: LayerNode, _ inputs: [String]) -> Sketch {
    var copy = self
    copy.layers.append(layer)
    copy.calls.append(Call(layer.name, inputs: inputs.map(Self.reference)))
    return copy
  }

  private static func reference(_ text: String) -> TensorReference {
    let parts = text.split(separator: ":")
    return TensorReference(String(parts[0]), node: parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
  }

  /// The graph with these outputs.
  func graph(_ outputs: String...) throws -> Graph { try graph(outputs) }

  private func graph(_ outputs: [String]) throws -> Graph {
    try Graph(
      name: "sketch", form: .functional, layers: layers, calls: calls, inputs: inputs,
      outputs: outputs.map(Self.reference))
  }

  /// The notes on the graph with these outputs.
  func notes(_ outputs: String...) throws -> [String] {
    let graph = try graph(outputs)
    // What does not fit would have no notes about shapes.
    _ = try graph.resolved()
    return graph.residualNotes().map(\.description)
  }
}

/// A convolution that keeps height, width and channels, but for its strides.
func conv(
  stride: Int = 1, filters: Int = 4, activation: ActivationFunction = .linear
) -> Conv2D {
  Conv2D(
    filters, kernelSize: (3, 3), strides: (stride, stride), padding: .same, activation: activation)
}
