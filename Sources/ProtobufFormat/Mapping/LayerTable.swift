internal import ModelGraph

/// The layers that have been made of a file's attributes: most of a network are equal to others,
/// and finding one takes less than making and checking it.
struct LayerTable {
  private struct Key: Hashable {
    let kind: String
    let attributes: [AttributeRecord]

    /// Makes no key where a zero is negative, as it is equal to one that is not.
    init?(_ kind: String, _ attributes: [AttributeRecord]) {
      guard !attributes.contains(where: \.hasNegativeZero) else { return nil }
      self.kind = kind
      self.attributes = attributes
    }
  }

  private var layers: [Key: any Layer] = [:]

  /// A layer of its own that is equal to one that was kept for the same attributes, or `nil` where
  /// none was.
  func layer(_ kind: String, _ attributes: [AttributeRecord]) -> (any Layer)? {
    guard let key = Key(kind, attributes), var layer = layers[key] else { return nil }
    layer.declaration = LayerDeclaration()
    return layer
  }

  /// Keeps a layer that was made of attributes.
  mutating func keep(_ layer: any Layer, _ kind: String, _ attributes: [AttributeRecord]) {
    if let key = Key(kind, attributes) { layers[key] = layer }
  }
}

extension AttributeRecord {
  fileprivate var hasNegativeZero: Bool {
    switch value {
    case .double(let number): number.isNegativeZero
    case .doubles(let numbers): numbers.contains(where: \.isNegativeZero)
    default: false
    }
  }
}

extension Double {
  fileprivate var isNegativeZero: Bool { self == 0 && sign == .minus }
}
