internal import CModelProto

extension MessageForm {
  /// The form of `Model`, as protoc-c describes it.
  static let model: MessageForm = {
    var message = unsafe Residual__V1__Model()
    unsafe residual__v1__model__init(&message)
    return unsafe MessageForm(message.base.descriptor.pointee)
  }()

  /// Reads what protoc-c generated.
  ///
  /// Sound: descriptors are constants of the program, complete and not recursive.
  private convenience init(_ descriptor: ProtobufCMessageDescriptor) {
    let name = unsafe String(cString: descriptor.short_name)
    var fields: [UInt32: Field] = [:]
    for index in 0..<Int(unsafe descriptor.n_fields) {
      let field = unsafe descriptor.fields[index]
      let content: Content =
        switch unsafe field.type {
        case PROTOBUF_C_TYPE_STRING: .text
        case PROTOBUF_C_TYPE_BYTES: .bytes
        case PROTOBUF_C_TYPE_DOUBLE, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_SFIXED64: .fixed64
        case PROTOBUF_C_TYPE_FLOAT, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_SFIXED32: .fixed32
        case PROTOBUF_C_TYPE_MESSAGE:
          unsafe .message(
            MessageForm(
              field.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self).pointee))
        default: .varint
        }
      unsafe fields[field.id] = Field(
        name: "\(name).\(String(cString: field.name))",
        isRepeated: field.label == PROTOBUF_C_LABEL_REPEATED, content: content)
    }
    self.init(name: name, fields: fields)
  }
}
