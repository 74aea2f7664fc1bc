import ModelBuilder
import KerasFormat
import OrderedCollections
import ModelGraph
import TestSupport
import Testing

/// Every model that Keras wrote, built again by calling its layers.
@Suite struct RebuildTests {
  @Test(
    arguments: Fixture.valid.filter { $0.golden != nil })
  func `calling a model's layers builds it again, in Keras's order`(fixture: Fixture) throws {
    let model = try KerasReader().read(path: fixture.path).model
    let built = try rebuilt(model.graph)
    #expect(Array(built.graph.layers.keys) == Array(model.graph.layers.keys))
    #expect(built.graph.calls == model.graph.calls)
    #expect(built.graph.inputs == model.graph.inputs)
    #expect(built.graph.outputs == model.graph.outputs)
    #expect(built.parameterCount == model.parameterCount)
    for (mine, keras) in zip(built.graph.allLayers, model.graph.allLayers) {
      #expect(mine.path == keras.path)
      #expect(mine.layer.parameters.keys == keras.layer.parameters.keys)
    }
  }

  /// The same model, by the functional API alone.
  private func rebuilt(_ graph: Graph) throws -> Model {
    var tensors: [TensorReference: SymbolicTensor] = [:]
    var models: [String: Model] = [:]
    var layers: [String: any Layer] = [:]
    for node in graph.layers.values {
      switch node.body {
      case .layer(var layer):
        layer.declaration = LayerDeclaration(name: node.name, isTrainable: node.isTrainable)
        layers[node.name] = layer
      case .graph(let inner): models[node.name] = try rebuilt(inner)
      case .unsupported(let layer): throw ModelError.unsupported([layer])
      }
    }
    for call in graph.calls {
      let arguments = try call.arguments.mapValues { try symbolic($0, tensors) }
      let outputs: [SymbolicTensor]
      if let model = models[call.layer] {
        outputs = model.outputs(with: arguments)
      } else if let input = layers[call.layer] as? InputLayer {
        outputs = [
          Input(
            shape: Array(input.batchShape.dimensions.dropFirst()),
            batchSize: input.batchShape.dimensions.first ?? nil, dtype: input.dtype,
            name: call.layer)
        ]
      } else {
        let layer = try #require(layers[call.layer])
        outputs = layer.outputs(with: arguments)
      }
      for (index, output) in outputs.enumerated() {
        tensors[TensorReference(call.layer, node: call.node, index: index)] = output
      }
    }
    return try Model(
      inputs: graph.inputs.map { try #require(tensors[$0]) },
      outputs: graph.outputs.map { try #require(tensors[$0]) }, name: graph.name)
  }

  /// An argument of a call with the tensors that were built for those of the model.
  private func symbolic(
    _ argument: CallArgument, _ tensors: [TensorReference: SymbolicTensor]
  ) throws -> SymbolicArgument {
    switch argument {
    case .tensor(let reference): .tensor(try #require(tensors[reference]))
    case .constant(let constant): .constant(constant)
    case .setting(let value): .setting(value)
    case .none: .none
    case .list(let elements): .list(try elements.map { try symbolic($0, tensors) })
    }
  }
}
