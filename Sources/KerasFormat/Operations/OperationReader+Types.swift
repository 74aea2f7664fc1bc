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

  /// The type of the tensors that constants meet in TensorFlow; `nil` where they meet none, and for Keras
  /// 3, whose constants have types of their own.
  func typeMet(
    by arguments: OrderedDictionary<String, CallArgument>, _ integers: DType?
  ) -> DType? {
    guard version.major < 3 else { return nil }
    let hasReals = arguments.values.flatMap(\.tensors).map(type).contains { $0 == .float32 }
    return integers ?? (hasReals ? .float32 : nil)
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
  /// The argument with its numbers of a type: that of the tensor which they meet in TensorFlow.
  ///
  /// Truth values stay what they are.
  func met(by type: DType) throws(ModelError) -> CallArgument {
    switch self {
    case .constant(let constant)
    where constant.dtype != .bool && constant.dtype.numberType != type:
      if constant.dtype.isInteger, type == .float32,
        let rounded = constant.elements.first(where: { Double(Float($0)) != $0 })
      {
        throw .constantType(type, element: rounded)
      }
      return .constant(
        try Constant(constant.elements, dimensions: constant.dimensions, dtype: type))
    case .setting(.double(let number)):
      guard type.isInteger, let integer = Int(exactly: number) else { return self }
      return .setting(.int(integer))
    case .list(let elements):
      var list: [CallArgument] = []
      for element in elements { list.append(try element.met(by: type)) }
      return .list(list)
    case .constant, .setting, .tensor, .none: return self
    }
  }
}
