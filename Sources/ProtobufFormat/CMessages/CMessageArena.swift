internal import CModelProto

/// The memory of C messages that are made to be packed: everything lives until
/// the arena goes.
@safe final class CMessageArena {
  private var blocks: [UnsafeMutableRawPointer] = unsafe []
  /// The first text that C would cut short.
  private(set) var textWithNul: String?

  deinit {
    while let block = unsafe blocks.popLast() { unsafe block.deallocate() }
  }

  /// Makes uninitialized memory for some values, which are C's and have no destructors.
  func allocate<Value>(
    _: Value.Type, count: Int
  ) -> UnsafeMutablePointer<Value> {
    let pointer = UnsafeMutablePointer<Value>.allocate(capacity: max(1, count))
    unsafe blocks.append(UnsafeMutableRawPointer(pointer))
    return unsafe pointer
  }

  /// Copies values.
  func copy<Value>(_ values: [Value]) -> UnsafeMutablePointer<Value> {
    let pointer = unsafe allocate(Value.self, count: values.count)
    for (index, value) in values.enumerated() {
      unsafe (pointer + index).initialize(to: value)
    }
    return unsafe pointer
  }

  /// Copies a text, with a NUL behind it.
  func text(_ text: String) -> UnsafeMutablePointer<CChar> {
    if textWithNul == nil, text.utf8.contains(0) { textWithNul = text }
    return unsafe copy(text.utf8.map { CChar(bitPattern: $0) } + [0])
  }

  /// Copies bytes.
  func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData {
    unsafe ProtobufCBinaryData(len: bytes.count, data: copy(bytes))
  }

  /// Makes a message, initialized by the C function for it.
  func message<Message>(
    _ initialize: (UnsafeMutablePointer<Message>?) -> Void,
    _ fill: (inout Message) throws(ProtobufFormatError) -> Void
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<Message> {
    let pointer = unsafe allocate(Message.self, count: 1)
    unsafe initialize(pointer)
    try unsafe fill(&pointer.pointee)
    return unsafe pointer
  }

  /// Makes the list of messages that a repeated field is.
  func list<Value, Message>(
    _ values: [Value],
    _ make: (Value) throws(ProtobufFormatError) -> UnsafeMutablePointer<Message>
  ) throws(ProtobufFormatError) -> UnsafeMutablePointer<UnsafeMutablePointer<Message>?> {
    let list = unsafe allocate(UnsafeMutablePointer<Message>?.self, count: values.count)
    for (index, value) in values.enumerated() {
      unsafe (list + index).initialize(to: try make(value))
    }
    return unsafe list
  }

  /// Adds fields that the schema does not know to a message.
  func addUnknown(
    _ fields: [UInt8], to base: inout ProtobufCMessage, key: String
  ) throws(ProtobufFormatError) {
    guard !fields.isEmpty else { return }
    let copy = unsafe copy(fields)
    let span = unsafe fields.span.bytes
    var unknown: [ProtobufCMessageUnknownField] = unsafe []
    var offset = 0
    while offset < fields.count {
      guard let field = try? span.field(at: offset, end: fields.count) else {
        throw .malformedUnknownFields(key: key)
      }
      // protobuf-c's data begins behind the tag, which it writes itself.
      var value = offset
      _ = try span.varint(at: &value, end: fields.count)
      unsafe unknown.append(
        ProtobufCMessageUnknownField(
          tag: field.number,
          wire_type: ProtobufCWireType(rawValue: UInt32(field.type.rawValue)),
          len: field.range.upperBound - value, data: copy + value))
      offset = field.range.upperBound
    }
    unsafe base.n_unknown_fields = UInt32(unknown.count)
    let list = unsafe allocate(ProtobufCMessageUnknownField.self, count: unknown.count)
    for index in unsafe unknown.indices { unsafe (list + index).initialize(to: unknown[index]) }
    unsafe base.unknown_fields = list
  }
}
