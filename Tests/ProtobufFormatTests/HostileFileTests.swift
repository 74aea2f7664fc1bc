import Glibc
import OrderedCollections
import ProtobufFormat
import ModelGraph
import TestSupport
import Testing

@Suite struct HostileFileTests {
  private let folder: TemporaryFolder
  private let start = Wire.text(1, "residual.v1") + Wire.number(2, 1)

  init() throws {
    folder = try TemporaryFolder()
  }

  // MARK: - The file as a whole

  @Test func `a file cut anywhere is refused with its size`() throws {
    let bytes = try folder.written(Sample.small())
    for count in 0..<bytes.count {
      let sentence = try folder.refusal(Array(bytes[..<count]))
      let expected =
        count < 24
        ? "ends after \(count) bytes, inside its header"
        : "ends after \(count) of \(bytes.count) bytes"
      #expect(sentence == expected)
    }
  }

  @Test func `a file without its size that is cut anywhere is never something else`() throws {
    let model = try Sample.small()
    let bytes = Wire.unsealed(try folder.written(model))
    for count in 0..<bytes.count {
      #expect(try folder.refusal(Array(bytes[..<count])) != "is read")
    }
    try expectSame(model, folder.read(bytes))
  }

  @Test func `bytes behind the end are refused`() throws {
    let bytes = try folder.written(Sample.small())
    #expect(
      try folder.refusal(bytes + [0])
        == "has \(bytes.count + 1) bytes; its header says \(bytes.count)")
  }

  @Test func `each flipped byte of a payload is reported by the name of its tensor`() throws {
    let bytes = try folder.written(Sample.complete())
    for payload in Wire.payloads(bytes) {
      for index in payload.range {
        var damaged = bytes
        damaged[index] ^= 1 << (index % 8)
        let sentence = try folder.refusal(damaged)
        #expect(sentence.hasPrefix("tensor '\(payload.name)' is damaged: its checksum is "))
        #expect(try streamed(damaged) == sentence)
      }
    }
  }

  /// The sentence that reading every tensor once, piece by piece, ends with.
  private func streamed(_ bytes: [UInt8]) throws -> String {
    let path = folder.file("model.pb")
    do {
      let model = try folder.read(bytes)
      for tensor in allTensors(of: model) { try tensor.bytes.forEachPiece { _ in } }
      return "is read"
    } catch {
      return "\(error)".replacing(path + ": ", with: "")
    }
  }

  @Test func `all tensors are verified at once, and the first damaged one is named`() throws {
    let bytes = try folder.written(Sample.complete())
    try folder.read(bytes, as: "whole.pb").verifyTensors()
    var damaged = bytes
    let payloads = Wire.payloads(bytes).filter { !$0.range.isEmpty }
    for payload in payloads { damaged[payload.range.lowerBound] ^= 1 }
    let model = try folder.read(damaged)
    let first = try #require(model.tensors.first { $0.value.bytes.byteCount > 0 })
    let error = #expect(throws: ProtobufFormatError.self) { try model.verifyTensors() }
    #expect(error?.description.contains(": tensor '\(first.key)' is damaged: ") == true)
  }

  @Test func `a file that shrinks after it was opened is refused`() throws {
    let path = folder.file("model.pb")
    let bytes = try folder.written(Sample.complete())
    let model = try folder.read(bytes)
    #expect(unsafe truncate(path, 100) == 0)
    let error = ShortenedFileError(path: path, byteCount: 100, expected: bytes.count)
    #expect(throws: error) { try useTensors(of: model) }
    #expect(throws: error) { try model.verifyTensors() }
  }

  @Test func `the sentence for a damaged tensor has both checksums`() {
    let error = ProtobufFormatError.damaged(tensor: "conv1/kernel", found: 0xab, expected: .max)
    #expect(
      "\(error)"
        == "tensor 'conv1/kernel' is damaged: its checksum is 00000000000000ab, "
        + "expected ffffffffffffffff")
  }

  @Test func `a damaged tensor is found only when it is used`() throws {
    var bytes = try folder.written(Sample.small())
    let payloads = Wire.payloads(bytes)
    bytes[payloads[1].range.lowerBound] ^= 0x80
    let model = try folder.read(bytes)
    #expect(try model.tensors["probe/kernel"]?.bytes.withBytes { $0.byteCount } == 24)
    #expect(throws: ProtobufFormatError.self) {
      try model.tensors["probe/moving"]?.bytes.withBytes { _ in }
    }
  }

  @Test func `a newer schema and other formats are refused by name`() throws {
    #expect(
      try folder.refusal(Wire.text(1, "residual.v1") + Wire.number(2, 3) + Wire.number(15, 7))
        == "schema version 3 is newer than 1, the newest this build reads")
    #expect(
      try folder.refusal(Wire.text(1, "residual.v2") + Wire.number(2, 1))
        == "is of format 'residual.v2'; this build reads 'residual.v1'")
    #expect(
      try folder.refusal(Wire.text(1, "residual.v1.shard"))
        == "holds some of the tensors of a model; open the file that the model itself is in")
    #expect(
      try folder.refusal(Array("\u{89}HDF".utf8)) == "is not a model in the residual.v1 schema")
    #expect(
      try folder.refusal(Wire.text(1, "residual.v1") + Wire.text(7, ""))
        == "file has no schema_version")
  }

  // MARK: - The encoding

  private static let impossibleFields: [Refusal] = [
    Refusal(
      Wire.varint(15 << 3 | 2) + [UInt8](repeating: 0xff, count: 11),
      "a number at byte 16 does not end within 64 bits"
    ),
    Refusal(
      Wire.varint(15 << 3 | 2) + [UInt8](repeating: 0xff, count: 9) + [2],
      "a number at byte 16 does not end within 64 bits"
    ),
    Refusal([0x02, 0x00], "a field at byte 15 has the number 0; expected 1 to 536870911"),
    Refusal(
      Wire.varint(1 << 35), "a field at byte 15 has the number 4294967296; expected 1 to 536870911"),
    Refusal(
      [0x9b, 0x06, 0x9c, 0x06], "a field at byte 15 is of wire type 3, which the schema never uses"),
    Refusal([0x2b, 0x2c], "a field at byte 15 is of wire type 3, which the schema never uses"),
    Refusal([0x2f], "a field at byte 15 is of wire type 7, which the schema never uses"),
    Refusal(
      Wire.bytes(5, [0x9b, 0x06]),
      "a field at byte 17 is of wire type 3, which the schema never uses"),
    Refusal(
      Wire.number(5, 1), "field 'Model.graphs' at byte 15 is not of the type that the schema says"),
    Refusal(Wire.text(1, "residual.v1"), "file has more than one format"),
    Refusal(Wire.number(2, 1), "file has more than one schema_version"),
    Refusal(
      Wire.bytes(5, Wire.bytes(1, [0xff])), "field 'Graph.name' is not UTF-8 text without NUL"),
    Refusal(Wire.bytes(5, Wire.text(1, "a\0")), "field 'Graph.name' is not UTF-8 text without NUL"),
    Refusal(
      Wire.bytes(5, [0x0a, 0x05, 0x61]) + Wire.text(99, "beyond"),
      "a field at byte 17 has 5 bytes; 1 are left"
    ),
    Refusal(Wire.text(14, ""), "model has no graph"),
  ]

  @Test(arguments: impossibleFields)
  func `bytes that are no message of the schema are refused`(refusal: Refusal) throws {
    // What is added lies at byte 15, behind format and version.
    #expect(try folder.refusal(start + refusal.bytes) == refusal.sentence)
  }

  @Test func `limits hold`() throws {
    var limits = ProtobufLimits()
    limits.headerByteCount = 1000
    #expect(
      try folder.refusal(start + Wire.bytes(99, .init(repeating: 0, count: 1000)), limits: limits)
        == "has more than 1000 bytes of header")
    let graphs = (0..<100_000).flatMap { _ in Wire.bytes(5, []) }
    limits = ProtobufLimits()
    limits.parsedByteCount = 1 << 20
    #expect(
      try folder.refusal(start + graphs, limits: limits)
        == "has more than 1048576 bytes of parsed header")
    limits.tensorCount = 3
    #expect(
      try folder.refusal(start + (0..<4).flatMap { _ in Wire.bytes(15, []) }, limits: limits)
        == "has more than 3 tensors")
    let complete = Wire.unsealed(try folder.written(Sample.complete()))
    func refusal(_ change: (inout ProtobufLimits) -> Void) throws -> String {
      var limits = ProtobufLimits()
      change(&limits)
      return try folder.refusal(complete, limits: limits)
    }
    #expect(try refusal { $0.callCount = 2 } == "has more than 2 calls")
    #expect(try refusal { $0.rank = 1 } == "has more than 1 axes of a tensor")
    let shards = (0..<3).flatMap { Wire.bytes(8, Wire.text(1, "\($0)")) }
    limits = ProtobufLimits()
    limits.shardCount = 2
    #expect(try folder.refusal(start + shards, limits: limits) == "has more than 2 shards")
    var unknown = Wire.unsealed(try folder.written(Sample.small()))
    let kind = try #require(unknown.firstRange(of: Array(Probe.kind.utf8)))
    unknown[kind.lowerBound] = UInt8(ascii: "X")
    limits = ProtobufLimits()
    limits.pathByteCount = 4
    #expect(
      try folder.refusal(unknown, limits: limits) == "has more than 4 bytes in a layer's path")
  }

  @Test(arguments: 0..<400)
  func `memory that runs out anywhere in the parser is an error`(step: Int) throws {
    let bytes = try folder.written(Sample.complete())
    var limits = ProtobufLimits()
    limits.parsedByteCount = step * 20
    #expect(
      try folder.refusal(bytes, limits: limits)
        == "has more than \(step * 20) bytes of parsed header")
  }

  // MARK: - Mutations

  @Test func `2000 mutated files end in a model or an error`() throws {
    var random = SplitMix(state: 20_240_229)
    let files = try [Sample.small(), Sample.complete()].map { try folder.written($0) }
    var readCount = 0
    for index in 0..<2000 {
      var bytes = files[index % 2]
      // Most are without size and checksum, so that the rest is reached.
      if index % 8 > 1 { bytes = Wire.unsealed(bytes) }
      for _ in 0...random.below(4) {
        // The first half is all header.
        let position = 15 + random.below(bytes.count / (1 + random.below(2)) - 15)
        switch random.below(4) {
        case 0: bytes[position] = UInt8(random.below(256))
        case 1: bytes[position] ^= 1 << random.below(8)
        case 2: bytes.remove(at: position)
        default: bytes.insert(UInt8(random.below(256)), at: position)
        }
      }
      let sentence = try folder.refusal(bytes)
      #expect(!sentence.hasPrefix("(not in the file)"), "\(sentence)")
      if sentence == "is read" { readCount += 1 }
    }
    // Some changes do no harm, most do.
    #expect((1..<1000).contains(readCount))
  }
}

/// SplitMix64: the same numbers in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
}
