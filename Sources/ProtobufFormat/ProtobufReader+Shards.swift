internal import ModelGraph

extension ProtobufReader {
  /// The names of the shards beside a model's file that are named after it, as `ProtobufWriter`
  /// names them, and that are shards: nothing but this model can be meant by them.
  ///
  /// - Returns: No names where the file is no model that can be read.
  public static func shardNames(path: String) -> [String] {
    let limits = ProtobufLimits()
    let header = try? MappedFile(path: path).withBytes { bytes -> Header in
      let layout = try FileLayout(of: bytes, format: Schema.format, limits: limits)
      let header = bytes.copy(layout.header)
      return try Header(unpacking: [header.indices], of: header, limits: limits)
    }
    let shards = header?.shards ?? []
    let fileName = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    return shards.enumerated().compactMap { index, shard in
      let name = ProtobufWritePlan.shardName(fileName, index: index, count: shards.count)
      guard shard.fileName == name, let location = try? ShardLocation(name, beside: path),
        let isShard = try? location.map().withBytes({ FileLayout.isShard($0) }), isShard
      else { return nil }
      return name
    }
  }
}
