import Glibc

/// What is looked at before the library may open a file.
struct FileCheck {
  /// The file's length.
  let byteCount: Int

  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Refuses what is not a regular file, and what `init(_:byteCount:read:)` refuses.
  init(path: String) throws(HDF5Error) {
    self = try Self.withRegularFile(path) { (descriptor, byteCount) throws(HDF5Error) in
      try FileCheck(Location(file: path), byteCount: byteCount) { offset, count in
        Self.bytes(descriptor, at: offset, count: count)
      }
    }
  }

  /// Opens a regular file for the duration of a call.
  ///
  /// - Parameter body: Is given the descriptor and the file's length.
  /// - Throws: `HDF5Error.cannotOpen`, `HDF5Error.notRegularFile`, and what `body` throws.
  static func withRegularFile<Result>(
    _ path: String, _ body: (_ descriptor: Int32, _ byteCount: Int) throws(HDF5Error) -> Result
  ) throws(HDF5Error) -> Result {
    let location = Location(file: path)
    // `O_NONBLOCK`, lest a pipe without a writer should hold us for ever.
    // Sound: the path's bytes live during the call.
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotOpen(location, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    // Sound: the pointer is used during the call only.
    guard unsafe fstat(descriptor, &status) == 0 else { throw .cannotOpen(location, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegularFile(location) }
    return try body(descriptor, Int(status.st_size))
  }

  /// Checks a file whose bytes are in memory, as `init(_:byteCount:read:)` does.
  init(bytes: [UInt8], name: String) throws(HDF5Error) {
    try self.init(Location(file: name), byteCount: bytes.count) { offset, count in
      Array(bytes.dropFirst(offset).prefix(count))
    }
  }

  /// Checks a file that lies in another, as `init(_:byteCount:read:)` does.
  init(region: MappedRegion, name: String) throws(HDF5Error) {
    try self.init(
      Location(file: name), byteCount: unsafe region.bytes.count, read: region.copy(at:count:))
  }

  /// Refuses what has no signature or is shorter than its superblock says.
  ///
  /// - Parameter read: Gives the bytes at an offset: as many as are asked for, as far as there are
  ///   any.
  private init(
    _ location: Location, byteCount: Int, read: (_ offset: Int, _ count: Int) -> [UInt8]
  ) throws(HDF5Error) {
    self.byteCount = byteCount
    // A superblock is at the start, or, after a block of the user's, at 512, 1024, 2048 and so on.
    var start = 0
    while start < byteCount, read(start, Self.signature.count) != Self.signature {
      start = start == 0 ? 512 : start * 2
    }
    guard start < byteCount else { throw .notHDF5(location) }
    if let end = Self.storedEnd(read(start, 64)), end > UInt64(byteCount) {
      throw .truncated(location, found: byteCount, expected: end)
    }
  }

  private static func bytes(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    // Sound: at most `count` bytes are written to an array of that many.
    let read = unsafe pread(descriptor, &bytes, count, offset)
    return Array(bytes.prefix(max(0, read)))
  }

  /// The end-of-file address in a superblock of version 0 to 3 with addresses of 8 bytes, or nil
  /// for all others, which are left to the library.
  private static func storedEnd(_ superblock: [UInt8]) -> UInt64? {
    guard superblock.count > 13 else { return nil }
    let position: Int
    switch superblock[8] {
    case 0 where superblock[13] == 8: position = 40
    case 1 where superblock[13] == 8: position = 44
    case 2 where superblock[9] == 8, 3 where superblock[9] == 8: position = 28
    default: return nil
    }
    guard superblock.count >= position + 8 else { return nil }
    return superblock[position..<(position + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
