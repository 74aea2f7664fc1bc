internal import ModelGraph

extension ProtobufReader {
  /// The names of the shards beside a model's file that are named after it, as `ProtobufWriter`
  /// names them or named them once, and that are shards: nothing but this model can be meant by
  /// them.
  ///
  /// - Returns: No names where the file is no model that can be read.
  public static func shardNames(path: String) -> [String] {
    let shards = shards(of: path)
    guard !shards.isEmpty, let folder = try? ShardFolder(of: path) else { return [] }
    let last = PathName(path).last
    return shards.enumerated().compactMap { index, shard in
      let name = ShardName(of: last, index: index, count: shards.count)
      guard [name.withoutChecksum, name.text(checksum: shard.checksum)].contains(shard.fileName),
        let location = try? ShardLocation(shard.fileName, in: folder),
        let isShard = try? location.map().withBytes({ FileLayout.isShard($0) }), isShard
      else { return nil }
      return shard.fileName
    }
  }

  /// The paths of all files that a model's file says it is in besides, whether they exist or not.
  ///
  /// - Returns: No paths where the file is no model that can be read.
  package static func shardPaths(path: String) -> [String] {
    let shards = shards(of: path)
    guard !shards.isEmpty, let folder = try? ShardFolder(of: path) else { return [] }
    return shards.compactMap { try? ShardLocation($0.fileName, in: folder).path }
  }

  private static func shards(of path: String) -> [ShardRecord] {
    let limits = ProtobufLimits()
    let header = try? MappedFile(path: path).withBytes { bytes -> Header? in
      let layout = try FileLayout(of: bytes, format: Schema.format, limits: limits)
      try layout.checkHeader(of: bytes)
      // A model has either tensors or shards.
      guard layout.tensors.isEmpty else { return nil }
      let header = bytes.copy(layout.header)
      return try Header(unpacking: [header.indices], of: header, limits: limits)
    }
    return header?.shards ?? []
  }
}
