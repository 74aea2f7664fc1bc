/// A small tensor that stands in a graph itself: what a call is given that no layer makes and no
/// training changes.
public struct Constant: Hashable, Sendable {
  /// The most elements that a constant may have; what is larger is a weight.
  public static let maximumElementCount = 1 << 20

  /// The type of the elements.
  public let dtype: DType
  /// The size of each axis, outermost first; empty for a scalar.
  public let dimensions: [Int]
  /// The elements, little-endian and row-major.
  public let bytes: [UInt8]

  /// Makes a constant.
  ///
  /// - Throws: `ModelError` where it is too large, the bytes are not as many as the type and the
  ///   shape need, or an element is not a number.
  public init(dtype: DType, dimensions: [Int], bytes: [UInt8]) throws(ModelError) {
    guard dtype != .string else {
      throw .argument("a constant", found: "text", expected: "numbers")
    }
    // An axis of no size must not hide how large the others are.
    let count = dimensions.map { $0 == 0 ? 1 : $0 }.checkedProduct()
    guard let count, count <= Self.maximumElementCount else {
      throw .constantElementCount(dimensions, limit: Self.maximumElementCount)
    }
    guard dtype.byteCount(of: dimensions) == bytes.count else {
      throw .tensorSize(dtype: dtype, dimensions: dimensions, byteCount: bytes.count)
    }
    self.dtype = dtype
    self.dimensions = dimensions
    self.bytes = bytes
    guard !elements.contains(where: \.isNaN) else { throw .constantNotANumber }
  }

  /// Makes a constant of numbers, each rounded to the type.
  ///
  /// - Throws: `ModelError` as ``init(dtype:dimensions:bytes:)``, and where a number is none that
  ///   the type has.
  public init(
    _ elements: [Double], dimensions: [Int], dtype: DType = .float32
  ) throws(ModelError) {
    guard !elements.contains(where: \.isNaN) else { throw .constantNotANumber }
    guard let bytes = dtype.bytes(of: elements) else {
      throw .constantType(dtype, element: elements.first { dtype.bytes(of: [$0]) == nil } ?? 0)
    }
    try self.init(dtype: dtype, dimensions: dimensions, bytes: bytes)
  }

  /// The elements, row-major.
  public var elements: [Double] { dtype.elements(in: bytes) }
}

extension Constant: CustomStringConvertible {
  /// The constant as sentences show it: type and shape, and elements where they are few.
  public var description: String {
    let elements = bytes.count / dtype.byteCount > 8 ? "" : " \(elements)"
    return "\(dtype.rawValue)\(dimensions)\(elements)"
  }
}

extension DType {
  /// Numbers as elements of this type, little-endian; `nil` where the type has no such number.
  package func bytes(of numbers: [Double]) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(numbers.count * byteCount)
    func append(_ bits: UInt64) {
      for place in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: bits >> (8 * place))) }
    }
    for number in numbers {
      guard let bits = bits(of: number) else { return nil }
      append(bits)
    }
    return bytes
  }

  /// Whether a constant of this type has an integer as it is, though it is given as a float64.
  package func keeps(_ integer: Int) -> Bool {
    guard let unitRoundoff, let greatestFinite else {
      return Int(exactly: Double(integer)) == integer
    }
    let magnitude = integer.magnitude
    // What is left without the powers of 2 must fit the significand.
    let odd = magnitude == 0 ? 0 : magnitude >> UInt(magnitude.trailingZeroBitCount)
    return odd <= UInt(1 / unitRoundoff) && Double(magnitude) <= greatestFinite
  }

  private func bits(of number: Double) -> UInt64? {
    func whole<Stored: FixedWidthInteger>(_: Stored.Type) -> UInt64? {
      Stored(exactly: number).map { UInt64(truncatingIfNeeded: $0) }
    }
    return switch self {
    case .bool: number == 0 ? 0 : number == 1 ? 1 : nil
    case .int8: whole(Int8.self)
    case .int16: whole(Int16.self)
    case .int32: whole(Int32.self)
    case .int64: whole(Int64.self)
    case .uint8, .string: whole(UInt8.self)
    case .uint16: whole(UInt16.self)
    case .uint32: whole(UInt32.self)
    case .uint64: whole(UInt64.self)
    case .float16: UInt64(Float16(number).bitPattern)
    case .bfloat16: UInt64(Self.bfloat16Bits(Float(number)))
    case .float32: UInt64(Float(number).bitPattern)
    case .float64: number.bitPattern
    }
  }

  /// The upper half of a float32, rounded to nearest, ties to even.
  private static func bfloat16Bits(_ number: Float) -> UInt16 {
    guard number.isFinite else { return UInt16(number.bitPattern >> 16) }
    let bits = number.bitPattern
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16)
  }
}
