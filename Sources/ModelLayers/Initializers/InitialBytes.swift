internal import Synchronization

/// The bytes of a weight that begins with an initializer's values: made when they
/// are first used, and then kept.
///
/// Building a model therefore costs nothing for weights that are never looked at
/// or that are replaced. Threads may use the bytes at once; they are made once.
public final class InitialBytes: TensorBytes {
  private let initializer: Initializer
  private let dimensions: [Int]
  private let stream: UInt64
  private let dtype: DType
  private let made = Mutex<[UInt8]?>(nil)

  /// The number of bytes.
  public let byteCount: Int

  /// Describes the bytes without making them.
  ///
  /// - Parameters:
  ///   - dimensions: The size of each axis, outermost first.
  ///   - stream: What tells the random numbers where the initializer has no seed.
  ///   - dtype: A floating-point type. The two of 16 bits hold the values of
  ///     `float32` rounded once more.
  /// - Throws: What `Initializer.values` throws; `ModelError.attribute` where the
  ///   type is not a floating-point one.
  public init(
    _ initializer: Initializer, dimensions: [Int], stream: UInt64, dtype: DType = .float32
  ) throws(ModelError) {
    guard dtype.unitRoundoff != nil else {
      throw .attribute("dtype", expected: "a floating-point type", found: dtype.rawValue)
    }
    try initializer.check(dimensions)
    self.initializer = initializer
    self.dimensions = dimensions
    self.stream = stream
    self.dtype = dtype
    byteCount = dimensions.reduce(dtype.byteCount, *)
  }

  /// Lends the bytes, which are made at the first call.
  public func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    let bytes = made.withLock { made in
      if let made { return made }
      let bytes = make()
      made = bytes
      return bytes
    }
    // Sound: any bytes are valid bytes; the span is lent for the call.
    return try unsafe body(bytes.span.bytes)
  }

  private func make() -> [UInt8] {
    switch dtype {
    case .float64: littleEndian(values(Double.self))
    case .float16: littleEndian(values(Float.self).map { Float16($0) })
    case .bfloat16: littleEndian(values(Float.self).map(bfloat16))
    default: littleEndian(values(Float.self))
    }
  }

  private func values<Scalar: ReferenceScalar>(_: Scalar.Type) -> [Scalar] {
    initializer.checkedValues(shape: dimensions, stream: stream)
  }
}

/// The bits of the nearest `bfloat16`, ties to even.
private func bfloat16(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
}

/// The bytes of some numbers; the host is little-endian too.
private func littleEndian(_ numbers: [some BitwiseCopyable]) -> [UInt8] {
  // Sound: plain numbers without padding.
  unsafe numbers.withUnsafeBytes { unsafe Array($0) }
}

extension Tensor {
  /// A weight that begins with an initializer's values, which are made when they
  /// are first used.
  ///
  /// - Parameters:
  ///   - shape: The size of each axis, outermost first; empty for a scalar.
  ///   - stream: What tells the random numbers where the initializer has no seed,
  ///     such as `Initializer.stream(seed:name:)`.
  ///   - dtype: A floating-point type.
  /// - Throws: What `InitialBytes` throws.
  public static func initial(
    shape: [Int], initializer: Initializer, stream: UInt64, dtype: DType = .float32
  ) throws(ModelError) -> Tensor {
    let bytes = try InitialBytes(initializer, dimensions: shape, stream: stream, dtype: dtype)
    return try Tensor(dtype: dtype, dimensions: shape, bytes: bytes)
  }
}
