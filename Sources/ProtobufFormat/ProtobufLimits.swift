internal import ModelGraph

/// What a reader accepts at most, so that no file makes it work or allocate
/// without bound.
public struct ProtobufLimits: Hashable, Sendable {
  /// The bytes of a file that are not tensors.
  public var headerByteCount = 256 << 20
  /// The bytes that the header may take in memory while it is parsed: half of them its source
  /// record, half the rest.
  public var parsedByteCount = 1 << 30
  /// The tensors, those in shards included.
  public var tensorCount = 1 << 20
  /// The files that a model may be spread over.
  public var shardCount = 10_000
  /// The calls, where each call of a nested model counts for all calls in it.
  public var callCount = 1 << 20
  /// The path of a layer that is of no known kind.
  public var pathByteCount = 4096
  /// The axes of a tensor.
  public var rank = Shape.maximumRank

  /// Makes the default limits.
  public init() {}
}
