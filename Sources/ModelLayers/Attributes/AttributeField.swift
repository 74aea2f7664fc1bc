internal import OrderedCollections

/// What an attribute's value is in a configuration of Keras.
public enum AttributeForm: Hashable, Sendable {
  case flag, integer, number, text, integers, numbers, texts
  /// Integers, one for each of so many axes; one alone stands for all of them.
  case sizes(Int)
  /// Integers before and after each of so many axes, or one for all.
  case margins(Int)
  /// An activation function with its parameters.
  case activation
  /// A layer.
  case layer
  /// Layers in order.
  case layers
  /// No configuration has it: it follows from the version of Keras, or from other keys.
  case implied
}

/// One attribute of a layer: its name in Keras 3's configuration, where the layer has it, and its
/// limits.
public struct AttributeField<Root>: Sendable {
  /// The name in Keras 3's configuration.
  public let name: String
  /// What the value is in a configuration.
  public let form: AttributeForm
  /// Whether it has no default.
  public let isRequired: Bool
  /// Takes the value from attributes, if it is there.
  let read: @Sendable (Attributes, inout Root) throws(ModelError) -> Void
  /// Adds the value to attributes.
  let write: @Sendable (Root, inout Attributes) -> Void
  /// Throws `ModelError.attribute` where the value is out of its limits; `nil` where it has none.
  let check: Check?

  typealias Check = @Sendable (Root) throws(ModelError) -> Void

  init(
    _ name: String, _ form: AttributeForm, isRequired: Bool = false,
    read: @escaping @Sendable (Attributes, inout Root) throws(ModelError) -> Void,
    write: @escaping @Sendable (Root, inout Attributes) -> Void,
    check: Check? = nil
  ) {
    self.name = name
    self.form = form
    self.isRequired = isRequired
    self.read = read
    self.write = write
    self.check = check
  }
}

/// A key path into a layer that may be used on any thread, as all of them to values can.
public typealias FieldPath<Root, Value> = WritableKeyPath<Root, Value> & Sendable

// MARK: - Kinds of attributes

extension AttributeField {
  /// A value that is read and written by the given functions, and refused where it is not as
  /// expected.
  private static func value<Value>(
    _ name: String, _ form: AttributeForm, _ path: any FieldPath<Root, Value>, isRequired: Bool,
    _ read: @escaping @Sendable (Attributes) throws(ModelError) -> Value,
    _ write: @escaping @Sendable (Value) -> AttributeValue?,
    expected: String = "", _ isExpected: (@Sendable (Value) -> Bool)? = nil
  ) -> AttributeField {
    var check: Check?
    if let isExpected {
      check = { root throws(ModelError) in
        let value = root[keyPath: path]
        guard isExpected(value) else {
          throw .attribute(
            name, expected: expected, found: write(value).map { "\($0)" } ?? "nothing")
        }
      }
    }
    return AttributeField(
      name, form, isRequired: isRequired,
      read: { attributes, root throws(ModelError) in
        guard attributes[name] != nil else {
          if isRequired { throw .attributeMissing(name) }
          return
        }
        root[keyPath: path] = try read(attributes)
      },
      write: { root, attributes in
        if let value = write(root[keyPath: path]) { attributes[name] = value }
      },
      check: check)
  }

  /// A truth value.
  public static func flag(_ name: String, _ path: any FieldPath<Root, Bool>) -> AttributeField {
    value(
      name, .flag, path, isRequired: false,
      { (attributes) throws(ModelError) in try attributes.bool(name, default: false) },
      { .bool($0) })
  }

  /// An integer.
  public static func int(
    _ name: String, _ path: any FieldPath<Root, Int>, isRequired: Bool = false
  ) -> AttributeField {
    value(
      name, .integer, path, isRequired: isRequired,
      { (attributes) throws(ModelError) in try attributes.int(name) }, { .int($0) })
  }

  /// An integer of at least 1, such as a number of filters.
  public static func count(
    _ name: String, _ path: any FieldPath<Root, Int>, isRequired: Bool = false
  ) -> AttributeField {
    value(
      name, .integer, path, isRequired: isRequired,
      { (attributes) throws(ModelError) in try attributes.int(name) }, { .int($0) },
      expected: "at least 1"
    ) { $0 > 0 }
  }

  /// A finite number, of at least `minimum` where there is one.
  public static func number(
    _ name: String, _ path: any FieldPath<Root, Double>, minimum: Double? = nil,
    isRequired: Bool = false
  ) -> AttributeField {
    var isExpected: (@Sendable (Double) -> Bool)?
    if let minimum { isExpected = { $0 >= minimum } }
    return value(
      name, .number, path, isRequired: isRequired,
      { (attributes) throws(ModelError) in try attributes.double(name) }, { .double($0) },
      expected: "at least \(Int(minimum ?? 0))", isExpected)
  }

  /// Any text.
  public static func text(
    _ name: String, _ path: any FieldPath<Root, String>, isRequired: Bool = false
  ) -> AttributeField {
    value(
      name, .text, path, isRequired: isRequired,
      { (attributes) throws(ModelError) in try attributes.string(name) }, { .string($0) })
  }

  /// A list of texts.
  public static func texts(
    _ name: String, _ path: any FieldPath<Root, [String]>, isRequired: Bool = false
  ) -> AttributeField {
    value(
      name, .texts, path, isRequired: isRequired,
      { (attributes) throws(ModelError) in try attributes.strings(name) }, { .strings($0) })
  }

  /// A text that may not be there.
  static func optionalText(
    _ name: String, _ path: any FieldPath<Root, String?>
  ) -> AttributeField {
    value(
      name, .text, path, isRequired: false,
      { (attributes) throws(ModelError) in try attributes.string(name) },
      { $0.map(AttributeValue.string) })
  }

