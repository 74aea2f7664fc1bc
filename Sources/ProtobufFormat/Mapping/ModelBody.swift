internal import OrderedCollections
internal import ModelGraph

/// What a file holds of a model, but for a source record that is read by itself.
struct ModelBody {
  let graph: Graph
  let tensors: OrderedDictionary<String, Tensor>
  let goldens: [Golden]
  let provenance: Provenance
  /// The source record, where it is not read by itself.
  let source: SourceRecord?
  let unknown: UnknownFields

  /// The model.
  ///
  /// - Parameter part: The source record, where it is read by itself, and what is not known in it.
  func model(with part: Header) throws(ProtobufFormatError) -> Model {
    let source = part.source ?? source
    for object in source?.objects ?? [] {
      if case .tensor(let name) = object.dataset?.content, tensors[name] == nil {
        throw .unknownTensor(name, neededBy: "dataset '\(object.path)'")
      }
    }
    do throws(ModelError) {
      return try Model(
        graph: graph, tensors: tensors, provenance: provenance, source: source, goldens: goldens,
        unknownFields: unknown.byPlace.merging(part.unknown.byPlace) { $1 })
    } catch {
      throw .model(error)
    }
  }
}
