internal import Checksums
internal import Glibc
internal import ModelGraph
internal import Synchronization

/// The files that a model is written as: its shards, if it has any, and then the
/// file that others open.
///
/// Write them in this order, each to a temporary file that is then renamed to its
/// `name(of:)`: until the last one has its name, whoever opens the model finds the old
/// one or none, for shards of different content have different names.
public final class ProtobufWritePlan: Sendable {
  /// One file.
  public struct File: Hashable, Sendable {
    /// What sentences call the file.
    let title: String
    /// The size of the file.
    public let byteCount: Int
    /// Where the file is among the others.
    let index: Int
  }

  /// The files, the one that is opened last.
  public let files: [File]
  /// The size of all files together.
  public let byteCount: Int

  private let fileName: String
  private let header: Header
  /// The header as it was packed to learn its size.
  private let draft: [UInt8]
  private let frames: [[TensorFrame]]
  private let shardChecksums: Mutex<[Int: UInt64]> = Mutex([:])

  init(
    _ model: Model, fileName: String, byteLimit: Int
  ) throws(ProtobufFormatError) {
    self.fileName = fileName
    let encoder = try ModelEncoder(model)
    var header = encoder.header
    // A size that is not 0 takes as many bytes as any other.
    header.fileByteCount = 1
    draft = try header.packed()
    let single = Self.end(of: encoder.frames, from: draft.count)
    if single <= byteLimit || encoder.frames.isEmpty {
      header.fileByteCount = single
      frames = [encoder.frames]
      files = [File(title: fileName, byteCount: single, index: 0)]
    } else {
      let shards = try Self.split(encoder.frames, byteLimit: byteLimit)
      for (index, shard) in shards.enumerated() {
        header.shards.append(
          ShardRecord(
            // Of the length that it will have: the checksum is known when the shard is written.
            fileName: ShardName(of: fileName, index: index, count: shards.count).text(checksum: 1),
            byteCount: Self.end(of: shard, from: Self.shardHeader(byteCount: 0).count),
            checksum: 1))
      }
      header.fileByteCount = try header.packed().count
      frames = shards + [[]]
      files =
        header.shards.enumerated().map {
          File(
            title: ShardName(of: fileName, index: $0, count: shards.count).withoutChecksum,
            byteCount: $1.byteCount, index: $0)
        } + [File(title: fileName, byteCount: header.fileByteCount, index: shards.count)]
    }
    self.header = header
    byteCount = files.reduce(0) { $0 + $1.byteCount }
    for file in files where file.byteCount > Schema.messageByteLimit {
      throw .tooLarge(
        what: "'\(file.title)'", byteCount: file.byteCount, limit: Schema.messageByteLimit)
    }
  }

  private static func end(of frames: [TensorFrame], from start: Int) -> Int {
    frames.reduce(start) { $1.end(from: $0) }
  }

  private static func split(
    _ frames: [TensorFrame], byteLimit: Int
  ) throws(ProtobufFormatError) -> [[TensorFrame]] {
    let start = shardHeader(byteCount: 0).count
    var shards: [[TensorFrame]] = []
    var end = Int.max
    for frame in frames {
      if !shards.isEmpty, case let next = frame.end(from: end), next <= byteLimit {
        shards[shards.count - 1].append(frame)
        end = next
      } else {
        shards.append([frame])
        end = frame.end(from: start)
      }
      guard end <= Schema.messageByteLimit else {
        throw .tooLarge(
          what: "tensor '\(frame.name)'", byteCount: frame.tensor.bytes.byteCount,
          limit: Schema.messageByteLimit)
      }
    }
    return shards
  }

  private static func shardHeader(byteCount: Int) -> [UInt8] {
    start(format: Schema.shardFormat, byteCount: byteCount).bytes
  }

  /// Where the model's file has the checksum of its header: behind the fields that every
  /// file begins with and one byte of tag, as protobuf-c packs fields by their numbers.
  private static let headerChecksumRange: Range<Int> = {
    let offset = start(format: Schema.format, byteCount: 0).bytes.count + 1
    return offset..<(offset + 8)
  }()

