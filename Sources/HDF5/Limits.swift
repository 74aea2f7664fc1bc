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

  /// How many times larger than its stored bytes a dataset may be, once it is larger than
  /// `ratioFreeByteCount`: 1100, just above what gzip can reach.
  public var declaredToStoredRatio = 1_100

  /// The size up to which a dataset may be of any ratio, such as one that was never written:
  /// 256 MiB.
  public var ratioFreeByteCount = 256 << 20

  /// Bytes of one chunk: 1 GiB.
  ///
  /// The library holds a whole chunk in memory.
  public var chunkByteCount = 1 << 30

  /// Chunks of one dataset: 4,194,304.
  public var chunkCount = 1 << 22

  /// Bytes of one attribute, the characters of variable-length strings apart: 64 MiB.
  public var attributeByteCount = 64 << 20

  /// Bytes of the strings of one attribute or dataset, with 16 for each string: 256 MiB.
  public var stringByteCount = 256 << 20

  /// Objects of one walk, members of one group, attributes of one object: 1,048,576.
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
    /// Declared over stored bytes.
    case declaredToStoredRatio
    /// Bytes of one chunk.
    case chunkByteCount
    /// Chunks of one dataset.
    case chunkCount
    /// Bytes of one attribute.
    case attributeByteCount
    /// Bytes of strings.
    case stringByteCount
    /// Objects of one walk or group, or attributes of one object.
    case objectCount
    /// Components of a path.
    case depth
  }
}
