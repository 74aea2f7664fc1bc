internal import OrderedCollections
internal import ModelGraph

/// Reads entries that are operations, not layers: `keras.ops` of Keras 3, functions and operators of
/// TensorFlow in Keras 2.
struct OperationReader {
  let version: KerasVersion
  /// Of which axis of which tensor a tensor is the size, if it is one.
  var size: (TensorReference) -> Size? = { _ in nil }
  /// The type of a tensor's elements; `float32` stands for all real numbers.
  var type: (TensorReference) -> DType = { _ in .float32 }

  /// The size of an axis of a tensor.
  struct Size: Hashable {
    var tensor: TensorReference
    var axis: Int
  }

  /// An operation and what each of its calls is given.
  struct Reading {
    var operation: Operation
    var arguments: OrderedDictionary<String, CallArgument>
  }

  /// The classes by which Keras 2 writes operations.
  private static let keras2Classes: Set = [
    "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod", "InstanceMethod",
    "InstanceProperty",
  ]

  /// Classes of layers that do not say whether they are trainable, as operations do not.
  private static let layersWithoutFlag: Set = [
    "Discretization", "InputLayer", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
    "HashedCrossing",
    "Lambda",
  ]

  /// What operations of one operand are called with after it, by position.
  static let secondSettings = ["GetItem": "key", "Slice": "start_indices"]

  /// What operations are called with by name, unlike others.
  static let named = [
    "Pad": ["constant_values"], "RMSNorm": ["scale"],
    "DotProductAttention": ["bias", "mask", "scale"], "Average": ["weights"],
  ]

  /// Operations that are called on any number of tensors, which are no list.
  static let variadic: Set = ["Einsum"]

  /// Whether an entry is an operation.
  ///
  /// A `.h5` file of Keras 3 does not say so: there it is one if its configuration does not say
  /// whether it is trainable, which layers that share a name with an operation always do.
  func isOperation(_ className: String, _ entry: JSONValue) -> Bool {
    if Self.keras2Classes.contains(className) { return true }
    guard version.major >= 3 else { return false }
    let module = entry["module"]?.string ?? ""
    if module.hasPrefix("keras.src.ops") || module.hasPrefix("keras.ops")
      || module.hasPrefix("keras.src.activations")
    {
      return true
    }
    let config = entry["config"] ?? .null
    return module.isEmpty && !Self.layersWithoutFlag.contains(className)
      && !config.has("trainable") && !config.has("layers")
      && entry["inbound_nodes"]?.array?.first?.object != nil
  }

  /// Reads an operation.
  ///
  /// - Parameter call: What its one call is given.
  /// - Throws: `Unsupported` where it has no meaning here.
  func read(_ className: String, _ entry: JSONValue, _ call: WrittenCall) throws -> Reading {
    let config = entry["config"] ?? .null
    guard call.refusals.isEmpty else {
      throw Unsupported(reason: "is called with \(call.refusals.joined(separator: ", "))")
    }
    do {
      return try version.major >= 3
        ? keras3(className, config, call) : keras2(className, config, call)
    } catch let error as ModelError {
      throw Unsupported(reason: "cannot be computed: \(error)")
    }
  }

  // MARK: - Keras 3

  /// The class is the operation, the configuration what its constructor was given.
  private func keras3(
    _ className: String, _ config: JSONValue, _ call: WrittenCall
  ) throws -> Reading {
    guard let operands = Operation.operands(of: className) else {
      throw Unsupported(reason: "is an operation of Keras 3 that this version does not know")
    }
    var attributes = Attributes()
    for (key, value) in config.object ?? [:] where key != "name" {
      if value == .null {
        guard !Operation.defaultIsNotNone(key, of: className) else {
          throw Unsupported(reason: "has '\(key)' null, which has no meaning here")
        }
        continue
      }
      guard let setting = Self.setting(value) else {
        throw Unsupported(reason: "has '\(key)' \(value.excerpt), which has no meaning here")
      }
      attributes[key] = setting
    }
    var arguments: OrderedDictionary<String, CallArgument> = [:]
    var settings = call.named
    let isVariadic = Self.variadic.contains(className)
    if isVariadic {
      arguments[operands[0]] =
        call.positional.count == 1 ? call.positional[0] : .list(call.positional)
    }
    for (place, argument) in call.positional.enumerated() where !isVariadic {
      if place < operands.count {
        arguments[operands[place]] = argument
      } else if place == 1, let name = Self.secondSettings[className] {
        settings[name] = argument
      } else {
        throw Unsupported(reason: "is called with argument \(place + 1), \(argument)")
      }
    }
    for (name, argument) in settings {
      if operands.contains(name) {
        arguments[name] = argument
      } else if let value = try Self.setting(argument, isKey: name == "key") {
        attributes[name] = value
      }
    }
    if className == "Resize" { try settleDistances(&attributes) }
    if Operation.namesOperands(className) {
      let given = operands.filter { arguments[$0] ?? .none != .none }
      if !operands.starts(with: given) { attributes["given"] = .strings(given) }
    }
    return try reading(className, attributes, arguments)
  }

  /// The setting of cubic interpolation that what Keras 3 computes with tells.
  static let exactDistances = "exact_distances"

  /// What the cubic's distances are rounded to depends on what Keras 3 computes with.
  private func settleDistances(_ attributes: inout Attributes) throws {
    let setting = Self.exactDistances
    guard attributes["interpolation"] == .string("bicubic"), attributes[setting] == nil,
      attributes["antialias"] != .bool(true)
    else { return }
    if try version.hasExactCubic() { attributes[setting] = .bool(true) }
  }

  /// An operation in the canonical form of its attributes.
  func reading(
    _ name: String, _ attributes: Attributes,
    _ arguments: OrderedDictionary<String, CallArgument>
  ) throws -> Reading {
    var attributes = attributes
    if let parts = attributes["indices_or_sections"] {
      // A number of equal parts, or places to cut at.
      attributes["indices_or_sections"] = nil
      if case .int = parts { attributes["sections"] = parts } else { attributes["indices"] = parts }
    }
    // What Keras 3 does, and has no setting for.
    if attributes["half_pixel_centers"] == .bool(true),
      attributes["align_corners"] != .bool(true)
    {
      attributes["half_pixel_centers"] = nil
    }
    let integers = integerType(of: arguments)
    let operation = try Operation(
      integers.map { Self.operation(name, of: $0) } ?? name, attributes: attributes)
    let met = operation.joinsOperands ? typeMet(by: arguments, integers) : nil
    // In the order of the operands, however they were given.
    var ordered: OrderedDictionary<String, CallArgument> = [:]
    for parameter in operation.signature.parameters {
      guard let argument = arguments[parameter.name], argument != .none else { continue }
      let operand = try Self.operand(argument)
      ordered[parameter.name] = try met.map { try operand.met(by: $0) } ?? operand
    }
    return Reading(operation: operation, arguments: ordered)
  }
}