  private static func start(format: String, byteCount: Int) -> WireEncoder {
    var encoder = WireEncoder()
    encoder.lengthDelimited(Schema.File.format, format.utf8)
    encoder.varint(Schema.File.schemaVersion, UInt64(Schema.version))
    encoder.fixed64(Schema.File.fileByteCount, UInt64(byteCount))
    return encoder
  }
}

// MARK: - Writing

extension ProtobufWritePlan {
  /// The name that a file must have in the end, in the folder of the others.
  ///
  /// That of a shard is known when it has been written, for it says what is in it.
  ///
  /// - Throws: `ProtobufFormatError.shardsUnwritten` for a shard that has not been written.
  public func name(of file: File) throws(ProtobufFormatError) -> String {
    guard file.index < files.count - 1 else { return fileName }
    return try record(ofShard: file.index).fileName
  }

  /// What the header lists of a shard that has been written.
  private func record(ofShard index: Int) throws(ProtobufFormatError) -> ShardRecord {
    guard let checksum = shardChecksums.withLock({ $0[index] }) else { throw .shardsUnwritten }
    var record = header.shards[index]
    record.checksum = checksum
    record.fileName = ShardName(of: fileName, index: index, count: header.shards.count)
      .text(checksum: checksum)
    return record
  }

  /// Writes one of the files to a path, which need not be its final one; a file that is there is
  /// overwritten.
  ///
  /// - Parameter progress: Is told the bytes that are written and those that there are,
  ///   of all files together.
  /// - Throws: `ProtobufFormatError`, `FileError`, or what reading the tensors throws.
  public func write(
    _ file: File, to path: String, progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws {
    try write(file, to: path, flags: O_TRUNC, progress: progress)
  }

  /// - Parameter flags: `O_TRUNC`, or `O_EXCL` for a file that must be new.
  func write(
    _ file: File, to path: String, flags: CInt,
    progress: ((_ done: Int, _ total: Int) -> Void)?
  ) throws {
    // Sound: open only reads the path, which is lent for the call.
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o666)
    guard descriptor >= 0 else { throw FileError(path: path, operation: .create, code: errno) }
    do {
      try write(file, to: descriptor, path: path, progress: progress)
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else {
      throw FileError(path: path, operation: .write, code: errno)
    }
  }

  /// Writes one of the files to a descriptor, which is at the start of an empty file and
  /// stays open.
  ///
  /// It must not be a pipe: the checksum of the header is known last and stands first.
  ///
  /// - Parameter path: Names the file in errors.
  public func write(
    _ file: File, to descriptor: CInt, path: String,
    progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws {
    var done = files[..<file.index].reduce(0) { $0 + $1.byteCount }
    let advance = { (count: Int) in
      done += count
      progress?(done, self.byteCount)
    }
    let isShard = file.index < files.count - 1
    let head = isShard ? Self.shardHeader(byteCount: file.byteCount) : try packedHeader()
    var output = FileOutput(descriptor: descriptor, path: path)
    try output.reserve(byteCount: file.byteCount)
    try output.write(unsafe head.span.bytes, progress: advance)
    try output.flush()
    let frames = FrameWriter(
      frames[file.index], at: head.count, descriptor: descriptor, path: path)
    let checksum = Checksum()
    checksum.add(unsafe head.span.bytes)
    let heads = try frames.write(progress: advance)
    checksum.add(unsafe heads.span.bytes)
    if isShard {
      let value = checksum.value
      shardChecksums.withLock { $0[file.index] = value }
    } else {
      let value = Checksum.stated(checksum.value).littleEndianBytes
      try output.overwrite(unsafe value.span.bytes, at: Self.headerChecksumRange.lowerBound)
    }
  }

  /// The header, with zeros for its checksum.
  private func packedHeader() throws(ProtobufFormatError) -> [UInt8] {
    var bytes = draft
    if header.shards.isEmpty {
      let start = Self.start(format: Schema.format, byteCount: header.fileByteCount).bytes
      bytes.replaceSubrange(..<start.count, with: start)
    } else {
      var header = header
      for index in header.shards.indices {
        header.shards[index] = try record(ofShard: index)
      }
      bytes = try header.packed()
    }
    bytes.replaceSubrange(Self.headerChecksumRange, with: UInt64(0).littleEndianBytes)
    return bytes
  }
}
