internal import OrderedCollections
internal import ModelGraph

/// The graph that a file's header describes, and the header, before the file's tensors are known.
struct ModelBody {
  let graph: Graph
  let header: Header
  let unknown: UnknownFields

  /// The model, where everything that the header refers to is among the tensors.
  ///
  /// - Parameter part: The source record, where it is read by itself, and what is not known in it.
  func model(
    _ found: TensorTable, with part: Header
  ) throws(ProtobufFormatError) -> Model {
    for record in header.graphs {
      for layer in record.layers {
        for parameter in layer.parameters where found.model[parameter.tensor] == nil {
          throw .unknownTensor(parameter.tensor, neededBy: "layer '\(layer.name)'")
        }
      }
    }
    let goldens = try goldens(of: found.golden)
    let source = part.source ?? header.source
    for object in source?.allObjects ?? [] {
      if case .tensor(let name) = object.dataset?.content, found.model[name] == nil {
        throw .unknownTensor(name, neededBy: "dataset '\(object.path)'")
      }
    }
    let unknown = unknown.byPlace.merging(found.unknown) { $1 }.merging(part.unknown.byPlace) { $1 }
    do throws(ModelError) {
      return try Model(
        graph: graph, tensors: found.model, provenance: header.provenance, source: source,
        goldens: goldens, unknownFields: unknown)
    } catch {
      throw .model(error)
    }
  }

  private func goldens(
    of found: OrderedDictionary<String, Tensor>
  ) throws(ProtobufFormatError) -> [Golden] {
    var unused = Set(found.keys)
    var goldens: [Golden] = []
    for record in header.goldens {
      var cases: [GoldenCase] = []
      for recorded in record.cases {
        let place = "golden '\(recorded.name)'"
        cases.append(
          GoldenCase(
            name: recorded.name, description: recorded.description,
            inputs: try named(recorded.inputs, "inputs", place, found, &unused),
            outputs: try named(recorded.outputs, "outputs", place, found, &unused),
            calls: try named(recorded.calls, "calls", place, found, &unused),
            masks: try named(recorded.masks, "masks", place, found, &unused)))
      }
      goldens.append(
        Golden(
          producer: record.producer, producerVersion: record.producerVersion,
          backend: record.backend, seed: record.seed, notes: record.notes, cases: cases,
          weightDigests: Set(record.weightDigests).sorted()))
    }
    // The smallest, so that the sentence does not change from run to run.
    if let name = unused.min() { throw .unusedGoldenTensor(name) }
    return goldens
  }

  private func named(
    _ records: [NamedTensorRecord], _ what: String, _ place: String,
    _ found: OrderedDictionary<String, Tensor>, _ unused: inout Set<String>
  ) throws(ProtobufFormatError) -> OrderedDictionary<String, Tensor> {
    var named: OrderedDictionary<String, Tensor> = [:]
    for record in records {
      guard let tensor = found[record.tensor] else {
        throw .unknownTensor(record.tensor, neededBy: place)
      }
      unused.remove(record.tensor)
      guard named.updateValue(tensor, forKey: record.name) == nil else {
        throw .duplicate(record.name, what: what, of: place)
      }
    }
    return named
  }
}
