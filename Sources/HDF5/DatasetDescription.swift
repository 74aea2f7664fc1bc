/// What a dataset is, without its elements.
public struct DatasetDescription: Sendable, Hashable {
  /// What an element is.
  public var datatype: Datatype
  /// The arrangement of the elements.
  public var dataspace: Dataspace
  /// Where and how the elements are stored.
  public var layout: Layout
  /// The number of elements.
  public var elementCount: Int
  /// Bytes of all elements, or nil for strings of variable length.
  public var byteCount: Int?

  /// The lengths of the dimensions; none for a scalar.
  public var shape: [Int] { dataspace.shape }

  /// The storage to write an equal dataset with.
  public var storage: Storage {
    switch layout {
    case .contiguous: .contiguous
    case .compact: .compact
    case .chunked(let shape, let filters): .chunked(shape: shape, filters: filters)
    }
  }
}

/// Where and how a dataset's elements are stored.
public enum Layout: Sendable, Hashable {
  /// One run of bytes, from this offset in the file; nil if there are no elements.
  case contiguous(fileOffset: Int?)
  /// In the dataset's own header.
  case compact
  /// In pieces of equal shape, each passed through the filters.
  case chunked(shape: [Int], filters: [Filter])
}

/// How a new dataset is to be stored.
public enum Storage: Sendable, Hashable {
  /// One run of bytes.
  case contiguous
  /// In the dataset's own header; for less than 64 KiB.
  case compact
  /// In pieces of equal shape, each passed through the filters in this order.
  case chunked(shape: [Int], filters: [Filter])
}

extension Storage {
  /// How many elements of an array are in chunks that begin at the same index of the first axis;
  /// nil where there are no chunks.
  func rowElementCount(of shape: [Int]) -> Int? {
    guard case .chunked(let chunk, _) = self, let depth = chunk.first else { return nil }
    guard let count = product(shape.dropFirst() + [depth]), count > 0 else { return nil }
    return count
  }
}

/// What is done to the bytes of a chunk before they are stored.
public enum Filter: Sendable, Hashable {
  /// Compression by zlib, with a level from 0 to 9.
  case deflate(level: Int)
  /// The bytes of equal significance are brought together, so that they compress better.
  case shuffle
  /// A checksum is added.
  case fletcher32
}
