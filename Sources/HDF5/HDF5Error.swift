/// Where in a file an error lies.
public struct Location: Sendable, Hashable {
  /// The file's path as the caller gave it.
  public var file: String
  /// The path of a group or dataset in the file.
  public var object: String?
  /// The name of an attribute of that object.
  public var attribute: String?

  /// Names a file, and an object and an attribute in it.
  public init(file: String, object: String? = nil, attribute: String? = nil) {
    self.file = file
    self.object = object
    self.attribute = attribute
  }
}

/// Why a file, or something in it, could not be read or written.
@nonexhaustive public enum HDF5Error: Error, Hashable, Sendable {
  /// The system could not open the file; the number is an `errno`.
  case cannotOpen(Location, code: Int32)
  /// The path names a folder, a pipe or another thing that is no regular file.
  case notRegularFile(Location)
  /// The file does not begin with HDF5's signature.
  case notHDF5(Location)
  /// The file is shorter than it says.
  case truncated(Location, found: Int, expected: UInt64)
  /// The reader or writer was closed before.
  case closed(Location)

  /// There is no such object or attribute.
  case missing(Location)
  /// The object is of another kind than was asked for.
  case wrongKind(Location, expected: ObjectKind, found: ObjectKind)
  /// The name is a link that may lead out of the file.
  case refusedLink(Location, LinkKind)
  /// A name is not valid UTF-8, or has a null character.
  case invalidName(Location)

  /// The dataset's bytes are in other files.
  case externalStorage(Location)
  /// The dataset is put together from other datasets.
  case virtualDataset(Location)
  /// A filter other than deflate, shuffle and fletcher32 is needed to read the dataset.
  case unsupportedFilter(Location, identifier: Int, name: String)
  /// Chunks that reach past the array are stored without the filters that the others have.
  case partialChunks(Location)
  /// The datatype is none of those in ``Datatype``.
  case unsupportedDatatype(Location, found: String)
  /// The operation needs another datatype.
  case wrongDatatype(Location, expected: String, found: Datatype)
  /// The datatype is a named object of the file.
  case namedDatatype(Location)

  /// The dataset reaches past the end of the file.
  case endsOutside(Location, end: Int, file: Int)
  /// Less is stored than the shape and datatype declare.
  case storedTooShort(Location, declared: Int, stored: Int)
  /// A dataset, or the chunk of it that begins at a place, was never written.
  case unwritten(Location, chunk: [Int]?)
  /// The chunk that begins at a place has not as many bytes as its shape needs; of a compressed
  /// one, what it can unpack to at most.
  case chunkLength(Location, chunk: [Int], declared: Int, found: Int)
  /// The chunk that begins at a place has fewer bytes than its shape needs.
  case chunkShort(Location, chunk: [Int], declared: Int)
  /// The chunks together have not as many bytes as their shape needs.
  case storedChunks(Location, declared: Int, stored: Int)
  /// The chunk that begins at a place cannot be unpacked.
  case chunkDamaged(Location, chunk: [Int], how: String)
  /// The filter that shuffles bytes was made for elements of another size.
  case shuffledWidth(Location, declared: Int, found: Int)
  /// The number of elements or bytes does not fit in an integer.
  case sizeOverflow(Location, shape: [Int])
  /// A limit of ``Limits`` is exceeded.
  case exceedsLimit(Location, Limits.Kind, found: Int, allowed: Int)

  /// The number of elements or bytes given is not the one declared.
  case wrongCount(Location, expected: Int, found: Int)
  /// Elements outside of the dataset were given.
  case outOfBounds(Location, Range<Int>, count: Int)
  /// A string does not fit its fixed length, or has a null character.
  case unstorableString(Location, byteCount: Int)
  /// The storage asked for does not suit the dataset.
  case invalidChunk(Location, chunk: [Int], shape: [Int])
  /// The dataset cannot grow so; nil stands for no end.
  case invalidMaximum(Location, maximum: [Int?], shape: [Int])

  /// The library refused; its own words.
  case library(Location, function: String, message: String)
}

/// What a name in a file stands for.
@nonexhaustive public enum ObjectKind: String, Sendable, Hashable {
  /// A group of named objects.
  case group
  /// An array of elements.
  case dataset
  /// A datatype with a name of its own.
  case namedDatatype
  /// Something that a newer library has put there.
  case unknown
}

/// The kinds of links that are not followed.
@nonexhaustive public enum LinkKind: String, Sendable, Hashable {
  /// A path, looked up when followed.
  case soft
  /// A path in another file.
  case external
  /// A link whose meaning a plug-in defines.
  case userDefined
}
