internal import OrderedCollections
internal import ModelGraph

/// Reads what a call is given: tensors, constants, Python's values and lists of them.
struct ArgumentReader {
  /// In whose words a call is written.
  enum Form {
    case keras2, keras3
  }

  /// What stands in the place of a layer's name where Keras 2 writes a constant.
  static let constantName = "_CONSTANT_VALUE"

  let form: Form
  /// The type of constants that are written without one; `nil` where that is told by how their numbers
  /// are written, as Python writes `1` for an integer and `1.0` for a real number.
  let constants: DType?
  /// What is not understood.
  private(set) var refusals: [String] = []
  /// Keras 2: the arguments by name, which stand on the first reference.
  private(set) var others: OrderedDictionary<String, JSONValue>?
  private var count = 0

  init(form: Form, constants: DType?) {
    self.form = form
    self.constants = constants
  }

  // MARK: - Arguments

  /// The first argument, in which Keras 2 has more than references.
  mutating func firstArgument(_ value: JSONValue) throws(KerasError) -> CallArgument {
    guard form == .keras2 else { return try argument(value) }
    if let list = value.array, Self.isLeaf(value) {
      if others == nil { others = list.count > 3 ? list[3].object ?? [:] : [:] }
      if let reference = WrittenCall.reference(value) { return try counted(.tensor(reference)) }
      return try constant(list[2], type: nil)
    }
    guard let list = value.array, !list.isEmpty else {
      throw .configuration(
        key: "inbound_nodes", expected: "references to tensors", found: value.excerpt)
    }
    var elements: [CallArgument] = []
    for element in list { elements.append(try firstArgument(element)) }
    return .list(elements)
  }

  /// Any other argument.
  mutating func argument(_ value: JSONValue, depth: Int = 0) throws(KerasError) -> CallArgument {
    switch value {
    case .null: return try counted(.none)
    case .bool(let flag): return try counted(.setting(.bool(flag)))
    case .int(let number): return try counted(.setting(.int(number)))
    case .double(let number):
      guard !number.isNaN else { throw .model(.constantNotANumber) }
      return try counted(.setting(.double(number)))
    case .string(let text): return try counted(.setting(.string(text)))
    case .array(let list):
      if form == .keras2 {
        if let reference = WrittenCall.reference(value) { return try counted(.tensor(reference)) }
        if Self.isLeaf(value) { return try constant(list[2], type: nil) }
      }
      if let setting = try Self.setting(list) { return try counted(.setting(setting)) }
      guard depth < CallArgument.maximumDepth - 1 else {
        throw .model(.argumentDepth(limit: CallArgument.maximumDepth))
      }
      var elements: [CallArgument] = []
      for element in list { elements.append(try argument(element, depth: depth + 1)) }
      return .list(elements)
    case .object(let members):
      return try object(value, members)
    }
  }

  private mutating func counted(_ argument: CallArgument) throws(KerasError) -> CallArgument {
    count += 1
    guard count <= Call.maximumArgumentCount else {
      throw .model(.argumentCount(count, limit: Call.maximumArgumentCount))
    }
    return argument
  }

  // MARK: - Objects

  /// An object that stands for a value of Python.
  private mutating func object(
    _ value: JSONValue, _ members: OrderedDictionary<String, JSONValue>
  ) throws(KerasError) -> CallArgument {
    let config = value["config"] ?? .null
    switch value["class_name"]?.string {
    case "__keras_tensor__":
      guard let history = config["keras_history"], let tensor = WrittenCall.reference(history)
      else {
        throw .configuration(
          key: "keras_history", expected: "a layer, a node and an index",
          found: (config["keras_history"] ?? config).excerpt)
      }
      return try counted(.tensor(tensor))
    case "__tensor__", "__numpy__":
      return try constant(config["value"] ?? .null, type: config["dtype"]?.string)
    case "__ellipsis__":
      return try counted(.setting(.string("...")))
    case "__slice__":
      return try slice(config)
    case nil where Set(members.keys) == ["start", "stop", "step"]:
      return try slice(value)
    // The masks of a dictionary of tensors that have none.
    case nil where members.values.allSatisfy({ $0 == .null }):
      return try counted(.list(members.values.map { _ in .none }))
    case nil:
      return try refuse("a dictionary", value)
    case let className?:
      return try refuse("an object of class '\(className)'", value)
    }
  }

  /// A value that is kept word for word, as what is called cannot be run.
  private mutating func refuse(_ what: String, _ value: JSONValue) throws(KerasError)
    -> CallArgument
  {
    if !refusals.contains(what) { refusals.append(what) }
    return try counted(.setting(.string(value.description)))
  }

