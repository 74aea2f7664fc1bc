#if OneDNN

internal import OrderedCollections
internal import ResidualGraph

extension Graph {
  /// Whether each item of a batch is computed by itself: no layer looks along the batch axis.
  ///
  /// Nobody knows that of a layer which a program registered.
  var separatesBatch: Bool {
    let builtIn = LayerRegistry.builtIn.map { ObjectIdentifier($0) }
    guard let shapes = try? shapes() else { return false }
    return shapes.allSatisfy { call in
      switch call.layer.body {
      case .graph: return true
      case .unsupported: return false
      case .layer(let layer):
        guard builtIn.contains(ObjectIdentifier(type(of: layer))) else { return false }
        let rank = call.inputs.first??.rank ?? call.outputs.first??.rank ?? 0
        let keys = layer.attributes.values.keys.filter { $0 == "axis" || $0.hasSuffix(".axis") }
        let axes = keys.flatMap { key -> [Int] in
          (try? layer.attributes.ints(key)) ?? (try? [layer.attributes.int(key)]) ?? []
        }
        return !axes.contains { $0 == 0 || $0 == -rank }
      }
    }
  }
}

#endif
