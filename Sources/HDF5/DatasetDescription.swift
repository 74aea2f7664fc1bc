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
    case .chunked(let shape, let filters, let maximum):
      .chunked(shape: shape, filters: filters, maximum: maximum)
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
  ///
  /// The dataset may grow along each axis to its maximum, without end where that is nil; there are
  /// no maxima where it cannot grow.
  case chunked(shape: [Int], filters: [Filter], maximum: [Int?] = [])
}

/// How a new dataset is to be stored.
public enum Storage: Sendable, Hashable {
  /// One run of bytes.
  case contiguous
  /// In the dataset's own header; for less than 64 KiB.
  case compact
  /// In pieces of equal shape, each passed through the filters in this order.
  ///
  /// The dataset may grow along each axis to its maximum, without end where that is nil; there are
  /// no maxima where it cannot grow. Only along an axis whose maximum allows it may a chunk be longer
  /// than the dataset.
  case chunked(shape: [Int], filters: [Filter], maximum: [Int?] = [])
}

extension Storage {
  /// How far a dataset may grow; no maxima where it cannot.
  var maximum: [Int?] {
    guard case .chunked(_, _, let maximum) = self else { return [] }
    return maximum
  }

  /// How many elements of an array are in chunks that begin at the same index of the first axis;
  /// nil where there are no chunks.
  func rowElementCount(of shape: [Int]) -> Int? {
    guard case .chunked(let chunk, _, _) = self, let depth = chunk.first else { return nil }
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
