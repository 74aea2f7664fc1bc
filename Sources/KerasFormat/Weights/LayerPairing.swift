internal import ModelGraph
internal import OrderedCollections

/// How the names that a file has for layers are taken.
enum LayerNames {
  /// As the model's own.
  case stated
  /// As counted in another run of Python; numbers alone tell layers apart where that is asked for.
  case counted(bindsByOrder: Bool)
}

/// Which layer of a model is which of a file where names were counted in another run of Python: `dense_7`
/// for `dense_3`.
///
/// Layers of one base name are paired in the order of their numbers. Two whose weights fit either way are
/// not told apart by that.
struct LayerPairing {
  /// A layer with the shapes of its weights.
  struct Layer {
    var name: String
    var shapes: [[Int]]

    /// The name without the number that Keras adds, and the number.
    var counted: (base: Substring, number: Int) {
      guard let underscore = name.lastIndex(of: "_"),
        let number = Int(name[name.index(after: underscore)...]), number > 0
      else { return (name[...], 0) }
      return (name[..<underscore], number)
    }
  }

  /// What the model calls each layer of the file, where it calls it otherwise.
  let names: OrderedDictionary<String, String>

  /// Pairs the layers that have weights.
  ///
  /// - Parameter bindsByOrder: Whether numbers tell layers apart whose weights fit either way.
  /// - Throws: `KerasError.anotherNetwork` where some are left, and `KerasError.interchangeable`.
  init(_ file: [Layer], _ model: [Layer], bindsByOrder: Bool) throws(KerasError) {
    let found = Dictionary(grouping: file) { $0.counted.base }
    let needed = Dictionary(grouping: model) { $0.counted.base }
    var names: OrderedDictionary<String, String> = [:]
    for (base, layers) in needed.sorted(by: { $0.key < $1.key }) {
      let others = (found[base] ?? []).sorted { $0.counted.number < $1.counted.number }
      let layers = layers.sorted { $0.counted.number < $1.counted.number }
      guard Set(others.map(\.name)) != Set(layers.map(\.name)) else { continue }
      guard others.count == layers.count else { continue }
      try Self.check(others, layers, bindsByOrder: bindsByOrder)
      for (other, layer) in zip(others, layers) { names[other.name] = layer.name }
    }
    self.names = names
    let own = Set(model.map(\.name))
    let theirs = Set(file.map { names[$0.name] ?? $0.name })
    let missing = model.filter { !theirs.contains($0.name) }
    let left = file.filter { !own.contains(names[$0.name] ?? $0.name) }
    guard missing.isEmpty, left.isEmpty else {
      throw .anotherNetwork(
        missing: missing.map(\.name), leftOver: left.map(\.name),
        fitting: missing.first.map { layer in
          left.filter { $0.shapes == layer.shapes }.prefix(3).map(\.name)
        } ?? [])
    }
  }

  /// Checks that layers whose names are not the same are told apart by what they need.
  static func check(
    _ others: [Layer], _ layers: [Layer], bindsByOrder: Bool
  ) throws(KerasError) {
    guard !bindsByOrder else { return }
    for (place, layer) in layers.enumerated() {
      guard let twin = layers[..<place].firstIndex(where: { $0.shapes == layer.shapes }) else {
        continue
      }
      throw .interchangeable(
        found: [others[twin].name, others[place].name], layers: [layers[twin].name, layer.name])
    }
  }
}
