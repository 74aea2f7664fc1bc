internal import ModelGraph

/// The weights of a Keras file as the objects that own them: `/layers/dense/vars/0`.
struct WeightTree {
  /// The size of each axis of every dataset of the model, by path.
  let shapes: [String: [Int]]
  /// What Keras calls the owner of a group of weights, where the file says it, by the path of the group.
  let owners: [String: String]

  /// Whether an object is no weight of the model, but what training left: of this model, or of one in it.
  static func isTrainingState(_ path: String) -> Bool {
    var parts = path.split(separator: "/")[...]
    while let first = parts.first, first == "layers" || first == "layer" {
      // Layers have a name of their own there.
      parts = parts.dropFirst(first == "layers" ? 2 : 1)
    }
    return parts.first == "optimizer" || parts.first == "metrics"
  }

  /// Takes the objects of a file in Keras's own format.
  ///
  /// - Parameter shape: The size of each axis of a dataset.
  init(_ objects: [SourceRecord.Object], shape: (SourceRecord.Dataset) -> [Int]?) {
    var shapes: [String: [Int]] = [:]
    var owners: [String: String] = [:]
    for object in objects where !Self.isTrainingState(object.path) {
      if let dataset = object.dataset {
        shapes[object.path] = shape(dataset) ?? []
      } else if let name = object.attributes.first(where: { $0.name == "name" })?.text {
        owners[object.path] = name
      }
    }
    (self.shapes, self.owners) = (shapes, owners)
  }
}
