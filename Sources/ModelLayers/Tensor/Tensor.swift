internal import Glibc

/// A tensor as a file holds it: an element type, a size per axis, and bytes that
/// may not have been read yet.
public struct Tensor: Sendable {
  /// The type of the elements.
  public let dtype: DType
  /// The size of each axis, outermost first; empty for a scalar.
  public let dimensions: [Int]
  /// The elements, little-endian and row-major.
  public let bytes: any TensorBytes

  /// Makes a tensor of bytes that are somewhere else.
  ///
  /// - Throws: `ModelError.tensorSize` where the bytes are not as many as the
  ///   type and the shape need.
  public init(dtype: DType, dimensions: [Int], bytes: any TensorBytes) throws(ModelError) {
    guard dtype.byteCount(of: dimensions) == bytes.byteCount else {
      throw .tensorSize(dtype: dtype, dimensions: dimensions, byteCount: bytes.byteCount)
    }
    self.dtype = dtype
    self.dimensions = dimensions
    self.bytes = bytes
  }

  /// The shape of the tensor.
  public var shape: Shape { Shape(dimensions) }

  /// The number of elements.
  public var elementCount: Int { bytes.byteCount / dtype.byteCount }

  /// Whether both tensors have the same type, shape and bytes.
  public func isIdentical(to other: Tensor) throws -> Bool {
    guard dtype == other.dtype, dimensions == other.dimensions else { return false }
    return try bytes.withBytes { mine in
      try other.bytes.withBytes { theirs in areEqual(mine, theirs) }
    }
  }
}

/// Whether two runs of bytes are the same.
package func areEqual(_ left: RawSpan, _ right: RawSpan) -> Bool {
  guard left.byteCount == right.byteCount else { return false }
  // Sound: both spans are lent for the call and are equally long.
  return unsafe left.withUnsafeBytes { left in
    unsafe right.withUnsafeBytes { right in
      guard let first = left.baseAddress, let second = right.baseAddress else { return true }
      return unsafe memcmp(first, second, left.count) == 0
    }
  }
}
