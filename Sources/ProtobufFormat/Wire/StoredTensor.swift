internal import ModelGraph

/// A `Tensor` message as it lies in a file; its payload has not been looked at.
struct StoredTensor {
  private(set) var name = ""
  private(set) var dtype = DType.float32
  private(set) var dimensions: [Int] = []
  private(set) var checksum: UInt64 = 0
  private(set) var usage = TensorUsage.model
  private(set) var payload: Range<Int>
  private(set) var unknown: [UInt8] = []

  /// Reads the fields of a tensor's message.
  init(
    in bytes: RawSpan, at range: Range<Int>, limits: ProtobufLimits
  ) throws(ProtobufFormatError) {
    // The numbers of the fields that there have been, a bit each.
    var seen: UInt32 = 0
    var dtypeNumber: UInt64 = 0
    var usageNumber: UInt64 = 0
    var sizes: [UInt64] = []
    payload = range.upperBound..<range.upperBound
    var offset = range.lowerBound
    while offset < range.upperBound {
      let field = try bytes.field(at: offset, end: range.upperBound)
      offset = field.range.upperBound
      if field.number != Schema.Tensor.shape, let known = Self.fieldName(field.number) {
        guard seen & 1 << field.number == 0 else {
          throw .repeated(field: "\(known)", of: Self.label(name))
        }
        seen |= 1 << field.number
      }
      switch (field.number, field.type) {
      case (Schema.Tensor.name, .lengthDelimited):
        guard field.payload.count <= Self.nameByteLimit else {
          throw .exceeds(what: "bytes of a tensor's name", limit: Self.nameByteLimit)
        }
        guard let text = bytes.text(field.payload) else { throw .notText(field: "Tensor.name") }
        name = text
      case (Schema.Tensor.dtype, .varint):
        dtypeNumber = field.value
      case (Schema.Tensor.shape, .varint):
        sizes.append(field.value)
      case (Schema.Tensor.shape, .lengthDelimited):
        var position = field.payload.lowerBound
        while position < field.payload.upperBound, sizes.count <= limits.rank {
          sizes.append(try bytes.varint(at: &position, end: field.payload.upperBound))
        }
      case (Schema.Tensor.checksum, .fixed64):
        checksum = field.value
      case (Schema.Tensor.usage, .varint):
        usageNumber = field.value
      case (Schema.Tensor.padding, .lengthDelimited): break
      case (Schema.Tensor.data, .lengthDelimited):
        payload = field.payload
      default:
        guard let known = Self.fieldName(field.number) else {
          unknown += bytes.copy(field.range)
          guard unknown.count <= Self.unknownByteLimit else {
            throw .exceeds(
              what: "bytes of unknown fields of a tensor", limit: Self.unknownByteLimit)
          }
          continue
        }
        throw .fieldType("Tensor.\(known)", offset: field.range.lowerBound)
      }
      guard sizes.count <= limits.rank else {
        throw .exceeds(what: "axes of a tensor", limit: limits.rank)
      }
    }
    guard !name.isEmpty else { throw .missing(field: "name", of: "tensor") }
    guard seen & 1 << Schema.Tensor.checksum != 0 else {
      throw .missing(field: "checksum", of: Self.label(name))
    }
    try interpret(dtypeNumber, usageNumber, sizes)
  }

  /// Finds the payload of a tensor without reading anything else of its message.
  static func payload(
    in bytes: RawSpan, at range: Range<Int>
  ) throws(ProtobufFormatError) -> Range<Int> {
    var payload = range.upperBound..<range.upperBound
    var offset = range.lowerBound
    while offset < range.upperBound {
      let field = try bytes.field(at: offset, end: range.upperBound)
      offset = field.range.upperBound
      if field.number == Schema.Tensor.data, field.type == .lengthDelimited {
        payload = field.payload
      }
    }
    return payload
  }

  private mutating func interpret(
    _ dtypeNumber: UInt64, _ usageNumber: UInt64, _ sizes: [UInt64]
  ) throws(ProtobufFormatError) {
    guard let dtype = DType(schemaNumber: dtypeNumber) else {
      throw .value(
        field: "dtype", of: Self.label(name), found: "\(dtypeNumber)", expected: "1 to 13")
    }
    self.dtype = dtype
    guard let usage = TensorUsage(rawValue: usageNumber) else {
      throw .value(
        field: "usage", of: Self.label(name), found: "\(usageNumber)", expected: "0 or 1")
    }
    self.usage = usage
    dimensions = sizes.compactMap(Int.init(exactly:))
    guard dimensions.count == sizes.count, dtype.byteCount(of: dimensions) == payload.count else {
      throw .tensorSize(
        name: name, dtype: dtype, dimensions: sizes, byteCount: payload.count)
    }
  }

  private static let nameByteLimit = 1 << 16
  private static let unknownByteLimit = 1 << 16

  /// The name of a field, all of which have numbers below 32; `nil` for one that is not known.
  private static func fieldName(_ number: UInt32) -> StaticString? {
    switch number {
    case Schema.Tensor.name: "name"
    case Schema.Tensor.dtype: "dtype"
    case Schema.Tensor.shape: "shape"
    case Schema.Tensor.checksum: "checksum"
    case Schema.Tensor.usage: "usage"
    case Schema.Tensor.padding: "padding"
    case Schema.Tensor.data: "data"
    default: nil
    }
  }

  private static func label(_ name: String) -> String {
    name.isEmpty ? "tensor" : "tensor '\(name)'"
  }
}
