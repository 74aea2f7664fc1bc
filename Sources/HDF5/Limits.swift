/// How much a file may ask of its reader.
///
/// A file that asks for more is refused before anything is allocated.
///
/// The limits bound what this module allocates. What libhdf5 itself does with a damaged file they
/// cannot bound: a program that reads files of strangers does so in a process with a memory limit.
public struct Limits: Sendable, Hashable {
  /// Bytes of one dataset, as declared by its shape and datatype: 16 GiB.
  ///
  /// A contiguous dataset must also lie inside the file.
  public var datasetByteCount = 16 << 30

  /// Bytes of all chunked datasets read from one file, each counted once: 64 GiB.
  public var expandedByteCount = 64 << 30

  /// Bytes of the chunks of all datasets of one file that lie past these, beyond as many as the
  /// datasets themselves have: 1 GiB.
  ///
  /// A dataset that may grow can be smaller than a chunk of it.
  public var paddingByteCount = 1 << 30

  /// Bytes of one chunk: 1 GiB.
  ///
  /// A chunk is held in memory as a whole, packed and unpacked.
  public var chunkByteCount = 1 << 30

  /// Chunks of one dataset: 4,194,304.
  public var chunkCount = 1 << 22

  /// Bytes of one attribute, the characters of variable-length strings apart: 64 MiB.
  public var attributeByteCount = 64 << 20

  /// Bytes of the attributes of all objects of a walk, counted once for each name that an object
  /// has: 256 MiB.
  public var attributesByteCount = 256 << 20

  /// Bytes of the strings of one attribute or dataset, with 16 for each string: 256 MiB.
  public var stringByteCount = 256 << 20

  /// Attributes of one object: 4,096.
  ///
  /// libhdf5 compares the name of each with those of all before it.
  public var attributeCount = 1 << 12

  /// Objects of one walk, members of one group: 1,048,576.
  public var objectCount = 1 << 20

  /// Components of a path: 64.
  public var depth = 64

  /// Creates the limits with their default values.
  public init() {}

  /// Names a limit in an error.
  @nonexhaustive public enum Kind: String, Sendable, Hashable {
    /// Bytes of one dataset.
    case datasetByteCount
    /// Bytes of all chunked datasets.
    case expandedByteCount
    /// Bytes of chunks that lie past their datasets.
    case paddingByteCount
    /// Bytes of one chunk.
    case chunkByteCount
    /// Chunks of one dataset.
    case chunkCount
    /// Bytes of one attribute.
    case attributeByteCount
    /// Bytes of the attributes of all objects.
    case attributesByteCount
    /// Bytes of strings.
    case stringByteCount
    /// Attributes of one object.
    case attributeCount
    /// Objects of one walk or group.
    case objectCount
    /// Components of a path.
    case depth
  }
}

extension Limits {
  /// Refuses what is more than a limit.
  func check(
    _ kind: Kind, _ found: Int, _ allowed: Int, at place: Location
  ) throws(HDF5Error) {
    guard found <= allowed else {
      throw .exceedsLimit(place, kind, found: found, allowed: allowed)
    }
  }
}
