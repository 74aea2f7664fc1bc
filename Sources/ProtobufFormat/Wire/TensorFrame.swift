internal import ModelGraph

/// A tensor that is to be written: everything of its field but the payload, and
/// the checksum, which is known only when the payload has been read.
struct TensorFrame {
  let name: String
  let tensor: Tensor
  let usage: TensorUsage
  let unknown: [UInt8]

  /// The bytes before the payload, where the field begins at an offset in the file:
  /// the payload then begins at a multiple of 64.
  func head(at offset: Int, checksum: UInt64) -> [UInt8] {
    let fields = fields(checksum: checksum)
    let dataHead = 1 + WireEncoder.varintByteCount(tensor.bytes.byteCount)
    // The padding's own tag and length are always two bytes: fewer than 128 zeros do.
    for padding in 0..<(2 * Schema.alignment) {
      let body = fields.count + 2 + padding + dataHead + tensor.bytes.byteCount
      let headCount =
        1 + WireEncoder.varintByteCount(body) + fields.count + 2 + padding + dataHead
      guard (offset + headCount).isMultiple(of: Schema.alignment) else { continue }
      var encoder = WireEncoder()
      encoder.tag(Schema.File.tensors, .lengthDelimited)
      encoder.varint(UInt64(body))
      encoder.append(fields)
      encoder.lengthDelimited(
        Schema.Tensor.padding, [UInt8](repeating: 0, count: padding))
      encoder.tag(Schema.Tensor.data, .lengthDelimited)
      encoder.varint(UInt64(tensor.bytes.byteCount))
      return encoder.bytes
    }
    preconditionFailure("64 neighbouring sizes of padding leave a multiple of 64 out")
  }

  /// The offset behind the field, where it begins at the given one.
  func end(from offset: Int) -> Int {
    offset + head(at: offset, checksum: 0).count + tensor.bytes.byteCount
  }

  private func fields(checksum: UInt64) -> [UInt8] {
    var shape = WireEncoder()
    for size in tensor.dimensions { shape.varint(UInt64(size)) }
    var encoder = WireEncoder()
    encoder.lengthDelimited(Schema.Tensor.name, name.utf8)
    encoder.varint(Schema.Tensor.dtype, UInt64(tensor.dtype.schemaNumber))
    if !shape.bytes.isEmpty { encoder.lengthDelimited(Schema.Tensor.shape, shape.bytes) }
    encoder.fixed64(Schema.Tensor.checksum, checksum)
    encoder.varint(Schema.Tensor.usage, usage.rawValue)
    encoder.append(unknown)
    return encoder.bytes
  }
}
