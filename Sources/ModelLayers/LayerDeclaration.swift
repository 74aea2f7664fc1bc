internal import Synchronization

/// What a model that is built says of a layer besides its formula: which layer it is,
/// its name, and how its weights begin.
///
/// A layer is a value, but calling it twice must share its weights. So a declaration has an
/// identity, which copies of the layer keep. It takes no part in comparisons: layers are equal
/// if they compute the same.
public struct LayerDeclaration: Sendable {
  /// The name, or `nil` for one that the model makes, as Keras does: `conv2d_1`.
  public let name: String?
  /// How weights begin, by role; those that are missing begin as Keras lets them.
  public let initializers: [String: Initializer]
  /// Whether training changes the layer's trainable weights.
  public let isTrainable: Bool
  package let identity: LayerIdentity

  /// Declares a new layer.
  public init(
    name: String? = nil, initializers: [String: Initializer] = [:], isTrainable: Bool = true
  ) {
    self.name = name
    self.initializers = initializers
    self.isTrainable = isTrainable
    identity = LayerIdentity()
  }
}

extension LayerDeclaration: Hashable {
  /// All are equal.
  public static func == (first: LayerDeclaration, second: LayerDeclaration) -> Bool { true }

  /// Adds nothing.
  public func hash(into hasher: inout Hasher) {}
}

/// Tells one layer from all others, and remembers the name that the first model gave it.
package final class LayerIdentity: Sendable {
  private static let count = Atomic(0)

  /// How many were made before: layers are numbered in the order they are made.
  package let order: Int
  private let name = Mutex<String?>(nil)

  init() {
    order = Self.count.add(1, ordering: .relaxed).oldValue
  }

  /// The name that a model made for the layer, if one did.
  package var madeName: String? { name.withLock { $0 } }

  /// Keeps a made name for the models that come after.
  package func keep(_ made: String) {
    name.withLock { $0 = $0 ?? made }
  }
}

extension Layer {
  /// Another layer of the same formula that training does not change, as `trainable=False`
  /// makes it in Keras.
  public func frozen() -> Self {
    var layer = self
    layer.declaration = LayerDeclaration(
      name: declaration.name, initializers: declaration.initializers, isTrainable: false)
    return layer
  }
}
