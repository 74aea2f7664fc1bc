internal import Dispatch
internal import OrderedCollections
internal import Synchronization

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
    let tensors = Array(tensors.values)
    let failures = Mutex<[Int: any Error]>([:])
    DispatchQueue.concurrentPerform(iterations: tensors.count) { index in
      do {
        try tensors[index].bytes.withBytes { _ in }
      } catch {
        failures.withLock { $0[index] = error }
      }
    }
    let first = failures.withLock { failures in failures.min { $0.key < $1.key }?.value }
    if let first { throw first }
  }
}
