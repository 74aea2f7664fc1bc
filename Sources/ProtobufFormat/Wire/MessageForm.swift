/// What a message of the schema may have in it, so that bytes can be checked
/// before protobuf-c, which gives no reasons, is handed them.
final class MessageForm: Sendable {
  /// What a field holds.
  enum Content: Sendable {
    case varint, fixed32, fixed64, text, bytes
    case message(MessageForm)
  }

  /// A field.
  final class Field: Sendable {
    /// The field's name behind the message's: `Layer.name`.
    let name: String
    let isRepeated: Bool
    let content: Content

    init(name: String, isRepeated: Bool, content: Content) {
      self.name = name
      self.isRepeated = isRepeated
      self.content = content
    }
  }

  /// The name of the message without its package.
  let name: String
  /// The fields by their numbers, which are small.
  private let fields: [Field?]

  init(name: String, fields: [UInt32: Field]) {
    self.name = name
    let count = fields.keys.max().map { $0 + 1 } ?? 0
    self.fields = (0..<count).map { fields[$0] }
  }

  /// Checks that a range of bytes is such a message, and the messages in it too;
  /// as the schema is not recursive, this goes only as deep as the schema.
  func check(_ bytes: RawSpan, _ range: Range<Int>) throws(ProtobufFormatError) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let field = try bytes.field(at: offset, end: range.upperBound)
      offset = field.range.upperBound
      guard field.number < fields.count, let known = fields[Int(field.number)] else {
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
    switch (known.content, field.type) {
    case (.varint, .varint), (.fixed32, .fixed32), (.fixed64, .fixed64), (.bytes, .lengthDelimited):
      break
    case (.text, .lengthDelimited):
      guard bytes.isText(field.payload) else { throw .notText(field: known.name) }
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
      throw .fieldType(known.name, offset: field.range.lowerBound)
    }
  }
}
