// The common type of several, by the rules of Keras 3 (keras/src/backend/common/dtypes.py), which
// are those of JAX.

extension DType {
  /// Whether the elements are integers, rather than truth values, real numbers or text.
  package var isInteger: Bool { unitRoundoff == nil && self != .bool && self != .string }

  /// Whether the type has negative numbers.
  var isSigned: Bool {
    switch self {
    case .bool, .uint8, .uint16, .uint32, .uint64, .string: false
    default: true
    }
  }

  /// The narrowest type that has the elements of both; `float32` stands for all real numbers.
  ///
  /// No type has the integers of `uint64` and those of a signed one: they become real numbers.
  package func promoted(with other: DType) -> DType {
    guard unitRoundoff == nil, other.unitRoundoff == nil else { return .float32 }
    if self == other || other == .bool { return self }
    if self == .bool { return other }
    let (narrow, wide) = byteCount < other.byteCount ? (self, other) : (other, self)
    if narrow.isSigned == wide.isSigned || wide.isSigned && narrow.byteCount < wide.byteCount {
      return wide
    }
    // The next signed type that has room for what is unsigned.
    let byteCount = (isSigned ? other : self).byteCount * 2
    return Self.signed.first { $0.byteCount == byteCount } ?? .float32
  }

  private static let signed: [DType] = [.int8, .int16, .int32, .int64]

  /// The type in which integers and truth values are added up and multiplied.
  package var widened: DType {
    switch self {
    case .bool, .int8, .int16: .int32
    case .uint8, .uint16: .uint32
    default: self
    }
  }

  /// What an integer becomes in the type: it wraps around, as two's complement does.
  func wrapped(_ number: Int) -> Int {
    switch self {
    case .int8: Int(Int8(truncatingIfNeeded: number))
    case .int16: Int(Int16(truncatingIfNeeded: number))
    case .int32: Int(Int32(truncatingIfNeeded: number))
    case .uint8: Int(UInt8(truncatingIfNeeded: number))
    case .uint16: Int(UInt16(truncatingIfNeeded: number))
    case .uint32: Int(UInt32(truncatingIfNeeded: number))
    // A negative number becomes one that no real number is.
    case .uint64: number < 0 ? .max : number
    default: number
    }
  }

  /// The first element that is no integer or truth value of the type, or that may be one that was
  /// rounded; none among real numbers.
  package func firstForeign<Scalar: ReferenceScalar>(in array: NDArray<Scalar>) -> Scalar? {
    guard unitRoundoff == nil else { return nil }
    let isForeign = foreign(to: Scalar.self)
    return array.elements.first(where: isForeign)
  }

  /// What tells numbers that the type of integers or truth values does not have, or that may have been
  /// rounded to them.
  package func foreign<Scalar: ReferenceScalar>(to _: Scalar.Type) -> (Scalar) -> Bool {
    let range = exactRange(in: Scalar.self)
    let (lower, upper) = (Scalar(range.lowerBound), Scalar(range.upperBound))
    return { !($0 >= lower && $0 <= upper && $0.rounded(.towardZero) == $0) }
  }

  /// The integers of the type that a type of real numbers holds exactly, and so that no other one
  /// is rounded to them.
  func exactRange<Scalar: ReferenceScalar>(in _: Scalar.Type) -> ClosedRange<Int> {
    let largest = 1 << (Scalar.significandBitCount + 1) - 1
    switch self {
    case .bool: return 0...1
    case .int8, .int16:
      let limit = 1 << (8 * byteCount - 1)
      return -limit...limit - 1
    case .uint8, .uint16, .string: return 0...1 << (8 * byteCount) - 1
    case .uint32: return 0...min(largest, Int(UInt32.max))
    case .uint64: return 0...largest
    case .int32: return max(-largest, Int(Int32.min))...min(largest, Int(Int32.max))
    default: return -largest...largest
    }
  }
}
