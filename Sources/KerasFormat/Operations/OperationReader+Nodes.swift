internal import OrderedCollections
internal import ModelGraph

// Nodes of TensorFlow's graphs: `TensorFlowOpLayer` of Keras 2 in TensorFlow 1 and 2.0 to 2.3, or
// of a model that was made in a graph.

extension OperationReader {
  /// The most constants of a node.
  private static let maximumConstantCount = 1024

  /// Reads a node: its kind, attributes and inputs, some of which are constants.
  func node(_ config: JSONValue, _ call: WrittenCall) throws -> Reading {
    guard let definition = config["node_def"], definition.object != nil else {
      throw Unsupported(reason: "stores its node as a message, not as JSON")
    }
    let kind = definition["op"]?.string ?? ""
    let attributes = definition["attr"]?.object ?? [:]
    guard call.positional.count == 1, call.named.isEmpty else {
      throw Unsupported(reason: "is called with more than tensors")
    }
    let inputs = try Self.inputs(call.positional[0].leaves, config["constants"])
    if kind == "StridedSlice" { return try stridedSlice(inputs, attributes) }
    guard let node = TensorFlowNode.named(kind),
      let operands = Operation.operands(of: node.operation)
    else {
      throw Unsupported(
        reason: "is the operation '\(kind)' of TensorFlow, which this version does not know")
    }
    var settings = node.settings
    for (name, value) in attributes {
      // What elements are of is known of the inputs.
      if name == "N" || value["type"] != nil && node.names[name] == nil && node.neutral[name] == nil
      {
        continue
      }
      guard let setting = Self.attribute(value) else {
        throw Unsupported(reason: "has \(name)=\(value.excerpt), which has no meaning here")
      }
      if let own = node.names[name] {
        settings[own] = setting
      } else if node.neutral[name] != setting, !name.hasPrefix("_") {
        throw Unsupported(reason: "has \(name)=\(setting), which has no meaning here")
      }
    }
    var arguments: OrderedDictionary<String, CallArgument> = [:]
    var rest = inputs[...]
    if let listed = node.listed {
      // The inputs but for the last ones, which are settings.
      let count = inputs.count - listed.upperBound
      guard count > 0 else { throw Unsupported(reason: "has no inputs") }
      arguments[operands[0]] = .list(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    guard rest.count <= node.inputs.count else {
      throw Unsupported(reason: "has \(inputs.count) inputs, which have no meaning here")
    }
    for (name, input) in zip(node.inputs, rest) {
      if operands.contains(name) {
        arguments[name] = input
      } else {
        settings[name] = try Self.setting(input)
      }
    }
    try Self.settleSettings(&settings)
    return try reading(node.operation, settings, arguments)
  }

  /// All inputs: the tensors in order, with the constants at their places.
  private static func inputs(
    _ tensors: [CallArgument], _ constants: JSONValue?
  ) throws -> [CallArgument] {
    guard constants?.object?.count ?? 0 <= maximumConstantCount else {
      throw Unsupported(reason: "has more than \(maximumConstantCount) constants")
    }
    var inputs = tensors
    let places = (constants?.object ?? [:]).map { (Int($0.key), $0.value) }
    for (place, value) in places.sorted(by: { $0.0 ?? 0 < $1.0 ?? 0 }) {
      var reader = ArgumentReader(form: .keras3, constants: .float32)
      let constant = try reader.argument(value)
      guard let place, inputs.indices.contains(place) || place == inputs.count,
        reader.refusals.isEmpty
      else { throw Unsupported(reason: "has a constant at input \(place ?? -1)") }
      inputs.insert(constant, at: place)
    }
    return inputs
  }

  /// A constant as a setting.
  private static func setting(_ input: CallArgument) throws -> AttributeValue {
    switch input {
    case .setting(let value): return value
    case .constant(let constant):
      let integers = constant.elements.compactMap(Int.init(exactly:))
      guard integers.count == constant.elements.count else { return .doubles(constant.elements) }
      return constant.dimensions.isEmpty ? .int(integers[0]) : .ints(integers)
    default: throw Unsupported(reason: "is given \(input), which depends on a tensor")
    }
  }

  // MARK: - Attributes

  /// An attribute of a node; `nil` for one of another kind.
  private static func attribute(_ value: JSONValue) -> AttributeValue? {
    if let flag = value["b"]?.bool { return .bool(flag) }
    // Protobuf's JSON has integers of 64 bits as text.
    if let number = value["i"] { return integer(number).map { .int($0) } }
    if let number = value["f"]?.double { return .double(number) }
    if let text = value["s"]?.string { return texts[text].map { .string($0) } }
    if let type = value["type"]?.string { return types[type].map { .string($0) } }
    guard let list = value["list"] else { return nil }
    guard let elements = list["i"]?.array else {
      return list.object?.isEmpty == true ? .ints([]) : nil
    }
    let integers = elements.compactMap(integer)
    return integers.count == elements.count ? .ints(integers) : nil
  }

  private static func integer(_ value: JSONValue) -> Int? {
    value.int ?? value.string.flatMap { Int($0) }
  }

  /// The bytes that attributes may be, in base64.
  private static let texts = [
    "TkhXQw==": "NHWC", "TkNIVw==": "NCHW", "VkFMSUQ=": "valid", "U0FNRQ==": "same",
    "UkVGTEVDVA==": "reflect", "U1lNTUVUUklD": "symmetric",
  ]

  private static let types = [
    "DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16", "DT_BFLOAT16": "bfloat16",
    "DT_BOOL": "bool", "DT_INT32": "int32", "DT_INT64": "int64", "DT_UINT8": "uint8",
  ]

  // MARK: - Slices

  /// Indexing: places by bits, which are no slices where a bit of a mask says so.
  private func stridedSlice(
    _ inputs: [CallArgument], _ attributes: OrderedDictionary<String, JSONValue>
  ) throws -> Reading {
    guard inputs.count == 4 else { throw Unsupported(reason: "has \(inputs.count) inputs") }
    let lists = try inputs.dropFirst().map { input -> [Int] in
      switch try Self.setting(input) {
      case .int(let one): return [one]
      case .ints(let list): return list
      default: throw Unsupported(reason: "is sliced by \(input)")
      }
    }
    guard lists.allSatisfy({ $0.count == lists[0].count }), lists[0].count <= Int.bitWidth else {
      throw Unsupported(reason: "is sliced by lists of other sizes")
    }
    func mask(_ name: String) -> Int { attributes[name]?["i"].flatMap(Self.integer) ?? 0 }
    let (begins, ends) = (mask("begin_mask"), mask("end_mask"))
    let (rests, added, single) = (
      mask("ellipsis_mask"), mask("new_axis_mask"), mask("shrink_axis_mask")
    )
    let key = lists[0].indices.map { index in
      func has(_ mask: Int) -> Bool { mask >> index & 1 == 1 }
      if has(rests) { return "..." }
      if has(added) { return "None" }
      if has(single) { return "\(lists[0][index])" }
      let start = has(begins) ? "" : "\(lists[0][index])"
      let end = has(ends) ? "" : "\(lists[1][index])"
      return "\(start):\(end):\(lists[2][index])"
    }
    return try reading("GetItem", ["key": .strings(key)], ["x": inputs[0]])
  }
}
