internal import OrderedCollections

/// An operation of `keras.ops`, of Python or of TensorFlow in a graph: a layer without weights,
/// whose kind is `ops.` and its class in Keras 3.
///
/// Unlike layers, operations see the batch axis as any other, and broadcast as NumPy does. What they
/// are is listed in one table: see `OperationDefinition`.
public struct Operation: Layer, Hashable {
  /// What all operations are.
  public static let kind = "Operation"

  /// How the names of their kinds begin.
  public static let prefix = "ops."

  /// The most parts that a tensor may be taken apart into, or repeated.
  static let maximumPartCount = 1 << 16

  /// The layer's name.
  public var declaration = LayerDeclaration()

  /// The class in Keras 3: `Add`.
  public let name: String
  /// The complete canonical attributes.
  public let attributes: Attributes
  /// What is wrong with an operation that a program names.
  private var failure: ModelError?

  /// The kind: `ops.Add`.
  public var kind: String { Self.prefix + name }

  /// The operands, in order.
  public var signature: Signature {
    Signature((definition?.operands ?? []).map { Signature.Parameter($0, .operand) })
  }

  private var definition: OperationDefinition? { OperationDefinition.named(name) }

  /// Makes an operation.
  ///
  /// - Throws: `ModelError` for a name that is not known, or an attribute that is missing, wrong or
  ///   unknown.
  public init(_ name: String, attributes: Attributes = [:]) throws(ModelError) {
    guard let definition = OperationDefinition.named(name) else {
      throw .attribute("operation", expected: "an operation that is known", found: "'\(name)'")
    }
    self.name = name
    self.attributes = try definition.completed(attributes)
  }

  /// An operation that a program names: what is wrong with it, its call says.
  package init(unchecked name: String, attributes: Attributes = [:]) {
    do throws(ModelError) {
      self = try Operation(name, attributes: attributes)
    } catch {
      self.name = name
      self.attributes = attributes
      failure = error
    }
  }

  /// Throws `ModelError` for a name that is not known, or an attribute that is missing, wrong or
  /// unknown.
  public func check() throws(ModelError) {
    if let failure { throw failure }
  }

  /// There is no operation without a name.
  public init(attributes: Attributes) throws(ModelError) {
    throw .attributeMissing("operation")
  }

  /// The type of the elements that it makes of operands of these types; `float32` stands for all real
  /// numbers.
  public func elementType(of operands: [DType]) -> DType {
    definition?.elementType(of: operands, attributes) ?? .float32
  }

  /// The type of real numbers that it makes, whatever it is given.
  public var realType: DType? {
    guard name == "Cast", case .string(let type)? = attributes["dtype"] else { return nil }
    return DType(rawValue: type).flatMap { $0.unitRoundoff == nil ? nil : $0 }
  }

  /// Whether its operands are computed with in a type that they have in common.
  package var joinsOperands: Bool { definition.map { $0.elements != .any } ?? true }

  /// The type that a constant among its operands has: see `OperationDefinition.constantType`.
  package func constantType(_ own: DType?, among others: [DType]) -> DType {
    definition?.constantType(own, among: others) ?? .float32
  }

  /// Whether an operation of the name is known.
  public static func isKnown(_ name: String) -> Bool { OperationDefinition.named(name) != nil }

  /// The names of the operands of an operation; `nil` for one that is not known.
  public static func operands(of name: String) -> [String]? {
    OperationDefinition.named(name)?.operands
  }

  /// The settings that Keras 3 has, in order.
  package var settingNames: [String] {
    (definition?.settings ?? []).filter { !$0.isForeign }.map(\.name)
  }

  /// The settings that say what Keras 3 cannot be told.
  package var foreignSettingNames: [String] {
    (definition?.settings ?? []).filter { $0.isForeign && $0.name != Self.given }.map(\.name)
  }

  /// The setting that lists the operands that are given.
  private static let given = "given"

  /// Whether calls of an operation may leave out an operand before another.
  package static func namesOperands(_ name: String) -> Bool {
    OperationDefinition.named(name)?.settings.contains { $0.name == given } ?? false
  }

  /// Whether a setting has a default that Python's `None` does not stand for: `None` as an axis is
  /// the whole tensor.
  package static func defaultIsNotNone(_ setting: String, of name: String) -> Bool {
    OperationDefinition.named(name)?.settings.contains {
      $0.name == setting && setting == "axis" && ($0.fallback != nil || $0.isRequired)
    } ?? false
  }

  /// Throws `ModelError.argument` for operands that are not the numbers or truth values that the
  /// table asks for.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) {
    try definition?.checkElements(inputs)
  }

  /// What the table says.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard let own = self.definition else { throw .attributeMissing("operation") }
    try own.checkCount(inputs.count)
    return try own.apply(inputs, attributes, in: &definition)
  }
}
