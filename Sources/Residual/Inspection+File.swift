internal import OrderedCollections
internal import ResidualGraph

extension Inspection {
  /// Looks at what a file holds.
  ///
  /// - Throws: `ModelError` where a shape cannot be told.
  public init(_ file: ModelFile) throws {
    let model = file.model
    let provenance = model.provenance
    let shapes = try model.graph.shapes()
    let count = try ParameterCount(model, shapes)
    self.init(
      file: file.path, format: file.format, byteCount: file.byteCount, model: model.graph.name,
      form: model.graph.form.rawValue, sourceFormat: provenance.format,
      producer: provenance.producer, producerVersion: provenance.producerVersion,
      backend: provenance.backend,
      inputs: zip(model.graph.inputs, model.graph.inputShapes).map {
        Port(name: $0.layer, shape: $1.dimensions)
      },
      outputs: [], calls: [], layerCount: model.graph.allLayers.count, parameterCount: count.total,
      trainableParameterCount: count.trainable, weightCount: count.names.count,
      weightByteCount: count.byteCount, otherTensorCount: model.tensors.count - count.names.count,
      otherByteCount: model.tensors.values.reduce(-count.byteCount) { $0 + $1.bytes.byteCount },
      goldens: model.goldens.map(GoldenSummary.init),
      history: provenance.history.map {
        Step(operation: $0.operation, tool: $0.tool, detail: $0.detail)
      },
      unsupported: model.unsupportedLayers.map {
        Unsupported(path: $0.path, kind: $0.kind, reason: $0.reason)
      },
      bindings: file.bindings)
    let byPath = Dictionary(shapes.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    calls = Self.calls(of: model.graph, path: CallPath(), byPath, count)
    outputs = model.graph.outputs.map { reference in
      let call = ResidualGraph.Call(reference.layer, node: reference.node, inputs: [])
      let made = byPath[CallPath([call.name])]?.outputs ?? []
      let shape = made.indices.contains(reference.index) ? made[reference.index] : nil
      return Port(name: Self.name(of: reference), shape: shape?.dimensions)
    }
  }

  private static func calls(
    of graph: Graph, path: CallPath, _ shapes: [CallPath: CallShapes], _ count: ParameterCount
  ) -> [Call] {
    var seen: Set<String> = []
    return graph.calls.flatMap { call -> [Call] in
      guard let layer = graph.layers[call.layer] else { return [] }
      let path = path.appending(call)
      let isShared = !seen.insert(call.layer).inserted
      let row = Call(
        path: "\(path)", kind: layer.kind,
        outputs: shapes[path]?.outputs.map { $0?.dimensions } ?? [],
        parameterCount: count.elements(of: layer), isShared: isShared,
        inputs: call.inputs.map(name))
      guard case .graph(let inner) = layer.body, !isShared else { return [row] }
      return [row] + calls(of: inner, path: path, shapes, count)
    }
  }

  /// A tensor as a person names it: the layer, and what it takes to tell it from others.
  private static func name(of reference: TensorReference) -> String {
    let call = ResidualGraph.Call(reference.layer, node: reference.node, inputs: [])
    return reference.index == 0 ? call.name : "\(reference)"
  }
}

extension Inspection.GoldenSummary {
  fileprivate init(_ golden: Golden) {
    let parts = [golden.producer, golden.producerVersion, golden.backend]
    self.init(
      producer: parts.filter { !$0.isEmpty }.joined(separator: " "),
      cases: golden.cases.map(\.name), callCount: golden.cases.reduce(0) { $0 + $1.calls.count })
  }
}

/// Counts the elements of weights, each tensor once.
private struct ParameterCount {
  private(set) var names: Set<String> = []
  private(set) var total = 0
  private(set) var trainable = 0
  private(set) var byteCount = 0
  private let tensors: OrderedDictionary<String, Tensor>

  init(_ model: Model, _ shapes: [CallShapes]) throws {
    tensors = model.tensors
    for call in shapes {
      for name in call.layer.parameters.values where names.insert(name).inserted {
        total += tensors[name]?.elementCount ?? 0
        byteCount += tensors[name]?.bytes.byteCount ?? 0
      }
    }
    var counted: Set<String> = []
    for call in shapes where call.layer.isTrainable {
      guard case .layer(let layer) = call.layer.body else { continue }
      let inputs = call.inputs.compactMap(\.self)
      guard inputs.count == call.inputs.count else { continue }
      for weight in try layer.parameters(for: inputs) where weight.isTrainable {
        guard let name = call.layer.parameters[weight.role], counted.insert(name).inserted else {
          continue
        }
        trainable += tensors[name]?.elementCount ?? 0
      }
    }
  }

  func elements(of layer: LayerNode) -> Int {
    let own = layer.parameters.values.reduce(0) { $0 + (tensors[$1]?.elementCount ?? 0) }
    guard case .graph(let graph) = layer.body else { return own }
    return graph.layers.values.reduce(own) { $0 + elements(of: $1) }
  }
}
