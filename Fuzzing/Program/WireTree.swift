/// A protobuf message as a tree of fields, whatever its schema: bytes that can be read as a message
/// are taken for one.
struct WireTree {
  /// A field, and what it holds.
  struct Field {
    var tag: UInt64
    var value: Value
  }

  enum Value {
    case number(UInt64)
    case fixed([UInt8])
    case bytes([UInt8])
    case message([Field])
  }

  private static let maximumDepth = 8

  var fields: [Field]

  /// Reads bytes, or gives `nil` where they are no message.
  init?(_ bytes: [UInt8]) {
    guard let fields = Self.fields(in: bytes[...], depth: 0) else { return nil }
    self.fields = fields
  }

  private static func fields(in bytes: ArraySlice<UInt8>, depth: Int) -> [Field]? {
    var rest = bytes
    var fields: [Field] = []
    while !rest.isEmpty {
      guard let tag = varint(&rest), tag >> 3 != 0, tag >> 3 < 32 else { return nil }
      switch tag & 7 {
      case 0:
        guard let value = varint(&rest) else { return nil }
        fields.append(Field(tag: tag, value: .number(value)))
      case 1, 5:
        let count = tag & 7 == 1 ? 8 : 4
        guard rest.count >= count else { return nil }
        fields.append(Field(tag: tag, value: .fixed(Array(rest.prefix(count)))))
        rest = rest.dropFirst(count)
      case 2:
        guard let length = varint(&rest), length <= UInt64(rest.count) else { return nil }
        let content = rest.prefix(Int(length))
        rest = rest.dropFirst(Int(length))
        let inner =
          depth < maximumDepth && !content.isEmpty
          ? self.fields(in: content, depth: depth + 1) : nil
        let value = inner.map(Value.message) ?? .bytes(Array(content))
        fields.append(Field(tag: tag, value: value))
      default: return nil
      }
    }
    return fields
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  // MARK: - Writing

  /// The bytes of the message, with the lengths that it has now.
  var bytes: [UInt8] { Self.bytes(of: fields) }

  private static func bytes(of fields: [Field]) -> [UInt8] {
    var bytes: [UInt8] = []
    for field in fields {
      append(field.tag, to: &bytes)
      switch field.value {
      case .number(let value): append(value, to: &bytes)
      case .fixed(let content): bytes += content
      case .bytes(let content):
        append(UInt64(content.count), to: &bytes)
        bytes += content
      case .message(let fields):
        let content = Self.bytes(of: fields)
        append(UInt64(content.count), to: &bytes)
        bytes += content
      }
    }
    return bytes
  }

  private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(value & 0x7f) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }
}
