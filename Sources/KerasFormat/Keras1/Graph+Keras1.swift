internal import ModelGraph
internal import OrderedCollections

extension Graph {
  /// Checks what a file of Keras 1 says of tensors, or means by their axes, which no layer knows.
  ///
  /// - Parameter written: The configuration in the words of Keras 1.
  /// - Throws: `KerasError` for the first layer of which it is not so.
  func checkKeras1(_ written: JSONValue) throws {
    // Behind what cannot be run, nothing is known.
    guard let resolution = try? resolved() else { return }
    let stated = Self.outputShapes(in: written)
    for call in resolution.calls where call.definition != nil {
      func fail(_ key: String, expected: String, found: String) -> KerasError {
        .at(
          layer: call.layerPath, kind: call.layer.kind,
          .configuration(key: key, expected: expected, found: found))
      }
      if call.layer.kind == Dot.kind {
        // Of more axes Keras 1 summed none but the last, and did so otherwise on every backend.
        let ranks = call.operands.map { resolution.types[$0]?.shape.rank ?? 0 }
        guard Set(ranks).count == 1, (2...3).contains(ranks[0]) else {
          throw fail(
            "mode", expected: "'dot' of two tensors of 2 axes, or of 3", found: "'dot' of \(ranks)")
        }
      }
      guard let sizes = stated[call.layer.name],
        let shape = resolution.types[call.results[0]]?.shape
      else { continue }
      guard sizes.count == shape.rank,
        zip(sizes, shape.dimensions).dropFirst().allSatisfy({ $0 == nil || $1 == nil || $0 == $1 })
      else {
        throw fail("output_shape", expected: "\(shape)", found: "\(Shape(sizes))")
      }
    }
  }

  /// The shapes that transposed convolutions were told to make, by the layers' names.
  private static func outputShapes(in value: JSONValue) -> [String: [Int?]] {
    if let list = value.array {
      return list.reduce(into: [:]) { $0.merge(outputShapes(in: $1)) { first, _ in first } }
    }
    guard let object = value.object else { return [:] }
    var shapes: [String: [Int?]] = object.values.reduce(into: [:]) {
      $0.merge(outputShapes(in: $1)) { first, _ in first }
    }
    if object["class_name"]?.string == "Deconvolution2D",
      let name = object["config"]?["name"]?.string,
      let sizes = object["config"]?["output_shape"]?.array
    {
      shapes[name] = sizes.map(\.int)
    }
    return shapes
  }
}
