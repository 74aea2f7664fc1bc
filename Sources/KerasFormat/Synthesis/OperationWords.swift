internal import OrderedCollections
internal import ModelGraph

/// Writes operations as Keras 3 does into `.h5`: the class, and what its constructor was given.
struct OperationWords {
  private let operation: Operation

  init(_ operation: Operation) { self.operation = operation }

  /// The entry of the layer, without its calls.
  ///
  /// What Keras has no setting for is written too: it would not read the file as something else.
  ///
  /// - Parameter statesModules: Whether the entry says where Keras has the class.
  func entry(named name: String, statesModules: Bool) -> LayerWords.Config {
    var config: LayerWords.Config = ["name": .string(name)]
    for key in operation.settingNames where !isCalled(key) && !Self.parts.contains(key) {
      config[key] = .null
    }
    for (key, value) in operation.attributes.values where !isCalled(key) && key != "given" {
      let (word, value) = word(key, value)
      config[word] = value
    }
    let entry: LayerWords.Config = [
      "class_name": .string(operation.name), "config": .object(config),
    ]
    return statesModules ? entry.merging(Self.place(of: operation)) { $1 } : entry
  }

  /// Where Keras 3 has the class of an operation.
  static func place(of operation: Operation) -> LayerWords.Config {
    [
      "module": .string("keras.src." + (modules[operation.name] ?? "ops.numpy")),
      "registered_name": .string(operation.name),
    ]
  }

  /// Where Keras 3.15 has its operations, but for those in `numpy`.
  private static let modules: [String: String] = {
    let names = [
      "activations.activations": ["Mish", "ReLU"],
      "ops.core": ["Cast", "Slice", "StopGradient", "Unstack"],
      "ops.image": ["RGBToGrayscale", "Resize"], "ops.linalg": ["Norm"],
      "ops.math": ["Erf", "Logsumexp", "Rsqrt", "TopK"],
      "ops.nn": [
        "AveragePool", "BatchNorm", "Celu", "Conv", "DepthToSpace", "DepthwiseConv",
        "DotProductAttention", "Elu", "Gelu", "Glu", "HardShrink", "HardSigmoid", "HardSilu",
        "HardTanh", "LayerNorm", "LeakyRelu", "LogSigmoid", "LogSoftmax", "MaxPool", "Moments",
        "Normalize", "OneHot", "RMSNorm", "Relu", "Relu6", "Selu", "Sigmoid", "Silu", "SoftShrink",
        "Softmax", "Softplus", "Softsign", "SpaceToDepth", "SparsePlus", "SparseSigmoid",
        "Sparsemax", "Squareplus", "TanhShrink", "Threshold",
      ],
    ]
    return names.reduce(into: [:]) { modules, entry in
      for name in entry.value { modules[name] = entry.key }
    }
  }()

  /// Two settings that are one in Keras.
  private static let parts: Set = ["sections", "indices"]

  /// What a call is given by name.
  private var byName: [String] { OperationReader.named[operation.name] ?? [] }

  /// Whether a call is given a setting, not a constructor.
  private func isCalled(_ key: String) -> Bool {
    OperationReader.secondSettings[operation.name] == key
      || byName.contains(key)
  }

  /// What a call is given: all operands by position, then settings that are no constructor's.
  ///
  /// - Parameters:
  ///   - operands: What is given of the operands, by their names.
  func call(_ operands: OrderedDictionary<String, JSONValue>) -> JSONValue {
    var args: [JSONValue] = []
    for parameter in operation.signature.parameters where !byName.contains(parameter.name) {
      switch operands[parameter.name] {
      case .array(let list)? where OperationReader.variadic.contains(operation.name): args += list
      case let value?: args.append(value)
      // An operand that is left out before another is None.
      case nil: if Operation.namesOperands(operation.name) { args.append(.null) }
      }
    }
    if let setting = OperationReader.secondSettings[operation.name],
      let value = operation.attributes[setting]
    {
      args.append(setting == "key" ? Self.key(value) : JSONValue(value))
    }
    var named: LayerWords.Config = [:]
    for name in byName {
      // Zeros are what Keras pads with by itself.
      let isDefault = name == "constant_values" && operation.attributes[name] == .double(0)
      let setting = isDefault ? nil : operation.attributes[name].map(JSONValue.init)
      named[name] = operands[name] ?? setting ?? .null
    }
    return .object(["args": .array(args), "kwargs": .object(named)])
  }

  /// A key of indexing: one part stands for itself.
  private static func key(_ value: AttributeValue) -> JSONValue {
    guard case .strings(let texts) = value else { return .null }
    return texts.count == 1 ? part(texts[0]) : .array(texts.map(part))
  }

  private func word(_ key: String, _ value: AttributeValue) -> (String, JSONValue) {
    switch (key, value) {
    case ("sections", _), ("indices", _): return ("indices_or_sections", JSONValue(value))
    case ("pad_width", .ints(let sizes)) where sizes.count > 2:
      return (
        key,
        .array(
          stride(from: 0, to: sizes.count, by: 2).map {
            .array(sizes[$0..<$0 + 2].map { .int($0) })
          })
      )
    case ("axes", .ints(let list)) where operation.name == "Tensordot":
      let half = list.count / 2
      return (
        key,
        list.count == 1
          ? .int(list[0])
          : .array([list.prefix(half), list.suffix(half)].map { .array($0.map { .int($0) }) })
      )
    case (_, .ints(let one)) where one.count == 1 && Self.oneForAll.contains(key):
      return (key, .int(one[0]))
    default: return (key, JSONValue(value))
    }
  }

  /// Settings of which one number stands for a list of it.
  private static let oneForAll: Set = [
    "axis", "shift", "pad_width", "source", "destination", "pool_size", "strides", "dilation_rate",
  ]

  /// A part of a key of indexing.
  private static func part(_ text: String) -> JSONValue {
    if text == "None" { return .null }
    if text == "..." { return .object(["class_name": "__ellipsis__", "config": .object([:])]) }
    if let place = Int(text) { return .int(place) }
    let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    let names = ["start", "stop", "step"]
    var config: LayerWords.Config = [:]
    for (index, name) in names.enumerated() {
      let number = numbers.indices.contains(index) ? numbers[index] : nil
      config[name] = number.map { .int($0) } ?? .null
    }
    return .object(["class_name": "__slice__", "config": .object(config)])
  }
}
