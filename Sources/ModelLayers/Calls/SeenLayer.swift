/// A layer as one of its calls sees it: with some of its inputs given, or with masks among them.
protocol SeenLayer: Layer {
  associatedtype Base: Layer

  /// The layer that is called.
  var base: Base { get }

  /// How many of its last inputs are masks.
  var inputsThatAreMasks: Int { get }

  /// Another layer, seen from the same call.
  func seeing(_ other: some Layer) -> any Layer
}

extension Layer {
  /// The layer itself, whatever a call sees of it.
  package var itself: any Layer { (self as? any SeenLayer)?.base.itself ?? self }

  /// Another layer, seen from the same call as this one.
  package func replaced(by other: any Layer) -> any Layer {
    guard let seen = self as? any SeenLayer else { return other }
    return seen.seeing(seen.base.replaced(by: other))
  }

  /// The layer with other attributes, seen from the same call.
  package func replaced(by attributes: Attributes) throws(ModelError) -> any Layer {
    var changed: any Layer = try type(of: itself).init(attributes: attributes)
    if let form = (itself as? any CallDependentLayer)?.form,
      var dependent = changed as? any CallDependentLayer
    {
      dependent.form = form
      changed = dependent
    }
    return replaced(by: changed)
  }

  /// The layer where no input has a mask: it takes no masks among its inputs.
  package var withoutMasks: any Layer {
    guard let seen = self as? any SeenLayer, seen.inputsThatAreMasks > 0 else { return self }
    return seen.base
  }

  /// How many of the last inputs are masks.
  package var maskCount: Int { (self as? any SeenLayer)?.inputsThatAreMasks ?? 0 }
}
