internal import OrderedCollections
internal import ModelGraph

// Operations of Keras 2: functions and operators of TensorFlow, by their names.

extension OperationReader {
  /// A function of TensorFlow, by its name: the first argument, and the others by name.
  func keras2(
    _ className: String, _ config: JSONValue, _ call: WrittenCall
  ) throws -> Reading {
    let symbol = config["function"]?.string
    if className == "TFOpLambda", symbol == "strided_slice" { return try stridedSlice(call) }
    if className == "TensorFlowOpLayer" { return try node(config, call) }
    guard className == "TFOpLambda" || className == "SlicingOpLambda", let symbol,
      let function = TensorFlowFunction.named(symbol)
    else {
      let name = symbol.map { "'\($0)'" } ?? Self.member(className, config)
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
        if function.operation == "Reshape", case .list(let elements) = argument {
          attributes = try reshaping(first, to: elements)
          // The sizes are kept, as what the call was made of.
          arguments["sizes"] = .list(elements.filter { !$0.tensors.isEmpty })
          continue
        }
        // None is what is not said.
        guard let value = try Self.setting(argument, isKey: name == "key") else { continue }
        attributes[name] = value
      }
    }
    // TensorFlow gathers along the first axis that is no batch.
    if function.operation == "Take", attributes["axis"] == nil {
      attributes["axis"] = attributes["batch_dims"] ?? .int(0)
    }
    if function.splitsBySizes { try Self.cutPoints(of: &attributes) }
    try Self.settleSettings(&attributes)
    return try reading(function.operation, attributes, arguments)
  }

  /// What a class that is no function is called with: `RaggedTensor.from_row_splits`.
  private static func member(_ className: String, _ config: JSONValue) -> String {
    let names = ["cls_symbol", "method_name", "attr_name"].compactMap { config[$0]?.string }
    return names.isEmpty ? "of class \(className)" : "'\(names.joined(separator: "."))'"
  }

  /// The words of TensorFlow for settings in those of Keras.
  static func settleSettings(_ attributes: inout Attributes) throws {
    for name in ["mode", "padding"] {
      if case .string(let text) = attributes[name] { attributes[name] = .string(text.lowercased()) }
    }
    if attributes["order"] == .string("euclidean") { attributes["order"] = .double(2) }
    if case .int(let number) = attributes["interpolation"] {
      guard numberedInterpolations.indices.contains(number) else {
        throw Unsupported(reason: "is called with method=\(number), which has no meaning here")
      }
      attributes["interpolation"] = .string(numberedInterpolations[number])
    }
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
