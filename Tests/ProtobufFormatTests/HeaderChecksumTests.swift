import OrderedCollections
import ProtobufFormat
import ModelGraph
import TestSupport
import Testing

@Suite struct HeaderChecksumTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func offsetsOutsidePayloads(_ file: [UInt8]) -> [Int] {
    let payloads = Wire.payloads(file).map(\.range)
    return file.indices.filter { offset in !payloads.contains { $0.contains(offset) } }
  }

  /// The file with fields 3 and 4 as given; absent where nil.
  private func stating(size: UInt64?, checksum: UInt64?, _ file: [UInt8]) -> [UInt8] {
    let rest = Wire.unsealed(file)
    let start = Wire.text(1, "residual.v1") + Wire.number(2, 1)
    return start + (size.map { Wire.fixed64(3, $0) } ?? [])
      + (checksum.map { Wire.fixed64(4, $0) } ?? []) + rest[start.count...]
  }

  /// The checksum that a file should state, as the error for a wrong one gives it.
  private func checksum(of file: [UInt8]) throws -> UInt64 {
    let words = try folder.refusal(file).split { " ,".contains($0) }
    let place = try #require(words.firstIndex(of: "header"))
    return try #require(UInt64(words[place + 2], radix: 16))
  }

  @Test func `the checksum is the fourth field and begins at byte 24`() throws {
    let fields = Wire.fields(try folder.written(Sample.complete()))
    #expect(fields[3].number == 4)
    #expect(fields[3].start == 24)
  }

  @Test func `each flipped bit outside the payloads of a small file is refused`() throws {
    let bytes = try folder.written(Sample.small())
    for offset in offsetsOutsidePayloads(bytes) {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[offset] ^= 1 << bit
        #expect(try folder.refusal(damaged) != "is read", "bit \(bit) of byte \(offset)")
      }
    }
  }

  @Test func `a flipped bit in each byte outside the payloads is refused`() throws {
    var random = SplitMix(state: 20_240_301)
    let bytes = try folder.written(Sample.complete())
    for offset in offsetsOutsidePayloads(bytes) {
      var damaged = bytes
      damaged[offset] ^= 1 << random.below(8)
      #expect(throws: ProtobufFormatError.self, "byte \(offset)") { try folder.read(damaged) }
    }
  }

  @Test func `a flipped bit of an epsilon is reported as damage to the header`() throws {
    let bytes = try folder.written(Sample.complete())
    let written = try checksum(of: stating(size: nil, checksum: 7, bytes))
    #expect(written != 7)
    let epsilon = try #require(bytes.firstRange(of: Array("epsilon".utf8)))
    var damaged = bytes
    // Behind the name: two bytes of the value's head, one of tag, then the number.
    damaged[epsilon.upperBound + 4] ^= 1
    let sentence = try folder.refusal(damaged)
    #expect(sentence.hasPrefix("is damaged: the checksum of its header is "))
    #expect(try folder.refusal(Wire.unsealed(damaged)) == "is read")
  }

  @Test func `the sentence for a damaged header has both checksums`() {
    let error = ProtobufFormatError.inFile(
      "model.pb", .headerDamaged(found: 0xab, expected: .max))
    #expect(
      "\(error)"
        == "model.pb: is damaged: the checksum of its header is 00000000000000ab, "
        + "expected ffffffffffffffff")
  }

  @Test func `a file may state neither size nor checksum, or the checksum alone`() throws {
    let model = try Sample.complete()
    let bytes = try folder.written(model)
    try expectSame(model, folder.read(Wire.unsealed(bytes), as: "neither.pb"))
    try expectSame(
      model, folder.read(stating(size: 0, checksum: 0, bytes), as: "zeros.pb"))
    let alone = stating(
      size: nil, checksum: try checksum(of: stating(size: nil, checksum: 7, bytes)), bytes)
    try expectSame(model, folder.read(alone, as: "alone.pb"))
  }

  @Test func `a file that states its size and no checksum is refused`() throws {
    let bytes = try folder.written(Sample.small())
    let count = UInt64(bytes.count)
    #expect(
      try folder.refusal(stating(size: count, checksum: 0, bytes))
        == "file has no header_checksum")
    #expect(
      try folder.refusal(stating(size: count - 9, checksum: nil, bytes))
        == "file has no header_checksum")
    #expect(
      try folder.refusal(bytes + Wire.fixed64(4, 1))
        == "has \(count + 9) bytes; its header says \(count)")
    #expect(
      try folder.refusal(stating(size: nil, checksum: 5, bytes) + Wire.fixed64(4, 1))
        == "file has more than one header_checksum")
  }

  @Test func `the checksum may stand behind the tensors`() throws {
    let model = try Sample.complete()
    let rest = Wire.unsealed(try folder.written(model))
    let value = try checksum(of: rest + Wire.fixed64(4, 7))
    try expectSame(model, folder.read(rest + Wire.fixed64(4, value), as: "behind.pb"))
  }

  @Test func `the file that lists shards has a checksum too`() throws {
    try ProtobufWriter(shardByteLimit: 700).write(Sample.complete(), to: folder.file("model.pb"))
    var bytes = try folder.bytes()
    let name = try #require(bytes.firstRange(of: Array("-00001-of-".utf8)))
    bytes[name.lowerBound + 5] ^= 1
    #expect(try folder.refusal(bytes).hasPrefix("is damaged: the checksum of its header is "))
  }

  @Test func `opening a file looks at no payload`() throws {
    var bytes = try folder.written(Sample.complete())
    for payload in Wire.payloads(bytes) {
      for index in payload.range { bytes[index] = ~bytes[index] }
    }
    _ = try folder.read(bytes)
  }
}
