public import ModelGraph
internal import Glibc

/// Writes models in the residual.v1 schema: an ordinary protobuf message whose
/// tensors begin at multiples of 64 bytes.
///
/// The same model always gives the same bytes. Tensors are written one by one, so
/// that the memory does not grow with the model.
public struct ProtobufWriter: Sendable {
  /// The most bytes of a file; a model that needs more is spread over shards.
  ///
  /// A tensor that is larger by itself gets a shard of its own.
  public let shardByteLimit: Int

  /// The most bytes that a file can have for every protobuf library to read it.
  public static let maximumByteCount = Int(Int32.max)

  /// Makes a writer; the limit is at most `maximumByteCount`.
  public init(shardByteLimit: Int = maximumByteCount) {
    self.shardByteLimit = min(shardByteLimit, Self.maximumByteCount)
  }

  /// Works out the files that a model is written as.
  ///
  /// - Parameter fileName: The name of the file, such as `model.pb`; shards are named
  ///   after it and their checksums, `model-00001-of-00002-9f86d081884c7d65.pb`.
  /// - Throws: `ProtobufFormatError` for what the format cannot hold.
  public func plan(
    _ model: Model, fileName: String
  ) throws(ProtobufFormatError) -> ProtobufWritePlan {
    try ProtobufWritePlan(model, fileName: fileName, byteLimit: shardByteLimit)
  }

  /// Writes a model to a path, and shards, if it needs any, beside it.
  ///
  /// A file that is there is overwritten in place; to replace one whole, or one that
  /// the model was read from, write the files of a plan to temporary ones and rename.
  ///
  /// - Parameter progress: Is told the bytes that are written and those that there are.
  /// - Throws: `ProtobufFormatError`, `FileError`, or what reading the tensors throws.
  public func write(
    _ model: Model, to path: String, progress: ((_ done: Int, _ total: Int) -> Void)? = nil
  ) throws {
    let place = PathName(path)
    let plan = try plan(model, fileName: place.last)
    for shard in plan.files.dropLast() {
      try write(shard, of: plan, in: place.folder, progress: progress)
    }
    guard let last = plan.files.last else { return }
    try plan.write(last, to: path, progress: progress)
  }

  /// Writes a shard under a name that nobody else has, and then gives it its own.
  private func write(
    _ shard: ProtobufWritePlan.File, of plan: ProtobufWritePlan, in folder: String,
    progress: ((_ done: Int, _ total: Int) -> Void)?
  ) throws {
    let number = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    let temporary = "\(folder).shard-\(number)"
    do {
      try plan.write(shard, to: temporary, flags: O_EXCL, progress: progress)
      let name = try plan.name(of: shard)
      // Sound, here and below: the paths are lent for the call.
      guard unsafe rename(temporary, folder + name) == 0 else {
        throw FileError(path: temporary, operation: .rename, code: errno)
      }
    } catch {
      unsafe unlink(temporary)
      throw error
    }
  }
}
