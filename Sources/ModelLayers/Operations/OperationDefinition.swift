internal import OrderedCollections

/// One line of the table of operations: what an operation takes and what it computes.
struct OperationDefinition: Sendable {
  /// A value that says how an operation computes.
  struct Setting: Sendable {
    /// In which form it stands in the canonical attributes.
    enum Form: Sendable {
      case bool, int, double, text, ints, texts
      /// One axis or several, or none, which is all of them.
      case axes
    }

    let name: String
    let form: Form
    /// What it is where nothing is said; `nil` where it may be absent.
    var fallback: AttributeValue?
    var isRequired = false
    /// Whether Keras 3 has no such setting.
    var isForeign = false
    /// What Keras 3 does without the setting: said or not, it is the same.
    var unsaid: AttributeValue?
  }

  /// What the elements of operands may be, and in which type they are computed with.
  enum Elements: Sendable {
    /// Real numbers alone: what becomes of integers is not known.
    case real
    /// Truth values alone.
    case bool
    /// Truth values first, then whatever has a common type, in which it is chosen.
    case choice
    /// Whatever they are, each by itself.
    case any
    /// Whatever has a common type, in which it is put together.
    case joined
    /// Whatever has a common type, in which it is compared.
    case compared
    /// Numbers and truth values, which become real numbers.
    case converted
    /// Numbers, in their common type.
    case common
    /// Numbers in their common type, and truth values as `int32`.
    case counted
    /// Numbers and truth values, in a type of at least 32 bits.
    case widened
  }

  typealias Body =
    @Sendable (
      _ x: [Definition.Value], _ settings: Attributes, _ definition: inout Definition
    ) throws(ModelError) -> [Definition.Value]

  /// The class in Keras 3.
  let name: String
  /// The names of the operands; the first of an operation that takes a list stands for all of them.
  let operands: [String]
  /// How many operands there may be.
  let counts: ClosedRange<Int>
  let settings: [Setting]
  let elements: Elements
  /// The type of the elements that it makes, where these are no real numbers.
  let elementType: DType?
  let define: Body

  init(
    _ name: String, _ operands: [String] = ["x"], counts: ClosedRange<Int>? = nil,
    _ settings: [Setting] = [], elements: Elements = .real, makes elementType: DType? = nil,
    _ define: @escaping Body
  ) {
    self.name = name
    self.elementType = elementType
    self.operands = operands
    self.counts = counts ?? operands.count...operands.count
    self.settings = settings
    self.elements = elements
    self.define = define
  }

  /// The operation of a name.
  static func named(_ name: String) -> OperationDefinition? { byName[name] }

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The attributes with defaults, in one form.
  func completed(_ given: Attributes) throws(ModelError) -> Attributes {
    if let extra = given.values.keys.first(where: { name in
      !settings.contains { $0.name == name }
    }) {
      throw .attributeUnknown(extra, kind: Operation.prefix + name)
    }
    var complete = Attributes()
    for setting in settings {
      if given[setting.name] == nil, setting.isRequired { throw .attributeMissing(setting.name) }
      guard let value = given[setting.name] ?? setting.fallback else { continue }
      let canonical = try setting.canonical(value)
      if canonical != setting.unsaid { complete[setting.name] = canonical }
    }
    return complete
  }

  /// Throws `ModelError.inputCount` for operands that are too few or too many.
  func checkCount(_ count: Int) throws(ModelError) {
    guard counts.contains(count) else {
      let isExact = counts.lowerBound == counts.upperBound
      let expected = isExact ? "\(counts.lowerBound)" : "at least \(counts.lowerBound)"
      throw .inputCount(expected: expected, found: count)
    }
  }
}

extension OperationDefinition.Setting {
  /// The value in the form that the attribute has.
  func canonical(_ value: AttributeValue) throws(ModelError) -> AttributeValue {
    let attributes: Attributes = [name: value]
    switch (form, value) {
    case (.bool, _): return .bool(try attributes.bool(name, default: false))
    case (.int, _): return .int(try attributes.int(name))
    case (.double, _): return .double(try attributes.double(name))
    case (.text, _): return .string(try attributes.string(name))
    case (.ints, .int(let one)), (.axes, .int(let one)): return .ints([one])
    case (.ints, _), (.axes, _): return .ints(try attributes.ints(name))
    case (.texts, .string(let one)): return .strings([one])
    case (.texts, .int(let one)): return .strings(["\(one)"])
    case (.texts, .ints(let list)): return .strings(list.map(String.init))
    case (.texts, .strings): return value
    case (.texts, _): throw .attribute(name, expected: "texts", found: "\(value)")
    }
  }

  /// One axis or several; all where it is absent.
  static func axes(_ fallback: [Int]? = nil) -> OperationDefinition.Setting {
    .init(name: "axis", form: .axes, fallback: fallback.map { .ints($0) })
  }

  /// One axis.
  static func axis(_ fallback: Int? = nil) -> OperationDefinition.Setting {
    .init(
      name: "axis", form: .int, fallback: fallback.map { .int($0) }, isRequired: fallback == nil)
  }

  /// One axis, or the whole tensor as one where it is absent.
  static let axisOrWhole = OperationDefinition.Setting(name: "axis", form: .int)

  /// Whether axes that are taken together stay with size 1.
  static let keepdims = OperationDefinition.Setting(
    name: "keepdims", form: .bool, fallback: .bool(false))

  /// A number.
  static func double(_ name: String, _ fallback: Double? = nil) -> OperationDefinition.Setting {
    .init(
      name: name, form: .double, fallback: fallback.map { .double($0) },
      isRequired: fallback == nil)
  }

  /// A truth value.
  static func bool(_ name: String, _ fallback: Bool) -> OperationDefinition.Setting {
    .init(name: name, form: .bool, fallback: .bool(fallback))
  }

  /// A truth value that Keras 3 does not write: it is there only where TensorFlow says it.
  static func flag(_ name: String) -> OperationDefinition.Setting {
    .init(name: name, form: .bool, isForeign: true, unsaid: .bool(false))
  }

  /// Integers that must be there.
  static func ints(_ name: String) -> OperationDefinition.Setting {
    .init(name: name, form: .ints, isRequired: true)
  }

  /// An integer that must be there.
  static func int(_ name: String) -> OperationDefinition.Setting {
    .init(name: name, form: .int, isRequired: true)
  }
}
