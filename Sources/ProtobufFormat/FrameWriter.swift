internal import Checksums
internal import ModelGraph
internal import Synchronization

/// Writes the tensors of one file on two threads: one reads and sums up what it takes while the
/// other writes, for a file system lets one write at a time into a file.
final class FrameWriter: Sendable {
  /// Tensors that follow each other.
  private struct Batch {
    let offset: Int
    var byteCount = 0
    var frames: [TensorFrame] = []
  }

  private let batches: [Batch]
  private let descriptor: CInt
  private let path: String
  private let next = Atomic(0)
  private let writtenByteCount = Atomic(0)
  private let heads: Mutex<[Int: Result<[UInt8], any Error>]> = Mutex([:])
  /// Small tensors are written together.
  private static let batchByteCount = 1 << 20

  /// Takes the tensors that are to stand in an open file from an offset on.
  init(_ frames: [TensorFrame], at offset: Int, descriptor: CInt, path: String) {
    self.descriptor = descriptor
    self.path = path
    var batches: [Batch] = []
    var offset = offset
    for frame in frames {
      if batches.last.map({ $0.byteCount >= Self.batchByteCount }) ?? true {
        batches.append(Batch(offset: offset))
      }
      let end = frame.end(from: offset)
      batches[batches.count - 1].frames.append(frame)
      batches[batches.count - 1].byteCount += end - offset
      offset = end
    }
    self.batches = batches
  }

  /// Writes them all.
  ///
  /// - Parameter progress: Is told, on this thread, how many bytes have been written since it was
  ///   last told.
  /// - Returns: What stands before each tensor's bytes, one after the other.
  /// - Throws: `ProtobufFormatError`, `FileError`, or what reading a tensor throws.
  func write(progress: (Int) -> Void) throws -> [UInt8] {
    var told = 0
    func writeHere() {
      writeBatches { written in
        progress(written - told)
        told = written
      }
    }
    if batches.count > 1 {
      _ = try concurrently(writeHere, onOwnThread: { self.writeBatches { _ in } })
    } else {
      writeHere()
    }
    progress(writtenByteCount.load(ordering: .relaxed) - told)
    return try heads.withLock { heads in
      try batches.indices.flatMap { try heads[$0]?.get() ?? [] }
    }
  }

  private func writeBatches(_ progress: (Int) -> Void) {
    while case let index = next.add(1, ordering: .relaxed).oldValue, index < batches.count {
      let result = Result { try write(batches[index], progress) }
      if case .failure = result { next.store(batches.count, ordering: .relaxed) }
      heads.withLock { $0[index] = result }
    }
  }

  private func write(_ batch: Batch, _ progress: (Int) -> Void) throws -> [UInt8] {
    var output = FileOutput(descriptor: descriptor, path: path, offset: batch.offset)
    var heads: [UInt8] = []
    var offset = batch.offset
    for frame in batch.frames {
      let head = try write(frame, at: offset, to: &output) { count in
        progress(writtenByteCount.add(count, ordering: .relaxed).newValue)
      }
      heads += head
      offset += head.count + frame.tensor.bytes.byteCount
    }
    try output.flush()
    return heads
  }

  /// Writes a tensor, whose bytes are seen once: the checksum, which stands before them, is known
  /// when they have been written.
  ///
  /// - Returns: What stands before the bytes.
  private func write(
    _ frame: TensorFrame, at offset: Int, to output: inout FileOutput, progress: (Int) -> Void
  ) throws -> [UInt8] {
    let draft = frame.head(at: offset, checksum: 0)
    try output.write(unsafe draft.span.bytes, progress: progress)
    let checksum = Checksum()
    let expected = frame.tensor.bytes.byteCount
    var found = 0
    try frame.tensor.bytes.forEachPiece { piece in
      found += piece.byteCount
      guard found <= expected else { return }
      checksum.add(piece)
      try output.write(piece, progress: progress)
    }
    guard found == expected else {
      throw ProtobufFormatError.changedSize(tensor: frame.name, found: found, expected: expected)
    }
    let head = frame.head(at: offset, checksum: checksum.value)
    try output.overwrite(unsafe head.span.bytes, at: offset)
    return head
  }
}
