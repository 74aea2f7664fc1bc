internal import ModelPresentation
internal import OrderedCollections
internal import ModelGraph

extension Inspection {
  /// Looks at what a file holds.
  ///
  /// - Throws: `ModelError` where a shape cannot be told.
  public init(_ file: ModelFile) throws {
    let model = file.model
    let provenance = model.provenance
    let shapes = try model.graph.resolved().calls
    let totals = ParameterTotals(model)
    let weights = totals.total
    self.init(
      file: file.path, format: file.format, byteCount: file.byteCount, model: model.graph.name,
      form: model.graph.form.rawValue, sourceFormat: provenance.format,
      producer: provenance.producer, producerVersion: provenance.producerVersion,
      backend: provenance.backend,
      inputs: zip(model.graph.inputs, model.graph.inputTypes).map {
        Port(name: $0.layer, shape: $1.itemShape.dimensions)
      },
      outputs: [], calls: [], layerCount: model.graph.allLayers.count,
      parameterCount: weights.elementCount,
      trainableParameterCount: totals.trainable.elementCount, weightCount: totals.names.count,
      weightByteCount: weights.byteCount,
      otherTensorCount: model.tensors.count - totals.names.count,
      otherByteCount: model.tensors.values.reduce(-weights.byteCount) { $0 + $1.bytes.byteCount },
      goldens: model.goldens.map(GoldenSummary.init),
      history: provenance.history.map {
        Step(operation: $0.operation, tool: $0.tool, detail: $0.detail)
      },
      unsupported: model.unsupportedLayers.map {
        Unsupported(path: $0.path, kind: $0.kind, reason: $0.reason)
      },
      notes: model.graph.residualNotes().map {
        Note(path: $0.layer, kind: $0.kind, concern: $0.concern.name, sentence: "\($0)")
      } + Note.ofKeras1(model),
      bindings: file.bindings)
    let byPath = Dictionary(shapes.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    calls = Self.calls(of: model.graph, path: CallPath(), byPath, totals)
    outputs = model.graph.outputs.map { reference in
      let call = ModelGraph.Call(reference.layer, node: reference.node, inputs: [])
      let made = byPath[CallPath([call.name])]?.outputs ?? []
      let shape = made.indices.contains(reference.index) ? made[reference.index] : nil
      return Port(name: reference.shortName, shape: shape?.dimensions)
    }
  }

  private static func calls(
    of graph: Graph, path: CallPath, _ shapes: [CallPath: ResolvedCall], _ totals: ParameterTotals
  ) -> [Call] {
    var seen: Set<String> = []
    return graph.calls.flatMap { call -> [Call] in
      guard let layer = graph.layers[call.layer] else { return [] }
      let path = path.appending(call)
      let isShared = !seen.insert(call.layer).inserted
      let row = Call(
        path: "\(path)", kind: layer.kind,
        outputs: shapes[path]?.outputs.map { $0?.dimensions } ?? [],
        parameterCount: totals.elementCount(of: layer), isShared: isShared,
        inputs: call.inputs.map(\.shortName))
      guard case .graph(let inner) = layer.body, !isShared else { return [row] }
      return [row] + calls(of: inner, path: path, shapes, totals)
    }
  }
}

extension Inspection.GoldenSummary {
  fileprivate init(_ golden: Golden) {
    let parts = [golden.producerText, golden.backend]
    self.init(
      producer: parts.filter { !$0.isEmpty }.joined(separator: " "),
      cases: golden.cases.map(\.name), callCount: golden.cases.reduce(0) { $0 + $1.calls.count })
  }
}
