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
  ///   after it, `model-00001-of-00002.pb`.
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
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let folder = slash.map { String(path[...$0]) } ?? ""
    let plan = try plan(model, fileName: name)
    for file in plan.files {
      try plan.write(file, to: folder + file.name, progress: progress)
    }
  }
}
