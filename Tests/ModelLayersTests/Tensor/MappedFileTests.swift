import Foundation
import ModelLayers
import TestSupport
import Testing

@Suite struct MappedFileTests {
  private let folder: TemporaryFolder
  /// Larger than what is read at a time, by a number of bytes that is no multiple of anything.
  private let content = (0..<(2 << 20) + 4242).map {
    UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7)
  }

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(content, to: "file")
  }

  private func mapped(_ range: Range<Int>) throws -> MappedBytes {
    try #require(MappedBytes(MappedFile(path: folder.file("file")), range: range))
  }

  private func pieces(of bytes: some TensorBytes) throws -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    try bytes.forEachPiece { piece in
      pieces.append(unsafe piece.withUnsafeBytes { unsafe Array($0) })
    }
    return pieces
  }

  @Test(arguments: [0..<2_101_394, 3..<7, 5..<1_048_581, 5..<1_048_582, 9..<9])
  func `bytes are the same in pieces as in one`(range: Range<Int>) throws {
    let bytes = try mapped(range)
    let whole = try bytes.withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } }
    let pieces = try pieces(of: bytes)
    #expect(whole == Array(content[range]))
    #expect(pieces.flatMap(\.self) == whole)
    #expect(pieces.allSatisfy { $0.count <= 1 << 20 })
  }

  @Test func `bytes in memory are one piece`() throws {
    #expect(try pieces(of: OwnedBytes([1, 2, 3])) == [[1, 2, 3]])
  }

  @Test func `a file that shrinks is a sentence, and not the end of the process`() throws {
    let bytes = try mapped(0..<content.count)
    #expect(unsafe truncate(folder.file("file"), 1_500_000) == 0)
    let error = ShortenedFileError(
      path: folder.file("file"), byteCount: 1_500_000, expected: content.count)
    #expect(throws: error) { try bytes.withBytes { _ in } }
    #expect(throws: error) { try bytes.forEachPiece { _ in } }
    #expect(
      "\(error)"
        == "\(folder.file("file")): was cut to 1500000 of \(content.count) bytes while it was read")
  }

  @Test func `a file that shrinks between two pieces is a sentence too`() throws {
    let bytes = try mapped(0..<content.count)
    var count = 0
    #expect(throws: ShortenedFileError.self) {
      try bytes.forEachPiece { _ in
        count += 1
        #expect(unsafe truncate(folder.file("file"), 1 << 20) == 0)
      }
    }
    #expect(count == 1)
  }

  @Test func `a file that is replaced by renaming stays what it was`() throws {
    let bytes = try mapped(0..<4)
    try folder.write([9], to: "other")
    #expect(unsafe rename(folder.file("other"), folder.file("file")) == 0)
    #expect(try pieces(of: bytes) == [Array(content[0..<4])])
  }
}
