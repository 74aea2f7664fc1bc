/// What a message of the schema may have in it, so that bytes can be checked
/// before protobuf-c, which gives no reasons, is handed them.
final class MessageForm: Sendable {
  /// What a field holds.
  enum Content: Sendable {
    case varint, fixed32, fixed64, text, bytes
    case message(MessageForm)
  }

  /// A field.
  struct Field: Sendable {
    let name: String
    let isRepeated: Bool
    let content: Content
  }

  /// The name of the message without its package.
  let name: String
  private let fields: [UInt32: Field]

  init(name: String, fields: [UInt32: Field]) {
    self.name = name
    self.fields = fields
  }

  /// Checks that a range of bytes is such a message, and the messages in it too;
  /// as the schema is not recursive, this goes only as deep as the schema.
  func check(_ bytes: RawSpan, _ range: Range<Int>) throws(ProtobufFormatError) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let field = try bytes.field(at: offset, end: range.upperBound)
      offset = field.range.upperBound
      guard let known = fields[field.number] else {
        guard Schema.openMessages.contains(name) else {
          throw .unknownField(field.number, message: name)
        }
        continue
      }
      try check(field, is: known, in: bytes)
    }
  }

  private func check(
    _ field: WireField, is known: Field, in bytes: RawSpan
  ) throws(ProtobufFormatError) {
    let fullName = "\(name).\(known.name)"
    switch (known.content, field.type) {
    case (.varint, .varint), (.fixed32, .fixed32), (.fixed64, .fixed64), (.bytes, .lengthDelimited):
      break
    case (.text, .lengthDelimited):
      guard bytes.isText(field.payload) else { throw .notText(field: fullName) }
    case (.message(let form), .lengthDelimited):
      try form.check(bytes, field.payload)
    case (.varint, .lengthDelimited) where known.isRepeated:
      var offset = field.payload.lowerBound
      while offset < field.payload.upperBound {
        _ = try bytes.varint(at: &offset, end: field.payload.upperBound)
      }
    case (.fixed64, .lengthDelimited) where known.isRepeated && field.payload.count % 8 == 0,
      (.fixed32, .lengthDelimited) where known.isRepeated && field.payload.count % 4 == 0:
      break
    default:
      throw .fieldType(fullName, offset: field.range.lowerBound)
    }
  }
}
