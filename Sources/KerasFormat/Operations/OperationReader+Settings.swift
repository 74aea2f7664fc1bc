internal import OrderedCollections
internal import ModelGraph

// What operations are given, as operands and as settings.

extension OperationReader {
  /// An operand: lists of numbers are tensors, of integers where they are written as such, and so are
  /// Python's truth values, which have a type of their own.
  static func operand(_ argument: CallArgument) throws(ModelError) -> CallArgument {
    switch argument {
    case .setting(.bool(let flag)):
      .constant(try Constant([flag ? 1 : 0], dimensions: [], dtype: .bool))
    case .setting(.ints), .setting(.doubles), .list:
      try nested(argument).map { .constant($0) } ?? argument
    default: argument
    }
  }

  /// Lists of lists of numbers as a tensor; `nil` for lists of anything else, or of other sizes.
  static func nested(_ argument: CallArgument) throws(ModelError) -> Constant? {
    switch argument {
    case .setting(.ints(let list)):
      let type: DType = list.allSatisfy { Int32(exactly: $0) != nil } ? .int32 : .int64
      if let rounded = list.first(where: { !type.keeps($0) }) {
        throw .constantType(type, element: Double(rounded))
      }
      return try Constant(list.map(Double.init), dimensions: [list.count], dtype: type)
    case .setting(.doubles(let list)): return try Constant(list, dimensions: [list.count])
    case .list(let rows):
      var parts: [Constant] = []
      for row in rows {
        guard let part = try nested(row), part.dimensions == (parts.first ?? part).dimensions else {
          return nil
        }
        parts.append(part)
      }
      guard let first = parts.first else { return nil }
      return try Constant(
        parts.flatMap(\.elements), dimensions: [parts.count] + first.dimensions,
        dtype: parts.reduce(first.dtype) { $0.promoted(with: $1.dtype) })
    case .setting, .tensor, .constant, .none: return nil
    }
  }

  /// A value of a configuration; `nil` for one that has no place in attributes.
  static func setting(_ value: JSONValue) -> AttributeValue? {
    switch value {
    case .bool(let flag): return .bool(flag)
    case .int(let number): return .int(number)
    case .double(let number): return .double(number)
    case .string(let text): return .string(text)
    case .array(let list):
      let integers = list.compactMap(\.int)
      if integers.count == list.count { return .ints(integers) }
      // Lists of as many integers, such as what is put before and after each axis.
      let rows = list.compactMap { row -> [Int]? in
        guard let elements = row.array else { return nil }
        let integers = elements.compactMap(\.int)
        return integers.count == elements.count ? integers : nil
      }
      if rows.count == list.count, rows.allSatisfy({ $0.count == rows[0].count }) {
        return .ints(rows.flatMap(\.self))
      }
      let numbers = list.compactMap(\.double)
      return numbers.count == list.count ? .doubles(numbers) : nil
    case .null, .object: return nil
    }
  }

  /// What a call is given as a setting; `nil` for Python's `None`.
  ///
  /// - Parameter isKey: Whether it is a key of indexing, in which `None` and slices have a meaning.
  static func setting(_ argument: CallArgument, isKey: Bool) throws -> AttributeValue? {
    guard isKey else {
      switch argument {
      case .setting(let value): return value
      case .list(let rows):
        let lists = rows.compactMap { row -> [Int]? in
          if case .setting(.ints(let list)) = row { list } else { nil }
        }
        guard lists.count == rows.count, lists.allSatisfy({ $0.count == lists[0].count }) else {
          throw Unsupported(reason: "is called with \(argument), which has no meaning here")
        }
        return .ints(lists.flatMap(\.self))
      case .none: return nil
      default: throw Unsupported(reason: "is called with \(argument), which depends on a tensor")
      }
    }
    let parts: [CallArgument]
    switch argument {
    case .list(let elements): parts = elements
    case .setting(.ints(let places)): return .strings(places.map(String.init))
    case .setting(.strings(let texts)): return .strings(texts)
    default: parts = [argument]
    }
    return .strings(
      try parts.map { part in
        switch part {
        case .none: return "None"
        case .setting(.int(let place)): return "\(place)"
        case .setting(.string(let text)): return text
        default: throw Unsupported(reason: "is indexed by \(part)")
        }
      })
  }
}
