internal import CModelProto
internal import ModelGraph

// Sound as in Header+Pack.swift: what the messages point to is the arena's.

extension CMessageArena {
  /// The `Argument` message of what a call gives to a parameter.
  func message(
    of argument: CallArgument, named name: String
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__Argument> {
    let items = argument.items
    return try unsafe message(residual__v1__argument__init) {
      (message: inout Residual__V1__Argument) throws(ProtobufFormatError) in
      unsafe message.name = text(name)
      unsafe message.n_items = items.count
      unsafe message.items = try list(items) { (item) throws(ProtobufFormatError) in
        try unsafe self.message(residual__v1__argument_item__init) {
          (message: inout Residual__V1__ArgumentItem) throws(ProtobufFormatError) in
          try unsafe set(item, in: &message)
        }
      }
    }
  }

  private func set(
    _ item: ArgumentItem, in message: inout Residual__V1__ArgumentItem
  ) throws(ProtobufFormatError) {
    switch item {
    case .tensor(let reference):
      unsafe message.value_case = RESIDUAL__V1__ARGUMENT_ITEM__VALUE_TENSOR
      unsafe message.tensor = try self.message(of: reference)
    case .constant(let constant):
      unsafe message.value_case = RESIDUAL__V1__ARGUMENT_ITEM__VALUE_CONSTANT
      unsafe message.constant = try self.message(residual__v1__constant__init) {
        (message: inout Residual__V1__Constant) in
        unsafe message.dtype = Residual__V1__DataType(rawValue: constant.dtype.schemaNumber)
        unsafe message.n_shape = constant.dimensions.count
        unsafe message.shape = copy(constant.dimensions.map { UInt64(clamping: $0) })
        unsafe message.data = bytes(constant.bytes)
      }
    case .list(let count):
      unsafe message.value_case = RESIDUAL__V1__ARGUMENT_ITEM__VALUE_LIST
      unsafe message.list = try number(count, "elements of a list")
    case .none:
      unsafe message.value_case = RESIDUAL__V1__ARGUMENT_ITEM__VALUE_NONE
      unsafe message.none = 1
    case .setting(let value):
      try unsafe set(value, in: &message)
    }
  }

  private func set(
    _ value: AttributeValue, in message: inout Residual__V1__ArgumentItem
  ) throws(ProtobufFormatError) {
    switch value {
    case .bool(let value):
      unsafe message.value_case = RESIDUAL__V1__ARGUMENT_ITEM__VALUE_BOOL_VALUE
      unsafe message.bool_value = value ? 1 : 0
    case .int(let value):
      unsafe message.value_case = RESIDUAL__V1__ARGUMENT_ITEM__VALUE_INT_VALUE
      unsafe message.int_value = Int64(value)
    case .double(let value):
      unsafe message.value_case = RESIDUAL__V1__ARGUMENT_ITEM__VALUE_DOUBLE_VALUE
      unsafe message.double_value = value
    case .string(let value):
      unsafe message.value_case = RESIDUAL__V1__ARGUMENT_ITEM__VALUE_STRING_VALUE
      unsafe message.string_value = text(value)
    case .ints(let values):
      unsafe message.value_case = RESIDUAL__V1__ARGUMENT_ITEM__VALUE_INT_LIST
      unsafe message.int_list = try self.message(of: values)
    case .doubles(let values):
      unsafe message.value_case = RESIDUAL__V1__ARGUMENT_ITEM__VALUE_DOUBLE_LIST
      unsafe message.double_list = try self.message(of: values)
    case .strings(let values):
      unsafe message.value_case = RESIDUAL__V1__ARGUMENT_ITEM__VALUE_STRING_LIST
      unsafe message.string_list = try self.message(of: values)
    }
  }
}

// MARK: - Lists of values

extension CMessageArena {
  func message(
    of values: [Int]
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__IntList> {
    try unsafe message(residual__v1__int_list__init) { (list: inout Residual__V1__IntList) in
      unsafe list.n_values = values.count
      unsafe list.values = copy(values.map(Int64.init))
    }
  }

  func message(
    of values: [Double]
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__DoubleList> {
    try unsafe message(residual__v1__double_list__init) { (list: inout Residual__V1__DoubleList) in
      unsafe list.n_values = values.count
      unsafe list.values = copy(values)
    }
  }

  func message(
    of values: [String]
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Residual__V1__StringList> {
    try unsafe message(residual__v1__string_list__init) {
      (message: inout Residual__V1__StringList) throws(ProtobufFormatError) in
      unsafe message.n_values = values.count
      unsafe message.values = try list(values) { unsafe text($0) }
    }
  }
}
