internal import OrderedCollections
internal import ModelGraph

/// Turns a model into the records and tensors of a file.
struct ModelEncoder {
  private(set) var header = Header()
  private(set) var frames: [TensorFrame] = []
  private let unknown: UnknownFields

  init(_ model: Model) throws(ProtobufFormatError) {
    unknown = UnknownFields(byPlace: model.unknownFields)
    header.unknown = unknown
    header.provenance = model.provenance
    header.source = model.source
    for (name, tensor) in model.tensors { try add(tensor, name: name, usage: .model) }
    _ = try add(model.graph)
    let prefix = Self.goldenPrefix(avoiding: model.tensors.keys)
    for (index, golden) in model.goldens.enumerated() {
      header.goldens.append(try record(of: golden, prefix: "\(prefix)/\(index)"))
    }
  }

  private mutating func add(
    _ tensor: Tensor, name: String, usage: TensorUsage
  ) throws(ProtobufFormatError) {
    guard !name.isEmpty else { throw .missing(field: "name", of: "tensor") }
    guard !name.utf8.contains(0) else { throw .nulInText(name) }
    frames.append(
      TensorFrame(
        name: name, tensor: tensor, usage: usage, unknown: unknown[UnknownFields.tensor(name)]))
  }

  // MARK: - Graphs

  /// Adds a graph and those nested in it, each where the walk comes to it.
  private mutating func add(_ graph: Graph) throws(ProtobufFormatError) -> Int {
    let index = header.graphs.count
    header.graphs.append(GraphRecord())
    let derived = DerivedValues(of: graph)
    let trainabilities = derived.trainabilities
    var record = GraphRecord(
      name: graph.name, form: graph.form.schemaNumber,
      calls: graph.calls.map { call in
        CallRecord(
          call: call, outputShapes: derived.outputShapes(of: call),
          explicitPadding: derived.padding(of: call),
          unknown: unknown[UnknownFields.call(call.name, graph: index)])
      },
      inputs: graph.inputs, outputs: graph.outputs,
      unknown: unknown[UnknownFields.graph(index)])
    for layer in graph.layers.values {
      record.layers.append(
        LayerRecord(
          name: layer.name, kind: layer.kind, isTrainable: layer.isTrainable,
          computeType: layer.computeType.schemaNumber,
          parameters: layer.parameters.map { role, tensor in
            let trainability = trainabilities[layer.name]?[role] ?? .unknown
            return ParameterRecord(
              role: role, tensor: tensor, trainability: trainability.rawValue)
          },
          body: try body(of: layer, graph: index),
          unknown: unknown[UnknownFields.layer(layer.name, graph: index)]))
    }
    header.graphs[index] = record
    return index
  }

  private mutating func body(
    of layer: LayerNode, graph: Int
  ) throws(ProtobufFormatError) -> LayerRecord.Body {
    switch layer.body {
    case .layer(let inner):
      return .attributes(inner.attributes.values.map { AttributeRecord(name: $0, value: $1) })
    case .graph(let inner):
      return .graph(try add(inner))
    case .unsupported(let unsupported):
      let kept = unknown[UnknownFields.attributes(layer.name, graph: graph)]
      if unsupported.isUnregistered, !kept.isEmpty || UnknownKind.hasNoAttributes(unsupported),
        let attributes = [AttributeRecord](unpacking: kept)
      {
        return .attributes(attributes)
      }
      return .unsupported(
        path: unsupported.path, reason: unsupported.reason,
        configuration: unsupported.configuration)
    }
  }

  // MARK: - Goldens

  /// A name for the goldens' tensors that no tensor of the model begins with.
  private static func goldenPrefix(avoiding names: some Sequence<String>) -> String {
    let taken = Set(names.map { $0.prefix { $0 != "/" } })
    var prefix = "golden"
    while taken.contains(Substring(prefix)) { prefix += "_" }
    return prefix
  }

  private mutating func record(
    of golden: Golden, prefix: String
  ) throws(ProtobufFormatError) -> GoldenRecord {
    var record = GoldenRecord(
      producer: golden.producer, producerVersion: golden.producerVersion, backend: golden.backend,
      seed: golden.seed, notes: golden.notes, weightDigests: golden.weightDigests)
    for (index, recorded) in golden.cases.enumerated() {
      let prefix = "\(prefix)/\(index)"
      record.cases.append(
        GoldenCaseRecord(
          name: recorded.name, description: recorded.description,
          inputs: try add(recorded.inputs, prefix: "\(prefix)/inputs"),
          outputs: try add(recorded.outputs, prefix: "\(prefix)/outputs"),
          calls: try add(recorded.calls, prefix: "\(prefix)/calls"),
          masks: try add(recorded.masks, prefix: "\(prefix)/masks")))
    }
    return record
  }

  private mutating func add(
    _ tensors: OrderedDictionary<String, Tensor>, prefix: String
  ) throws(ProtobufFormatError) -> [NamedTensorRecord] {
    var records: [NamedTensorRecord] = []
    for (name, tensor) in tensors {
      let record = NamedTensorRecord(name: name, tensor: "\(prefix)/\(name)")
      try add(tensor, name: record.tensor, usage: .golden)
      records.append(record)
    }
    return records
  }
}
