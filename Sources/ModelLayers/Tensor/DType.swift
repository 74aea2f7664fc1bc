/// The element type of a tensor, named as NumPy and Keras name it.
public enum DType: String, CaseIterable, Hashable, Sendable {
  case bool
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case float16, bfloat16, float32, float64
  /// Text. An element is one byte; the last axis of a tensor are the bytes of each text, with zeros after
  /// its end.
  case string

  /// The size of one element in bytes.
  public var byteCount: Int {
    switch self {
    case .bool, .int8, .uint8, .string: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// The size of a tensor in bytes, or `nil` where that does not fit an `Int` or a size is negative.
  package func byteCount(of dimensions: [Int]) -> Int? {
    guard let count = dimensions.checkedProduct() else { return nil }
    let (size, overflow) = count.multipliedReportingOverflow(by: byteCount)
    return overflow ? nil : size
  }

  /// The largest relative error of rounding a real number to this type (half
  /// the distance from 1 to the next number), or `nil` for integers.
  public var unitRoundoff: Double? {
    switch self {
    case .bfloat16: 0x1p-8
    case .float16: 0x1p-11
    case .float32: 0x1p-24
    case .float64: 0x1p-53
    default: nil
    }
  }

  /// The coarsest of some types of real numbers, others left out; `nil` where there is none.
  package static func coarsest(of types: some Sequence<DType>) -> DType? {
    types.filter { $0.unitRoundoff != nil }
      .max { ($0.unitRoundoff ?? 0) < ($1.unitRoundoff ?? 0) }
  }

  /// The largest finite number of a type of real numbers, or `nil` for integers.
  package var greatestFinite: Double? {
    switch self {
    case .bfloat16: 0x1.fep127
    case .float16: 65504
    case .float32: Double(Float.greatestFiniteMagnitude)
    case .float64: .greatestFiniteMagnitude
    default: nil
    }
  }
}
