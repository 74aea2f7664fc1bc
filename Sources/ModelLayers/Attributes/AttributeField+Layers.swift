internal import OrderedCollections

// Layers inside of layers: the kind of one and its attributes stand under the name of the attribute, as in
// `layer.kind` and `layer.units`, so that attributes are a flat list.

extension AttributeField {
  /// A layer of any kind.
  static func layer(
    _ name: String, _ path: any FieldPath<Root, any DeclaredLayer>
  ) -> AttributeField {
    inner(name, path, { $0 }, { $0 })
  }

  /// A recurrent layer.
  static func recurrentLayer(
    _ name: String, _ path: any FieldPath<Root, any RecurrentLayer>
  ) -> AttributeField {
    inner(name, path, { $0 as? any RecurrentLayer }, { $0 })
  }

  /// A cell of a recurrent layer.
  static func cell(
    _ name: String, _ path: any FieldPath<Root, any RecurrentCell>
  ) -> AttributeField {
    inner(name, path, { $0 as? any RecurrentCell }, { $0 })
  }

  /// Cells in order, each under its place.
  static func cells(
    _ name: String, _ path: any FieldPath<Root, [any RecurrentCell]>
  ) -> AttributeField {
    AttributeField(
      name, .layers, isRequired: true,
      read: { attributes, root throws(ModelError) in
        var cells: [any RecurrentCell] = []
        while let inner = try attributes.layer(under: "\(name).\(cells.count)") {
          cells.append(try inner.cast("\(name).\(cells.count)") { $0 as? any RecurrentCell })
        }
        root[keyPath: path] = cells
      },
      write: { root, attributes in
        for (place, cell) in root[keyPath: path].enumerated() {
          attributes.put(cell, under: "\(name).\(place)")
        }
      })
  }

  private static func inner<Inner>(
    _ name: String, _ path: any FieldPath<Root, Inner>,
    _ cast: @escaping @Sendable (any DeclaredLayer) -> Inner?,
    _ layer: @escaping @Sendable (Inner) -> any DeclaredLayer
  ) -> AttributeField {
    AttributeField(
      name, .layer, isRequired: true,
      read: { attributes, root throws(ModelError) in
        guard let inner = try attributes.layer(under: name) else {
          throw .attributeMissing(name + ".kind")
        }
        root[keyPath: path] = try inner.cast(name, cast)
      },
      write: { root, attributes in attributes.put(layer(root[keyPath: path]), under: name) })
  }
}

extension Attributes {
  /// How deep layers may be in one another.
  package static let maximumDepth = 8

  /// The attributes whose names begin with a name and a dot, without these.
  package func under(_ name: String) -> Attributes {
    let prefix = name + "."
    var inner = Attributes()
    for (key, value) in values where key.hasPrefix(prefix) {
      inner[String(key.dropFirst(prefix.count))] = value
    }
    return inner
  }

  /// Adds attributes under a name.
  package mutating func put(_ inner: Attributes, under name: String) {
    for (key, value) in inner.values { self["\(name).\(key)"] = value }
  }

  /// Adds a layer's kind and attributes under a name.
  fileprivate mutating func put(_ layer: any Layer, under name: String) {
    self["\(name).kind"] = .string(layer.kind)
    put(layer.attributes, under: name)
  }

  /// The layer whose kind and attributes stand under a name; `nil` where there is none.
  fileprivate func layer(under name: String) throws(ModelError) -> (any DeclaredLayer)? {
    var inner = under(name)
    guard let value = inner.values.removeValue(forKey: "kind") else { return nil }
    guard case .string(let kind) = value,
      let type = LayerRegistry.builtIn.first(where: { $0.kind == kind }) as? any DeclaredLayer.Type
    else {
      throw .attribute("\(name).kind", expected: "a kind of layer", found: "\(value)")
    }
    for key in inner.values.keys
    where key.utf8.count(where: { $0 == UInt8(ascii: ".") }) > 2 * Self.maximumDepth {
      throw .attribute(
        "\(name).\(key)", expected: "layers at most \(Self.maximumDepth) deep", found: "more")
    }
    do throws(ModelError) {
      return try type.init(attributes: inner)
    } catch {
      throw error.inside(name)
    }
  }
}

extension DeclaredLayer {
  fileprivate func cast<Inner>(
    _ name: String, _ cast: (any DeclaredLayer) -> Inner?
  ) throws(ModelError) -> Inner {
    guard let inner = cast(self) else {
      throw .attribute(
        "\(name).kind", expected: "a kind that goes along sequences", found: "'\(kind)'")
    }
    return inner
  }
}

extension ModelError {
  /// The same of an attribute that stands under a name.
  fileprivate func inside(_ name: String) -> ModelError {
    switch self {
    case .attribute(let attribute, let expected, let found):
      .attribute("\(name).\(attribute)", expected: expected, found: found)
    case .attributeMissing(let attribute): .attributeMissing("\(name).\(attribute)")
    default: self
    }
  }
}