  /// A slice as Python writes it: `1:5:2`, and `::` for all.
  private mutating func slice(_ config: JSONValue) throws(KerasError) -> CallArgument {
    let parts = ["start", "stop", "step"].map { key in
      guard let part = config[key] else { return "" }
      return part.int.map(String.init) ?? part.excerpt
    }
    let isWhole = ["start", "stop", "step"].allSatisfy {
      config[$0] == nil || config[$0]?.int != nil
    }
    guard isWhole else { return try refuse("a slice between tensors", config) }
    return try counted(.setting(.string(parts.joined(separator: ":"))))
  }

  // MARK: - Constants

  /// Nested lists of numbers as a constant.
  ///
  /// - Parameter type: The name of the type, where it is written.
  private mutating func constant(
    _ value: JSONValue, type: String?
  ) throws(KerasError) -> CallArgument {
    guard let dtype = type.map(DType.init(rawValue:)) ?? constants ?? Self.written(value),
      dtype != .string
    else {
      return try refuse("a constant of type '\(type ?? "")'", value)
    }
    guard !Self.isRounded(value, in: dtype) else {
      return try refuse(
        "a constant of type '\(dtype.rawValue)' whose integers would be rounded", value)
    }
    var numbers: [Double] = []
    guard let dimensions = try Self.append(value, to: &numbers) else {
      return try refuse("a constant that is not made of numbers", value)
    }
    do {
      return try counted(.constant(Constant(numbers, dimensions: dimensions, dtype: dtype)))
    } catch let error as ModelError {
      throw .model(error)
    } catch let error as KerasError {
      throw error
    } catch {
      throw .configuration(key: "value", expected: "numbers", found: value.excerpt)
    }
  }

  /// The type of numbers as they are written.
  private static func written(_ value: JSONValue) -> DType {
    switch value {
    case .double: .float32
    case .array(let list): list.contains { written($0) == .float32 } ? .float32 : .int32
    case .null, .bool, .int, .string, .object: .int32
    }
  }

  /// Whether an integer would become another number.
  ///
  /// One that is larger than Swift's has been read as a float64, and rounded.
  private static func isRounded(_ value: JSONValue, in dtype: DType) -> Bool {
    switch value {
    case .int(let number): !dtype.keeps(number)
    case .double(let number): dtype.isInteger && number.magnitude >= 0x1p63
    case .array(let list): list.contains { isRounded($0, in: dtype) }
    case .null, .bool, .string, .object: false
    }
  }

  /// Adds the numbers of nested lists, and returns the size of each axis; `nil` where they do not
  /// make an array.
  private static func append(
    _ value: JSONValue, to numbers: inout [Double]
  ) throws(KerasError) -> [Int]? {
    if let flag = value.bool {
      numbers.append(flag ? 1 : 0)
      return []
    }
    if let number = value.double {
      guard numbers.count < Constant.maximumElementCount else {
        throw .model(
          .constantElementCount([numbers.count + 1], limit: Constant.maximumElementCount))
      }
      numbers.append(number)
      return []
    }
    guard let list = value.array else { return nil }
    var inner: [Int]?
    for element in list {
      guard let dimensions = try append(element, to: &numbers),
        inner == nil || inner == dimensions
      else { return nil }
      inner = dimensions
    }
    return [list.count] + (inner ?? [])
  }

  // MARK: - Values

  /// A list of numbers or of texts as one value; `nil` for a list of anything else.
  private static func setting(_ list: [JSONValue]) throws(KerasError) -> AttributeValue? {
    guard !list.isEmpty else { return nil }
    let strings = list.compactMap(\.string)
    if strings.count == list.count { return .strings(strings) }
    let integers = list.compactMap { if case .int(let number) = $0 { number } else { nil } }
    if integers.count == list.count { return .ints(integers) }
    let numbers = list.compactMap(\.double)
    guard numbers.count == list.count, integers.allSatisfy(DType.float64.keeps)
    else { return nil }
    guard !numbers.contains(where: \.isNaN) else { throw .model(.constantNotANumber) }
    return .doubles(numbers)
  }

  /// Whether a value of Keras 2 is a reference or a constant.
  static func isLeaf(_ value: JSONValue) -> Bool {
    if WrittenCall.reference(value) != nil { return true }
    guard let list = value.array, list.count == 3 || list.count == 4 else { return false }
    return list[0].string == constantName
  }

  /// The members of an object that is a dictionary of Python, not a value of a class.
  static func dictionary(_ value: JSONValue) -> OrderedDictionary<String, JSONValue>? {
    guard let members = value.object, !value.has("class_name") else { return nil }
    return members
  }
}
