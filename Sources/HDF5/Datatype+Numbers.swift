extension Datatype {
  /// The usual name of the type of numbers: `float32`, `int8`, `bool`; nil where an element is none.
  public var numberName: String? {
    switch self {
    case .integer(let format): (format.isSigned ? "int" : "uint") + "\(format.byteCount * 8)"
    case .float(.binary16, _): "float16"
    case .float(.bfloat16, _): "bfloat16"
    case .float(.binary32, _): "float32"
    case .float(.binary64, _): "float64"
    case .enumeration: isBoolean ? "bool" : nil
    case .opaque, .string: nil
    }
  }
}

extension DatasetDescription {
  /// Where in the file the elements are one run of bytes, as a little-endian machine has them in
  /// memory; nil where they are not.
  public var nativeRange: Range<Int>? {
    guard case .contiguous(let offset?) = layout, datatype.swappedWidth == nil,
      let count = byteCount, offset >= 0, offset <= Int.max - count
    else { return nil }
    return offset..<offset + count
  }
}
