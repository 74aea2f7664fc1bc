internal import OrderedCollections
internal import ResidualGraph

/// Reads entries that are operations, not layers: `keras.ops` of Keras 3, functions and operators of
/// TensorFlow in Keras 2.
struct OperationReader {
  let version: KerasVersion

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
    "InputLayer", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "HashedCrossing",
    "Lambda",
  ]

  /// What operations of one operand are called with after it, by position.
  static let secondSettings = ["GetItem": "key", "Slice": "start_indices"]

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
    // Einstein's summation is called on any number of tensors, which are no list.
    let isVariadic = className == "Einsum"
    if isVariadic { arguments[operands[0]] = .list(call.positional) }
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

  /// What the cubic's distances are rounded to depends on what Keras 3 computes with.
  private func settleDistances(_ attributes: inout Attributes) throws {
    let setting = "exact_distances"
    guard attributes["interpolation"] == .string("bicubic"), attributes[setting] == nil,
      attributes["antialias"] != .bool(true)
    else { return }
    switch version.backend {
    case "tensorflow": break
    case "jax", "numpy": attributes[setting] = .bool(true)
    default:
      throw Unsupported(
        reason: "resizes with interpolation='bicubic', of which every backend has another, and the "
          + "file says backend \(version.backend.map { "'\($0)'" } ?? "none")")
    }
  }

  /// An operation in the canonical form of its attributes.
  private func reading(
    _ name: String, _ attributes: Attributes,
    _ arguments: OrderedDictionary<String, CallArgument>
  ) throws -> Reading {
    var attributes = attributes
    if let parts = attributes["indices_or_sections"] {
      // A number of equal parts, or places to cut at.
      attributes["indices_or_sections"] = nil
      if case .int = parts { attributes["sections"] = parts } else { attributes["indices"] = parts }
    }
    let operation = try Operation(name, attributes: attributes)
    // In the order of the operands, however they were given.
    var ordered: OrderedDictionary<String, CallArgument> = [:]
    for parameter in operation.signature.parameters {
      ordered[parameter.name] = try arguments[parameter.name].map(Self.operand)
    }
    return Reading(operation: operation, arguments: ordered)
  }

  // MARK: - Keras 2

  /// A function of TensorFlow, by its name: the first argument, and the others by name.
  private func keras2(
    _ className: String, _ config: JSONValue, _ call: WrittenCall
  ) throws -> Reading {
    let symbol = config["function"]?.string
    if className == "TFOpLambda", symbol == "strided_slice" { return try stridedSlice(call) }
    guard className == "TFOpLambda" || className == "SlicingOpLambda", let symbol,
      let function = TensorFlowFunction.named(symbol)
    else {
      let name = symbol.map { "'\($0)'" } ?? "of class \(className)"
      throw Unsupported(
        reason: "is the operation \(name) of TensorFlow, which this version does not know")
    }
    guard let operands = Operation.operands(of: function.operation),
      let first = call.positional.first, call.positional.count == 1
    else { throw Unsupported(reason: "is called on \(call.positional.count) arguments") }
    var attributes = function.settings
    var arguments: OrderedDictionary<String, CallArgument> = [operands[0]: first]
    for (word, argument) in call.named where word != "name" {
      guard let name = function.names[word] else {
        if argument == .none { continue }
        if case .setting(let value) = argument, function.neutral[word] == value { continue }
        throw Unsupported(reason: "is called with \(word)=\(argument), which has no meaning here")
      }
      if operands.contains(name) {
        arguments[name] = argument
      } else {
        // None is what is not said.
        guard let value = try Self.setting(argument, isKey: name == "key") else { continue }
        attributes[name] = value
      }
    }
    for name in ["mode", "padding"] {
      if case .string(let text) = attributes[name] { attributes[name] = .string(text.lowercased()) }
    }
    if attributes["order"] == .string("euclidean") { attributes["order"] = .double(2) }
    // TensorFlow gathers along the first axis that is no batch.
    if function.operation == "Take", attributes["axis"] == nil {
      attributes["axis"] = attributes["batch_dims"] ?? .int(0)
    }
    if function.splitsBySizes { try Self.cutPoints(of: &attributes) }
    if case .int(let number) = attributes["interpolation"] {
      guard Self.numberedInterpolations.indices.contains(number) else {
        throw Unsupported(reason: "is called with method=\(number), which has no meaning here")
      }
      attributes["interpolation"] = .string(Self.numberedInterpolations[number])
    }
    return try reading(function.operation, attributes, arguments)
  }

  /// What TensorFlow 1 calls its interpolations, by number.
  private static let numberedInterpolations = ["bilinear", "nearest", "bicubic", "area"]

  /// Slices by lists of starts, ends and steps, as indexing says it.
  private func stridedSlice(_ call: WrittenCall) throws -> Reading {
    func list(_ name: String) -> [Int]? {
      if case .setting(.ints(let list))? = call.named[name] { list } else { nil }
    }
    let masks = [
      "begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask",
    ]
    guard let first = call.positional.first, call.positional.count == 1,
      let starts = list("begin"), let ends = list("end"), starts.count == ends.count
    else { throw Unsupported(reason: "is called with starts and ends that depend on a tensor") }
    for (name, argument) in call.named where !["begin", "end", "strides", "name"].contains(name) {
      let isNeutral = argument == .none || masks.contains(name) && argument == .setting(.int(0))
      guard isNeutral else {
        throw Unsupported(reason: "is called with \(name)=\(argument), which has no meaning here")
      }
    }
    let steps = list("strides") ?? starts.map { _ in 1 }
    guard steps.count == starts.count, !steps.contains(0) else {
      throw Unsupported(reason: "is called with strides=\(steps); one for each start, not 0")
    }
    let key = starts.indices.map { "\(starts[$0]):\(ends[$0]):\(steps[$0])" }
    return try reading("GetItem", ["key": .strings(key)], ["x": first])
  }

  /// TensorFlow lists the sizes of the parts, Keras the places between them.
  private static func cutPoints(of attributes: inout Attributes) throws {
    guard case .ints(let sizes) = attributes["indices_or_sections"] else { return }
    guard sizes.allSatisfy({ $0 >= 0 }), sizes.checkedTotal() != nil else {
      throw Unsupported(reason: "splits into parts of sizes \(sizes)")
    }
    var places: [Int] = []
    for size in sizes.dropLast() { places.append((places.last ?? 0) + size) }
    attributes["indices_or_sections"] = .ints(places)
  }
}

extension [Int] {
  /// The sum; `nil` where it does not fit.
  fileprivate func checkedTotal() -> Int? {
    var total = 0
    for number in self {
      let (sum, overflow) = total.addingReportingOverflow(number)
      if overflow { return nil }
      total = sum
    }
    return total
  }
}