  /// A text that is the raw value of a case.
  public static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
    _ name: String, _ path: any FieldPath<Root, Choice>
  ) -> AttributeField where Choice.RawValue == String {
    value(
      name, .text, path, isRequired: false,
      { (attributes) throws(ModelError) in try attributes.choice(name) },
      { .string($0.rawValue) })
  }

  /// A text that is the raw value of a case, and is written only where it is another than in
  /// today's Keras: what no model of today needs, no file of today shows.
  static func deviation<Choice: RawRepresentable & CaseIterable & Sendable & Equatable>(
    _ name: String, _ path: any FieldPath<Root, Choice>, from usual: Choice
  ) -> AttributeField where Choice.RawValue == String {
    value(
      name, .implied, path, isRequired: false,
      { (attributes) throws(ModelError) in try attributes.choice(name) },
      { $0 == usual ? nil : .string($0.rawValue) })
  }

  /// A truth value that follows from the version of Keras, and is written only where it is another than
  /// in today's.
  static func impliedFlag(
    _ name: String, _ path: any FieldPath<Root, Bool>, usual: Bool = true
  ) -> AttributeField {
    value(
      name, .implied, path, isRequired: false,
      { (attributes) throws(ModelError) in try attributes.bool(name, default: usual) },
      { $0 == usual ? nil : .bool($0) })
  }

  /// A list of integers, of a given length if one is given.
  public static func ints(
    _ name: String, _ path: any FieldPath<Root, [Int]>, count: Int? = nil, isRequired: Bool = false
  ) -> AttributeField {
    var isExpected: (@Sendable ([Int]) -> Bool)?
    if let count { isExpected = { $0.count == count } }
    return value(
      name, .integers, path, isRequired: isRequired,
      { (attributes) throws(ModelError) in try attributes.ints(name, count: count) },
      { .ints($0) }, expected: "\(count ?? 0) integers",
      isExpected)
  }

  /// A list of integers of at least 1, one for each axis.
  public static func sizes(
    _ name: String, _ path: any FieldPath<Root, [Int]>, count: Int, isRequired: Bool = false
  ) -> AttributeField {
    let length = ints(name, path, count: count, isRequired: isRequired)
    return value(
      name, .sizes(count), path, isRequired: isRequired,
      { (attributes) throws(ModelError) in try attributes.ints(name, count: count) },
      { .ints($0) }, expected: "integers of at least 1"
    ) { $0.allSatisfy { $0 > 0 } }.after(length)
  }

  /// Integers of at least 0, before and after each axis.
  static func margins(
    _ name: String, _ path: any FieldPath<Root, [Int]>, rank: Int
  ) -> AttributeField {
    value(
      name, .margins(rank), path, isRequired: false,
      { (attributes) throws(ModelError) in try attributes.ints(name, count: 2 * rank) },
      { .ints($0) }, expected: "integers of at least 0"
    ) { $0.allSatisfy { $0 >= 0 } }
  }

  /// A list of numbers.
  public static func numbers(
    _ name: String, _ path: any FieldPath<Root, [Double]>, isRequired: Bool = false
  ) -> AttributeField {
    value(
      name, .numbers, path, isRequired: isRequired,
      { (attributes) throws(ModelError) in try attributes.doubles(name) }, { .doubles($0) })
  }

  /// An activation function with its parameters.
  public static func activation(
    _ path: any FieldPath<Root, ActivationFunction>, named name: String = "activation"
  ) -> AttributeField {
    AttributeField(
      name, .activation,
      read: { attributes, root throws(ModelError) in
        guard attributes[name] != nil else { return }
        root[keyPath: path] = try ActivationFunction(attributes, under: name)
      },
      write: { root, attributes in
        attributes = attributes.merging(root[keyPath: path].attributes(under: name))
      })
  }

  /// This attribute with one more limit.
  func expecting(
    _ expected: String, _ isExpected: @escaping @Sendable (Root) -> Bool
  ) -> AttributeField {
    let (name, write, check) = (name, write, check)
    return AttributeField(
      name, form, isRequired: isRequired, read: read, write: write,
      check: { root throws(ModelError) in
        try check?(root)
        guard !isExpected(root) else { return }
        var attributes = Attributes()
        write(root, &attributes)
        throw .attribute(
          name, expected: expected, found: attributes[name].map { "\($0)" } ?? "nothing")
      })
  }

  /// This attribute, of which something else follows where it is given.
  func followed(by change: @escaping @Sendable (inout Root) -> Void) -> AttributeField {
    let (name, read) = (name, read)
    return AttributeField(
      name, form, isRequired: isRequired,
      read: { attributes, root throws(ModelError) in
        try read(attributes, &root)
        if attributes[name] != nil { change(&root) }
      },
      write: write, check: check)
  }

  /// This attribute, checked after another check.
  private func after(_ other: AttributeField) -> AttributeField {
    AttributeField(
      name, form, isRequired: isRequired, read: read, write: write,
      check: { root throws(ModelError) in
        try other.check?(root)
        try check?(root)
      })
  }

  /// The attributes that a part of the layer lists.
  static func part<Part>(
    _ path: any FieldPath<Root, Part>, _ fields: [AttributeField<Part>]
  ) -> [AttributeField] {
    fields.map { field in
      var check: Check?
      if let limit = field.check {
        check = { root throws(ModelError) in try limit(root[keyPath: path]) }
      }
      return AttributeField(
        field.name, field.form, isRequired: field.isRequired,
        read: { attributes, root throws(ModelError) in
          try field.read(attributes, &root[keyPath: path])
        },
        write: { root, attributes in field.write(root[keyPath: path], &attributes) },
        check: check)
    }
  }
}
