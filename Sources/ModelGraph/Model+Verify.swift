internal import OrderedCollections

extension Model {
  /// Brings every tensor of the model into memory and compares those that have a checksum with it,
  /// on all cores.
  ///
  /// Without this call that is done tensor by tensor, when each is first used. Call it where a
  /// damaged file is to be known of before any work begins, or where the first answer must not be
  /// later than the second.
  ///
  /// - Throws: What the first tensor throws, in the model's order, that cannot be read or is
  ///   damaged.
  public func verifyTensors() throws {
    _ = try mappedInParallel(Array(tensors.values)) { try $0.bytes.withBytes { _ in } }
  }
}
