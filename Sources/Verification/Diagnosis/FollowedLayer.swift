internal import ModelGraph

extension Layer {
  /// The layer with something done to one of its results, as another program may do it.
  func followed(
    at output: Int,
    by change:
      @escaping @Sendable (Definition.Value, inout Definition) throws(ModelError)
      -> Definition.Value
  ) -> any Layer {
    FollowedLayer(base: self, output: output, change: change)
  }
}

/// A layer with something done to one of its results.
private struct FollowedLayer: Layer {
  static let kind = "FollowedLayer"

  var base: any Layer
  var output: Int
  var change: @Sendable (Definition.Value, inout Definition) throws(ModelError) -> Definition.Value

  var kind: String { base.kind }
  var signature: Signature { base.signature }
  var attributes: Attributes { base.attributes }
  var declaration: LayerDeclaration {
    get { base.declaration }
    set { base.declaration = newValue }
  }

  init(
    base: any Layer, output: Int,
    change:
      @escaping @Sendable (Definition.Value, inout Definition) throws(ModelError)
      -> Definition.Value
  ) {
    self.base = base
    self.output = output
    self.change = change
  }

  /// It has no words: no file holds it.
  init(attributes: Attributes) throws(ModelError) {
    throw .attribute("kind", expected: "a kind of layers that files hold", found: Self.kind)
  }

  func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    var made = try base.define(inputs, in: &definition)
    guard made.indices.contains(output) else { return made }
    made[output] = try change(made[output], &definition)
    return made
  }
}
