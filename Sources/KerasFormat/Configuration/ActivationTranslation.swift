internal import OrderedCollections
internal import ModelGraph

/// Why a layer cannot be run, to follow its name in a sentence.
struct Unsupported: Error {
  var reason: String

  static let code = Unsupported(reason: "stores Python code")
}

extension ConfigReader {
  /// The activation function under a key: a name, an object that wraps a name, or
  /// an activation layer.
  func activation(_ key: String = "activation") throws -> ActivationFunction {
    guard let value = value(key) else { return .linear }
    if let name = value.string { return try function(named: name) }
    guard let className = value["class_name"]?.string else {
      // A lambda is stored as a list of marshalled code, defaults and closure.
      if value.array != nil || value["value"] != nil { throw Unsupported.code }
      throw wrong(key, "an activation function")
    }
    if className == "__lambda__" { throw Unsupported.code }
    if className == "function", let name = value["config"]?.string {
      return try function(named: name)
    }
    let inner = ConfigReader(config: value["config"] ?? .object([:]), version: version)
    let function = try inner.activationLayer(className)
    try inner.checkAllRead(kind: className)
    return function
  }

  /// The function of an activation layer's class with this configuration.
  func activationLayer(_ className: String) throws -> ActivationFunction {
    switch className {
    case "Activation": return try activation()
    case "ReLU":
      return .relu(
        maximum: has("max_value") ? try double("max_value") : nil,
        negativeSlope: try double("negative_slope", default: 0),
        threshold: try double("threshold", default: 0))
    case "LeakyReLU":
      // Keras 2 calls the slope alpha.
      let key = has("negative_slope") ? "negative_slope" : "alpha"
      return .leakyReLU(negativeSlope: try double(key, default: 0.3))
    case "ELU": return .elu(alpha: try double("alpha", default: 1))
    case "Softmax": return .softmax(axes: try ints("axis", default: [-1]))
    default:
      throw Unsupported(reason: "has an activation of class '\(className)'")
    }
  }

  /// The function that a version of Keras calls by a name.
  func function(named name: String) throws -> ActivationFunction {
    switch name {
    // clip(0.2 x + 0.5, 0, 1) until Keras 2.15, relu6(x + 3) / 6 since Keras 3.
    case "hard_sigmoid" where version.major < 3: return .hardSigmoid(slope: 0.2, offset: 0.5)
    case "swish": return .silu
    case "hard_swish": return .hardSilu
    case "softmax_v2": return .softmax()
    case "threshold": throw Unsupported(reason: "has the activation 'threshold' without its values")
    default:
      guard let function = ActivationFunction.named(name) else {
        throw Unsupported(reason: "has the activation '\(name)'")
      }
      return function
    }
  }
}
