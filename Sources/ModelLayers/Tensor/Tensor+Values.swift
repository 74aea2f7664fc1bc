extension Tensor {
  /// Makes a tensor of numbers in memory.
  public init<Scalar: ReferenceScalar>(_ array: NDArray<Scalar>) {
    self.init(unchecked: Scalar.dtype, array.dimensions, OwnedElements(elements: array.elements))
  }

  /// Reads the elements as numbers of the given precision.
  ///
  /// - Throws: What reading the bytes throws.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  public func array<Scalar: ReferenceScalar>(_: Scalar.Type = Scalar.self) throws -> NDArray<Scalar>
  {
    if let owned = bytes as? OwnedElements<Scalar> { return NDArray(dimensions, owned.elements) }
    return NDArray(dimensions, try bytes.withBytes { dtype.elements(in: $0) })
  }

  init(unchecked dtype: DType, _ dimensions: [Int], _ bytes: any TensorBytes) {
    self.dtype = dtype
    self.dimensions = dimensions
    self.bytes = bytes
  }
}

/// Numbers in memory, which need not be copied to become an array again.
private struct OwnedElements<Scalar: ReferenceScalar>: TensorBytes {
  let elements: [Scalar]

  var byteCount: Int { elements.count * MemoryLayout<Scalar>.stride }

  func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    // Sound: the elements of both precisions are plain IEEE numbers, without padding.
    try unsafe elements.withUnsafeBytes { try unsafe body($0.bytes) }
  }
}

extension DType {
  /// The elements of this type in a run of bytes, as numbers of the given precision.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  package func elements<Scalar: ReferenceScalar>(
    in bytes: RawSpan, as _: Scalar.Type = Scalar.self
  ) -> [Scalar] {
    switch self {
    case Scalar.dtype: copied(bytes)
    case .bool: convert(bytes, UInt8.self) { $0 == 0 ? 0 : 1 }
    case .int8: convert(bytes, Int8.self) { Scalar($0) }
    case .int16: convert(bytes, Int16.self) { Scalar($0) }
    case .int32: convert(bytes, Int32.self) { Scalar($0) }
    case .int64: convert(bytes, Int64.self) { Scalar($0) }
    case .uint8, .string: convert(bytes, UInt8.self) { Scalar($0) }
    case .uint16: convert(bytes, UInt16.self) { Scalar($0) }
    case .uint32: convert(bytes, UInt32.self) { Scalar($0) }
    case .uint64: convert(bytes, UInt64.self) { Scalar($0) }
    case .float16: convert(bytes, UInt16.self) { Scalar(Float16(bitPattern: $0)) }
    case .bfloat16: convert(bytes, UInt16.self) { Scalar(Float(bitPattern: UInt32($0) << 16)) }
    case .float32: convert(bytes, Float.self) { Scalar($0) }
    case .float64: convert(bytes, Double.self) { Scalar($0) }
    }
  }
}

extension DType {
  /// The elements of this type in bytes in memory, as numbers of the given precision.
  package func elements<Scalar: ReferenceScalar>(
    in bytes: [UInt8], as _: Scalar.Type = Scalar.self
  ) -> [Scalar] {
    // Sound: any bytes are valid bytes; the span does not outlive the call.
    unsafe elements(in: bytes.span.bytes)
  }
}

/// Copies elements that are stored as they are wanted.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func copied<Scalar: ReferenceScalar>(_ bytes: RawSpan) -> [Scalar] {
  let count = bytes.byteCount / MemoryLayout<Scalar>.stride
  return unsafe [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
    unsafe bytes.withUnsafeBytes { source in
      // Sound: `count` whole elements are inside the span, and any bits are an IEEE number.
      unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: source[..<(count * MemoryLayout<Scalar>.stride)]))
    }
    initialized = count
  }
}

/// Converts little-endian elements one by one; the host is little-endian too.
@inline(__always)
private func convert<Stored: BitwiseCopyable, Scalar>(
  _ bytes: RawSpan, _: Stored.Type, _ transform: (Stored) -> Scalar
) -> [Scalar] {
  let count = bytes.byteCount / MemoryLayout<Stored>.stride
  return unsafe [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
    unsafe bytes.withUnsafeBytes { source in
      for index in 0..<count {
        // Sound: `count` whole elements are inside the span; unaligned loads are allowed.
        let stored = unsafe source.loadUnaligned(
          fromByteOffset: index * MemoryLayout<Stored>.stride, as: Stored.self)
        unsafe buffer.initializeElement(at: index, to: transform(stored))
      }
    }
    initialized = count
  }
}
