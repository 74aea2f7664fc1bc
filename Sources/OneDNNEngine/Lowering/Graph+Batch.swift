#if OneDNN

internal import OrderedCollections
internal import ResidualGraph

extension Graph {
  /// Whether each item of a batch is computed by itself, as far as the primitives of the layers
  /// tell.
  var separatesBatch: Bool {
    let items = try? items(fed: inputs.map { _ in .axis(0) }, inputShapes)
    return items?.items.allSatisfy { $0 == .axis(0) } ?? false
  }

  /// Where the items of a batch are in each output, and the outputs' shapes.
  private func items(
    fed: [ItemAxis], _ shapes: [Shape]
  ) throws -> (items: [ItemAxis], shapes: [Shape]) {
    var places: [TensorReference: (ItemAxis, Shape)] = [:]
    for (reference, value) in zip(inputs, zip(fed, shapes)) { places[reference] = value }
    for call in calls {
      guard let node = layers[call.layer]?.applied(to: call), !node.isInput else { continue }
      let given = node.operandTensors(of: call).map { places[$0] ?? (.mixed, []) }
      var made: (items: [ItemAxis], shapes: [Shape])
      switch node.body {
      case .unsupported: return ([.mixed], [])
      case .graph(let inner): made = try inner.items(fed: given.map(\.0), given.map(\.1))
      case .layer(let layer):
        let definition = try layer.definition(for: given.map(\.1))
        made = (definition.items(in: given.map(\.0)), definition.outputShapes)
      }
      for (index, value) in zip(made.items, made.shapes).enumerated() {
        places[TensorReference(call.layer, node: call.node, index: index)] = value
      }
    }
    let results = outputs.map { places[$0] ?? (.mixed, []) }
    return (results.map(\.0), results.map(\.1))
  }
}

#endif
