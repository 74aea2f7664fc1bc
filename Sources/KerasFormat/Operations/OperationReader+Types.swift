internal import OrderedCollections
internal import ModelGraph

// Types of elements: what TensorFlow does otherwise with integers than Keras 3, and what operations
// make.

extension OperationReader {
  /// What TensorFlow does with integers of a type where Keras 3 does otherwise, by what both do with
  /// real numbers.
  static func operation(_ name: String, of integers: DType) -> String {
    switch name {
    case "Mean": "IntegerMean"
    case "Sum" where integers.widened != integers: "IntegerSum"
    case "Prod" where integers.widened != integers: "IntegerProd"
    default: name
    }
  }

  /// The type of the integers that an operation of TensorFlow computes with, which is that of all its
  /// operands; `nil` for one of real numbers, and for Keras 3.
  func integerType(of arguments: OrderedDictionary<String, CallArgument>) -> DType? {
    guard version.major < 3 else { return nil }
    let types = arguments.values.flatMap(\.tensors).map(type).filter { $0 != .bool }
    return types.allSatisfy(\.isInteger) ? types.first : nil
  }

  /// The type of what an operation makes, if these are no real numbers.
  func elementType(of reading: Reading) -> DType? {
    let known = reading.arguments.values.flatMap(\.leaves).map { argument -> DType? in
      switch argument {
      case .tensor(let tensor): type(tensor)
      case .constant(let constant): constant.dtype
      case .setting(.int): nil
      default: .float32
      }
    }
    let types = known.map {
      $0 ?? reading.operation.constantType(nil, among: known.compactMap(\.self))
    }
    let made = reading.operation.elementType(of: types)
    return made == .float32 ? nil : made
  }
}

extension CallArgument {
  /// The argument with its numbers as integers of a type: in TensorFlow they take that of the tensor
  /// which they meet.
  func ofIntegers(_ type: DType) throws(ModelError) -> CallArgument {
    switch self {
    case .constant(let constant) where constant.dtype.unitRoundoff != nil:
      return .constant(
        try Constant(constant.elements, dimensions: constant.dimensions, dtype: type))
    case .setting(.double(let number)):
      guard let integer = Int(exactly: number) else { return self }
      return .setting(.int(integer))
    case .list(let elements):
      var list: [CallArgument] = []
      for element in elements { list.append(try element.ofIntegers(type)) }
      return .list(list)
    case .constant, .setting, .tensor, .none: return self
    }
  }
}
