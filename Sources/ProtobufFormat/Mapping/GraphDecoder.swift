internal import OrderedCollections
internal import ModelGraph

/// Builds the graph that the records of a file describe; its tensors need not be there yet.
struct GraphDecoder {
  let header: Header
  let registry: LayerRegistry
  let limits: ProtobufLimits

  /// Builds the graph.
  func body() throws(ProtobufFormatError) -> ModelBody {
    var unknown = header.unknown
    let graph = try graph(&unknown)
    return ModelBody(graph: graph, header: header, unknown: unknown)
  }

  /// Builds the graphs from the last to the first: what a graph needs comes after it.
  private func graph(_ unknown: inout UnknownFields) throws(ProtobufFormatError) -> Graph {
    let tree = try GraphTree(header.graphs, limits: limits)
    var built: [Int: Graph] = [:]
    var layers = LayerTable()
    for (index, record) in header.graphs.enumerated().reversed() {
      let walkIndex = tree.walkIndices[index]
      guard let form = Graph.Form(schemaNumber: record.form) else {
        throw .value(
          field: "form", of: "graph '\(record.name)'", found: "\(record.form)", expected: "1 to 3")
      }
      unknown[UnknownFields.graph(walkIndex)] = record.unknown
      var nodes: [LayerNode] = []
      nodes.reserveCapacity(record.layers.count)
      for layer in record.layers {
        nodes.append(try node(layer, in: index, of: tree, &built, &layers, &unknown))
      }
      for call in record.calls {
        unknown[UnknownFields.call(call.call.name, graph: walkIndex)] = call.unknown
      }
      let graph: Graph
      do throws(ModelError) {
        graph = try Graph(
          name: record.name, form: form, layers: nodes, calls: record.calls.map(\.call),
          inputs: record.inputs, outputs: record.outputs)
      } catch {
        throw .model(error)
      }
      let derived = DerivedValues(of: graph)
      for call in record.calls { try derived.check(call) }
      built[index] = graph
    }
    guard let graph = built[0] else { throw .missing(field: "graph", of: "model") }
    return graph
  }

  private func node(
    _ record: LayerRecord, in graph: Int, of tree: GraphTree, _ built: inout [Int: Graph],
    _ layers: inout LayerTable, _ unknown: inout UnknownFields
  ) throws(ProtobufFormatError) -> LayerNode {
    let walkIndex = tree.walkIndices[graph]
    func place() -> String { "layer '\(record.name)'" }
    var parameters = OrderedDictionary<String, String>(minimumCapacity: record.parameters.count)
    for parameter in record.parameters {
      guard parameters.updateValue(parameter.tensor, forKey: parameter.role) == nil else {
        throw .duplicate(parameter.role, what: "weights", of: place())
      }
    }
    // Nothing is computed in text.
    guard let computeType = DType(schemaNumber: UInt64(record.computeType)), computeType != .string
    else {
      throw .value(
        field: "compute_type", of: place(), found: "\(record.computeType)", expected: "1 to 13")
    }
    unknown[UnknownFields.layer(record.name, graph: walkIndex)] = record.unknown
    let body: LayerNode.Body
    switch record.body {
    case .absent:
      throw .missing(field: "body", of: place())
    case .unsupported(let path, let reason, let configuration):
      body = .unsupported(
        UnsupportedLayer(
          path: path, kind: record.kind, reason: reason, configuration: configuration))
    case .graph(let index):
      guard let graph = built.removeValue(forKey: index) else {
        throw .missing(field: "graph", of: place())
      }
      guard graph.form.rawValue == record.kind else {
        throw .value(
          field: "kind", of: place(), found: "'\(record.kind)'",
          expected: "'\(graph.form.rawValue)', the form of its graph")
      }
      body = .graph(graph)
    case .attributes(let records):
      body = try self.body(record, records, in: graph, of: tree, &layers, &unknown)
    }
    return LayerNode(
      name: record.name, body: body, parameters: parameters, isTrainable: record.isTrainable,
      computeType: computeType)
  }

  private func body(
    _ record: LayerRecord, _ records: [AttributeRecord], in graph: Int, of tree: GraphTree,
    _ layers: inout LayerTable, _ unknown: inout UnknownFields
  ) throws(ProtobufFormatError) -> LayerNode.Body {
    if let layer = layers.layer(record.kind, records) { return .layer(layer) }
    func place() -> String { "layer '\(record.name)'" }
    var attributes = Attributes()
    for attribute in records {
      guard let value = attribute.value else {
        throw .missing(field: "value", of: "attribute '\(attribute.name)' of \(place())")
      }
      guard attributes.values.updateValue(value, forKey: attribute.name) == nil else {
        throw .duplicate(attribute.name, what: "attributes", of: place())
      }
    }
    do throws(ModelError) {
      if let layer = try registry.layer(kind: record.kind, attributes: attributes) {
        layers.keep(layer, record.kind, records)
        return .layer(layer)
      }
    } catch {
      throw .model(
        .at(layer: tree.path(of: record.name, graph: graph), kind: record.kind, error))
    }
    // A long name over a million layers would make a terabyte of paths.
    let path = tree.path(of: record.name, graph: graph)
    guard path.utf8.count <= limits.pathByteCount else {
      throw .exceeds(what: "bytes in a layer's path", limit: limits.pathByteCount)
    }
    let key = UnknownFields.attributes(record.name, graph: tree.walkIndices[graph])
    unknown[key] = try records.packed()
    return .unsupported(
      UnknownKind.layer(path: path, kind: record.kind, attributes: attributes))
  }
}
