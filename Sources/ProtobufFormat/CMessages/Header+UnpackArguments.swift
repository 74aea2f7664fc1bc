internal import CModelProto
internal import OrderedCollections
internal import ModelGraph

// Sound as in Header+Unpack.swift: the messages are whole, and copied at once.

extension Call {
  /// Reads a `Call` message, but for what is derived.
  init(unpacking message: Residual__V1__Call) throws(ProtobufFormatError) {
    let layer = unsafe text(message.layer)
    let node = Int(unsafe message.node)
    func place() -> String { "call \(node) of '\(layer)'" }
    var arguments = OrderedDictionary<String, CallArgument>(
      minimumCapacity: unsafe message.n_arguments)
    for index in 0..<(unsafe message.n_arguments) {
      guard let argument = unsafe message.arguments[index]?.pointee else { continue }
      let name = unsafe text(argument.name)
      func owner() -> String { "argument '\(name)' of \(place())" }
      let items = try unsafe list(argument.n_items, argument.items) {
        (item: Residual__V1__ArgumentItem) throws(ProtobufFormatError) in
        try unsafe ArgumentItem(unpacking: item, of: owner())
      }
      let value = try CallArgument(items, of: owner())
      guard arguments.updateValue(value, forKey: name) == nil else {
        throw .duplicate(name, what: "arguments", of: place())
      }
    }
    self.init(layer, node: node, arguments: arguments)
  }
}

extension ArgumentItem {
  fileprivate init(
    unpacking item: Residual__V1__ArgumentItem, of place: @autoclosure () -> String
  ) throws(ProtobufFormatError) {
    switch unsafe item.value_case {
    case RESIDUAL__V1__ARGUMENT_ITEM__VALUE_TENSOR:
      self = unsafe .tensor(TensorReference(item.tensor.pointee))
    case RESIDUAL__V1__ARGUMENT_ITEM__VALUE_CONSTANT:
      self = .constant(try unsafe Constant(unpacking: item.constant.pointee, of: place()))
    case RESIDUAL__V1__ARGUMENT_ITEM__VALUE_LIST:
      self = .list(count: Int(unsafe item.list))
    case RESIDUAL__V1__ARGUMENT_ITEM__VALUE_NONE:
      guard unsafe item.none != 0 else {
        throw .value(field: "none", of: place(), found: "false", expected: "true")
      }
      self = .none
    case RESIDUAL__V1__ARGUMENT_ITEM__VALUE_BOOL_VALUE:
      self = unsafe .setting(.bool(item.bool_value != 0))
    case RESIDUAL__V1__ARGUMENT_ITEM__VALUE_INT_VALUE:
      self = unsafe .setting(.int(Int(item.int_value)))
    case RESIDUAL__V1__ARGUMENT_ITEM__VALUE_DOUBLE_VALUE:
      self = unsafe .setting(.double(item.double_value))
    case RESIDUAL__V1__ARGUMENT_ITEM__VALUE_STRING_VALUE:
      self = unsafe .setting(.string(text(item.string_value)))
    case RESIDUAL__V1__ARGUMENT_ITEM__VALUE_INT_LIST:
      self = unsafe .setting(.ints(values(item.int_list.pointee)))
    case RESIDUAL__V1__ARGUMENT_ITEM__VALUE_DOUBLE_LIST:
      self = unsafe .setting(.doubles(values(item.double_list.pointee)))
    case RESIDUAL__V1__ARGUMENT_ITEM__VALUE_STRING_LIST:
      self = unsafe .setting(.strings(values(item.string_list.pointee)))
    default:
      throw .missing(field: "value", of: place())
    }
  }
}

extension Constant {
  fileprivate init(
    unpacking message: Residual__V1__Constant, of place: @autoclosure () -> String
  ) throws(ProtobufFormatError) {
    let number = unsafe message.dtype.rawValue
    guard let dtype = DType(schemaNumber: UInt64(number)) else {
      throw .value(field: "dtype", of: place(), found: "\(number)", expected: "1 to 13")
    }
    let dimensions = try unsafe sizes(message.n_shape, message.shape)
    do throws(ModelError) {
      try self.init(dtype: dtype, dimensions: dimensions, bytes: unsafe byteArray(message.data))
    } catch {
      throw .inPlace(place(), error)
    }
  }
}
