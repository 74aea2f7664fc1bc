/// A layer that is kept word for word but cannot be run.
public struct UnsupportedLayer: Hashable, Sendable {
  /// Where the layer is: `encoder/block1/lambda`.
  public var path: String
  /// The class that the source names.
  public var kind: String
  /// Why it cannot be run, to follow the layer's name in a sentence.
  public var reason: String
  /// The layer's configuration as the source has it (JSON).
  public var configuration: String
  /// Whether nothing is wrong with the layer but that its kind is not registered.
  public var isUnregistered: Bool

  /// Describes a layer that cannot be run.
  public init(
    path: String, kind: String, reason: String, configuration: String, isUnregistered: Bool = false
  ) {
    self.path = path
    self.kind = kind
    self.reason = reason
    self.configuration = configuration
    self.isUnregistered = isUnregistered
  }
}

extension UnsupportedLayer: CustomStringConvertible {
  /// One sentence: `layer 'lambda' (Lambda) is not supported; it stores Python code`.
  public var description: String { "layer '\(path)' (\(kind)) is not supported; it \(reason)" }
}
