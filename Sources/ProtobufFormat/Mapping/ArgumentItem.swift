internal import ModelGraph

/// One value among the arguments of a call, or the beginning of a list: the schema has lists flat,
/// as it is not recursive.
enum ArgumentItem: Hashable {
  case tensor(TensorReference)
  case constant(Constant)
  /// As many values, or lists of them, follow.
  case list(count: Int)
  case setting(AttributeValue)
  case none
}

extension CallArgument {
  /// The argument as the schema has it.
  var items: [ArgumentItem] {
    switch self {
    case .tensor(let reference): [.tensor(reference)]
    case .constant(let constant): [.constant(constant)]
    case .setting(let value): [.setting(value)]
    case .none: [.none]
    case .list(let elements): [.list(count: elements.count)] + elements.flatMap(\.items)
    }
  }

  /// Makes an argument of all of its items.
  ///
  /// - Parameter place: Whose argument it is, for the sentence.
  init(
    _ items: [ArgumentItem], of place: @autoclosure () -> String
  ) throws(ProtobufFormatError) {
    var rest = items[...]
    self = try Self.next(&rest, depth: 0, of: place)
    guard rest.isEmpty else {
      throw .value(
        field: "items", of: place(), found: "\(items.count) values",
        expected: "\(items.count - rest.count)")
    }
  }

  private static func next(
    _ items: inout ArraySlice<ArgumentItem>, depth: Int, of place: () -> String
  ) throws(ProtobufFormatError) -> CallArgument {
    guard let item = items.popFirst() else { throw .missing(field: "items", of: place()) }
    switch item {
    case .tensor(let reference): return .tensor(reference)
    case .constant(let constant): return .constant(constant)
    case .setting(let value): return .setting(value)
    case .none: return .none
    case .list(let count):
      guard count <= items.count else {
        throw .value(
          field: "list", of: place(), found: "\(count)", expected: "at most \(items.count)")
      }
      guard depth < CallArgument.maximumDepth else {
        throw .exceeds(what: "lists in lists among arguments", limit: CallArgument.maximumDepth)
      }
      var elements: [CallArgument] = []
      for _ in 0..<count { elements.append(try next(&items, depth: depth + 1, of: place)) }
      return .list(elements)
    }
  }
}
