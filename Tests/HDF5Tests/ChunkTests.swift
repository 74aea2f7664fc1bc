import HDF5
import Testing

@Suite struct ChunkTests {
  private static let shapes = [
    "5x7x3", "1x7x3", "2x7x3", "2x3x3", "2x3x2", "5x2x1", "1x1x1",
  ]

  private func pieces(_ reader: FileReader, _ name: String, _ byteCount: Int) throws -> [UInt8] {
    var pieces: [UInt8] = []
    try reader.readDataset(name, slabByteCount: byteCount) { piece in
      for index in piece.indices { pieces.append(piece[index]) }
    }
    return pieces
  }

  @Test(arguments: shapes + shapes.map { "packed\($0)" } + ["larger"])
  func `chunks of every shape give the same elements, whole or in pieces`(name: String) throws {
    let reader = try FileReader(path: fixture("chunks.h5"))
    let expected = bytes((0..<105).map(Int32.init))
    #expect(try reader.readDataset(name) == expected)
    for byteCount in [1, 100, 200, 1000] {
      #expect(try pieces(reader, name, byteCount) == expected)
    }
  }

  @Test func `filters are taken back for elements of every width`() throws {
    let reader = try FileReader(path: fixture("chunks.h5"))
    #expect(try reader.readDataset("big_endian") == bytes((0..<105).map(Int32.init)))
    #expect(try reader.readDataset("halves") == bytes((0..<105).map { Float16($0) }))
    #expect(try reader.readDataset("bytes") == bytes((0..<105).map(UInt8.init)))
    #expect(try reader.readDataset("sum") == bytes((0..<105).map(UInt8.init)))
    #expect(try reader.readDataset("long_sum") == bytes((0..<9999).map(UInt32.init)))
    #expect(try reader.readDataset("mixed") == bytes((0..<8).map(Int32.init)))
    #expect(
      try reader.readStrings("strings") == ["ab", "", "c", "defg"].map { [UInt8](text: $0) })
    #expect(
      try reader.readStrings("texts")
        == ["ä", "", String(repeating: "x", count: 40)].map { [UInt8](text: $0) })
  }

  private static let faults = [
    ("short", "has chunks of 32 bytes in all and stores 23"),
    ("long", "has chunks of 32 bytes in all and stores 36"),
    ("unequal", "has chunks of 16 bytes; the one at [4] has fewer"),
    ("short_shuffled", "has chunks of 32 bytes in all and stores 28"),
    ("short_packed", "has chunks of 16 bytes; the one at [4] has 12"),
    ("long_packed", "its chunk at [4] does not unpack to 16 bytes"),
    ("followed", "its chunk at [4] has 4 bytes behind its compressed ones"),
    ("cut", "its chunk at [4] does not unpack to 16 bytes"),
    ("short_unpacked", "has chunks of 16 bytes; the one at [4] has 8"),
    ("unknown_mask", "its chunk at [4] leaves out filters that there are not"),
    ("sum", "its chunk at [4] does not match its checksum"),
    ("short_sum", "has chunks of 32 bytes in all and stores 23"),
    ("missing", "has chunks of 32 bytes in all and stores 16"),
    ("missing_packed", "was never written whole: the file has no chunk at [4]"),
    ("unwritten", "was never written: the file has no elements of it"),
    ("nothing", "was never written: the file has no elements of it"),
    ("nothing_packed", "was never written: the file has no elements of it"),
    ("bomb", "has chunks of 1073741824 bytes in all and stores 19"),
  ]

  @Test(arguments: faults)
  func `a chunk that is not what its dataset declares is refused by name`(
    name: String, expected: String
  ) throws {
    let reader = try FileReader(path: fixture("chunk_faults.h5"))
    let subject = "chunk_faults.h5: '\(name)'" + (expected.hasPrefix("its") ? ": " : " ")
    #expect(sentence { _ = try reader.readDataset(name) } == subject + expected)
    #expect(sentence { _ = try pieces(reader, name, 8) } == subject + expected)
  }

  @Test func `chunks that reach past the array are not read as filtered where they are not`() throws
  {
    let reader = try FileReader(path: fixture("chunk_options.h5"))
    #expect(
      sentence { _ = try reader.readDataset("partial") }
        == "chunk_options.h5: 'partial' leaves the filters out of chunks that reach past it; "
        + "such chunks are not read")
    #expect(try reader.readDataset("whole") == (0..<8).flatMap { [UInt8($0), 0, 0, 0] })
  }

  @Test func `texts whose chunk is short are refused before they are looked for`() throws {
    let reader = try FileReader(path: fixture("chunk_faults.h5"))
    #expect(
      sentence { _ = try reader.readStrings("texts") }
        == "chunk_faults.h5: 'texts' has chunks of 64 bytes in all and stores 36")
    #expect(try reader.readDataset("marked") == [0x55, 0x55, 0x55, 0x55])
  }
}
