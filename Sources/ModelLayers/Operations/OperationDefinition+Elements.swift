// What operations do with integers and truth values, by the rules of Keras 3.

extension OperationDefinition {
  /// Throws `ModelError.argument` for operands of a type that the operation does not take.
  func checkElements(_ inputs: [TensorType]) throws(ModelError) {
    let types = inputs.map(\.dtype.numberType)
    for (index, type) in types.enumerated() {
      let expected: String? =
        switch elements {
        case .real where type != .float32: "real numbers; cast it first"
        case .bool where type != .bool, .choice where index == 0 && type != .bool: "truth values"
        case .common where commonType(of: types) == .bool: "numbers; cast it first"
        default: nil
        }
      guard let expected else { continue }
      throw .argument(
        operands[min(index, operands.count - 1)], found: "a tensor of type \(type.rawValue)",
        expected: expected)
    }
  }

  /// The type in which operands are computed with; `nil` where each has its own.
  private func commonType(of operands: [DType]) -> DType? {
    let together = operands.dropFirst(elements == .choice ? 1 : 0)
      .reduce(DType.bool) { $0.promoted(with: $1) }
    switch elements {
    case .real, .converted: return .float32
    case .bool: return .bool
    case .any: return nil
    case .choice, .joined, .compared, .common: return together
    case .counted: return together == .bool ? .int32 : together
    case .widened: return together.widened
    }
  }

  /// The type of the elements that the operation makes; `float32` stands for all real numbers.
  func elementType(of operands: [DType], _ settings: Attributes) -> DType {
    if let elementType { return elementType }
    if case .string(let name)? = settings["dtype"], let type = DType(rawValue: name) {
      return type.numberType
    }
    return elements == .compared
      ? .bool : commonType(of: operands) ?? operands.first?.numberType ?? .float32
  }

  /// The type that a constant among the operands has.
  ///
  /// - Parameters:
  ///   - own: Its own type; `nil` for an integer of Python, which takes that of what it meets.
  ///   - others: The types of the other operands.
  func constantType(_ own: DType?, among others: [DType]) -> DType {
    // Where integers have no meaning as operands, they have one as constants.
    if elements == .real { return .float32 }
    if let own { return own.numberType }
    let met = commonType(of: others) ?? .int32
    return met == .bool ? .int32 : met
  }

  /// Checks that the numbers among the settings are of the type that integers are computed in: what
  /// becomes of others differs between backends.
  private func checkNumbers(_ settings: Attributes, in type: DType) throws(ModelError) {
    guard type.unitRoundoff == nil else { return }
    for setting in self.settings where setting.form == .double && settings[setting.name] != nil {
      let number = try settings.double(setting.name)
      guard type.firstForeign(in: NDArray<Double>([], [number])) == nil else {
        throw .attribute(
          setting.name, expected: "a number of \(type.rawValue)", found: "\(number)")
      }
    }
  }

  /// Applies the operation to operands, by the rules for their types.
  func apply(
    _ x: [Definition.Value], _ settings: Attributes, in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    let first = elements == .choice ? 1 : 0
    let types = x.map(\.type.dtype)
    try checkNumbers(settings, in: commonType(of: types) ?? types.first ?? .float32)
    guard let type = commonType(of: types), elements != .bool,
      !types.dropFirst(first).allSatisfy({ $0 == .float32 })
    else { return try define(x, settings, &definition) }
    guard type != .float32, elements != .choice, elements != .joined else {
      var converted: [Definition.Value] = []
      for (index, value) in x.enumerated() {
        converted.append(index < first ? value : try definition.converted(value, to: type))
      }
      return try define(converted, settings, &definition)
    }
    return try definition.integers(x, as: type) { x, d throws(ModelError) in
      try define(x, settings, &d)
    }
  }
}

extension Definition {
  /// The same elements as those of a type that has them.
  mutating func converted(_ x: Value, to type: DType) throws(ModelError) -> Value {
    x.type.dtype == type ? x : try apply(Primitives.Conversion(to: type), to: x)
  }

  /// What is computed of integers as of real numbers, exactly.
  ///
  /// - Parameters:
  ///   - type: The type of the results, where these are numbers.
  ///   - wraps: Whether they wrap around; else they are refused if the type does not have them.
  mutating func integers(
    _ x: [Value], as type: DType, wraps: Bool = true,
    _ body: ([Value], inout Definition) throws(ModelError) -> [Value]
  ) throws(ModelError) -> [Value] {
    let inner = try Definition(for: x.map { TensorType($0.shape) }, body)
    let types = inner.outputs.map { $0.type.isReal ? type : $0.type.dtype }
    return try apply(
      Primitives.IntegerArithmetic(
        inner, of: x.map(\.type.dtype), types: types, wraps: wraps), toAll: x)
  }
}
