/// What a call says to its layer besides the tensors themselves.
public struct CallForm: Hashable, Sendable {
  /// The parameter of each input, in order; empty for those of the signature, from the first.
  public var operands: [String]
  /// The settings that the call gives.
  public var settings: [String: AttributeValue]

  /// Describes a call.
  public init(operands: [String] = [], settings: [String: AttributeValue] = [:]) {
    self.operands = operands
    self.settings = settings
  }

  /// Whether a flag is set.
  func isSet(_ flag: String) -> Bool {
    settings[flag] == .bool(true) || settings[flag] == .int(1)
  }
}

/// A layer whose formula depends on which operands a call gives, and on flags that it sets.
public protocol CallDependentLayer: Layer {
  /// The call that the layer is seen from.
  var form: CallForm { get set }
}
