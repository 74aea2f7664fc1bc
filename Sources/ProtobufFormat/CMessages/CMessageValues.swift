internal import CModelProto

// The values of protobuf-c's messages as Swift values. Every use is sound for the same reason:
// protobuf-c makes whole messages, whose lists have as many elements as they say and whose texts
// end in a NUL; everything is copied at once.

func text(_ pointer: UnsafePointer<CChar>?) -> String {
  unsafe pointer.map { unsafe String(cString: $0) } ?? ""
}

func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
  unsafe text(UnsafePointer(pointer))
}

func byteArray(_ data: ProtobufCBinaryData) -> [UInt8] {
  unsafe Array(UnsafeBufferPointer(start: data.data, count: data.len))
}

func size(_ value: UInt64, _ field: String) throws(ProtobufFormatError) -> Int {
  guard let size = Int(exactly: value) else {
    throw .value(field: field, of: "header", found: "\(value)", expected: "at most \(Int.max)")
  }
  return size
}

func sizes(
  _ count: Int, _ values: UnsafeMutablePointer<UInt64>?
) throws(ProtobufFormatError) -> [Int] {
  var sizes: [Int] = []
  for value in unsafe numbers(count, values) { sizes.append(try size(value, "size")) }
  return sizes
}

func numbers<Number>(_ count: Int, _ values: UnsafeMutablePointer<Number>?) -> [Number] {
  unsafe Array(UnsafeBufferPointer(start: values, count: count))
}

func values(_ message: Residual__V1__IntList) -> [Int] {
  unsafe numbers(message.n_values, message.values).map(Int.init)
}

func values(_ message: Residual__V1__DoubleList) -> [Double] {
  unsafe numbers(message.n_values, message.values)
}

func values(_ message: Residual__V1__StringList) -> [String] {
  unsafe (0..<message.n_values).map { unsafe text(message.values[$0]) }
}

func list<Message, Value, Failure>(
  _ count: Int, _ messages: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?,
  _ convert: (Message) throws(Failure) -> Value
) throws(Failure) -> [Value] {
  var values: [Value] = []
  values.reserveCapacity(count)
  for index in 0..<count {
    guard let message = unsafe messages?[index] else { continue }
    values.append(try unsafe convert(message.pointee))
  }
  return values
}

/// The fields that protobuf-c did not know, as they stood in the message.
func unknownFields(_ message: ProtobufCMessage) -> [UInt8] {
  var encoder = WireEncoder()
  for index in 0..<Int(unsafe message.n_unknown_fields) {
    let field = unsafe message.unknown_fields[index]
    guard let type = WireType(rawValue: UInt8(truncatingIfNeeded: unsafe field.wire_type.rawValue))
    else { continue }
    unsafe encoder.tag(field.tag, type)
    // The data of a length-delimited field begins with its length.
    unsafe encoder.append(Array(UnsafeBufferPointer(start: field.data, count: field.len)))
  }
  return encoder.bytes
}
