import Foundation
import OrderedCollections
import ModelGraph
import TestSupport
import Testing
import Zip

@testable import GoldenFormat

@Suite struct NPZTests {
  /// A file of NumPy 2.4's `savez_compressed`.
  private static let numpyFile = """
    UEsDBC0AAAAIAAAAIQBP6QAq//////////8NABQAaW5wdXRzL3gxLm5weQEAEACYAAAAAAAAAFUAAAAAAAAAm+wX6h\
    sQychQxlCtnpJanFykbqWgbpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKxpo6CrUKZAMuBjBo\
    sAcSDkAExA1AvMABAFBLAwQtAAAACAAAACEACiTzJv//////////DwAUAG91dHB1dHMvYWRkLm5weQEAEACwAAAAAA\
    AAAFYAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpdmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvka\
    RjoKxpo6CrUKZAMuBihwgNECUFoCSitAaRUIDQBQSwMELQAAAAgAAAAhAGLzF/f//////////w4AFABjYWxscy9jb2\
    52Lm5weQEAEACMAAAAAAAAAFEAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmpK6joJ6WX1RSlJgXn1+UkgoS\
    DykqTQUKF2ckFqQCuRpGOgrGmjoKtQrkAy4GBgYnBhsGFwYHBlcAUEsDBC0AAAAIAAAAIQAQGToZ//////////8XAB\
    QAY2FsbHMvb3V0ZXI6MS9pbm5lci5ucHkBABAAggAAAAAAAABIAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF6T\
    ZKiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GoY6CkaaOgq1CmQDLkYGAFBLAwQtAAAACAAAACEAI7jwbP\
    //////////EAAUAGNhbGxzL2NvbnY6MS5ucHkBABAAiAAAAAAAAABGAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6l\
    oG6TaaGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5Gpo6CrUKFAEudgYIAABQSwECLQMtAAAACAAAACEAT+\
    kAKlUAAACYAAAADQAAAAAAAAAAAAAAgAEAAAAAaW5wdXRzL3gxLm5weVBLAQItAy0AAAAIAAAAIQAKJPMmVgAAALAA\
    AAAPAAAAAAAAAAAAAACAAZQAAABvdXRwdXRzL2FkZC5ucHlQSwECLQMtAAAACAAAACEAYvMX91EAAACMAAAADgAAAA\
    AAAAAAAAAAgAErAQAAY2FsbHMvY29udi5ucHlQSwECLQMtAAAACAAAACEAEBk6GUgAAACCAAAAFwAAAAAAAAAAAAAA\
    gAG8AQAAY2FsbHMvb3V0ZXI6MS9pbm5lci5ucHlQSwECLQMtAAAACAAAACEAI7jwbEYAAACIAAAAEAAAAAAAAAAAAA\
    AAgAFNAgAAY2FsbHMvY29udjoxLm5weVBLBQYAAAAABQAFADcBAADVAgAAAAA=
    """

  private func read(_ bytes: [UInt8], limits: GoldenLimits = GoldenLimits()) throws -> Golden {
    let folder = try TemporaryFolder()
    let url = URL(filePath: folder.file("golden.npz"))
    try Data(bytes).write(to: url)
    return try GoldenReader(limits: limits).read(path: url.path)
  }

  /// The sentence that a file of one member is refused with, without the file's path.
  private func refusal(
    _ member: [UInt8], limits: GoldenLimits = GoldenLimits()
  ) -> String? {
    var zip = ZipBuilder()
    zip.add("x.npy", member)
    return refusal(zip, limits: limits)
  }

  private func refusal(
    _ zip: ZipBuilder, limits: GoldenLimits = GoldenLimits()
  ) -> String? { refusal(file: zip.bytes, limits: limits) }

  private func refusal(file: [UInt8], limits: GoldenLimits = GoldenLimits()) -> String? {
    do {
      _ = try read(file, limits: limits)
      return nil
    } catch {
      let text = "\(error)"
      return text.range(of: "golden.npz: ").map { String(text[$0.upperBound...]) } ?? text
    }
  }

  @Test func `what NumPy writes is read`() throws {
    let bytes = try #require(Data(base64Encoded: Self.numpyFile))
    let golden = try read(Array(bytes))
    #expect(golden.cases.map(\.name) == ["npz"])
    let one = golden.cases[0]
    #expect(Array(one.inputs.keys) == ["x1"])
    #expect(Array(one.outputs.keys) == ["add"])
    #expect(Array(one.calls.keys) == ["conv", "outer:1/inner", "conv:1"])
    let expected: [Float] = [0, 1, 2, 3, 4, 5]
    #expect(try one.inputs["x1"]?.array(Float.self) == NDArray([2, 3], expected))
    // Big-endian float64, and float16 with the first axis varying fastest.
    #expect(one.outputs["add"]?.dtype == .float64)
    #expect(
      try one.outputs["add"]?.array(Float.self) == NDArray([2, 3], expected.map { $0 * 2 }))
    #expect(one.calls["conv"]?.dtype == .float16)
    #expect(try one.calls["conv"]?.array(Float.self) == NDArray([2, 3], expected))
    #expect(try one.calls["outer:1/inner"]?.array(Float.self) == NDArray([1, 2], [1, 0]))
    #expect(try one.calls["conv:1"]?.array(Double.self) == NDArray([], [7]))
  }

  @Test func `plain x and y are read`() throws {
    var zip = ZipBuilder()
    zip.add("x.npy", npy(header(shape: "(1,)"), [0, 0, 128, 63]))
    zip.add("y.npy", npy(header(shape: "(1,)"), [0, 0, 0, 64], version: 2))
    let golden = try read(zip.bytes)
    #expect(try golden.cases[0].inputs["x"]?.array(Float.self).elements == [1])
    #expect(try golden.cases[0].outputs["y"]?.array(Float.self).elements == [2])
  }

  @Test func `texts are read as bytes and as characters`() throws {
    var zip = ZipBuilder()
    zip.add("x.npy", npy(header("|S3", shape: "(2,)"), [97, 0, 255, 98, 0, 0]))
    let characters: [UInt8] = [0, 1, 0xF6, 0, 0, 0, 0, 0, 0, 0, 0, 0xFC, 0, 0, 0, 98]
    zip.add("y.npy", npy(header(">U2", shape: "(2,)"), characters))
    let one = try read(zip.bytes).cases[0]
    #expect(one.inputs["x"]?.dimensions == [2, 3])
    #expect(try one.inputs["x"]?.texts() == [[97, 0, 255], [98]])
    #expect(try one.outputs["y"]?.texts() == [Array("\u{1F600}".utf8), Array("üb".utf8)])
    for (descr, order, shape, bytes) in [
      ("|S0", "False", "(1,)", []), ("|S1", "True", "(1, 1)", [97] as [UInt8]),
    ] {
      #expect(
        refusal(npy(header(descr, order: order, shape: shape), bytes))
          == "member 'x.npy': elements of type '\(descr)' are not supported")
    }
    #expect(
      refusal(npy(header("<U1", shape: "(1,)"), [0, 0xD8, 0, 0]))
        == "member 'x.npy': elements of type 'character' are not supported")
  }

  @Test func `digests of weights are read`() throws {
    var zip = ZipBuilder()
    zip.add("x.npy", npy(header(shape: "(1,)"), [0, 0, 128, 63]))
    let digests = [2, 0, 0, 0, 0, 0, 0, 0xFF] + [UInt8](repeating: 1, count: 8)
    zip.add("weights.npy", npy(header("<u8", shape: "(2,)"), digests))
    #expect(try read(zip.bytes).weightDigests == [0x0101_0101_0101_0101, 0xFF00_0000_0000_0002])
    var other = ZipBuilder()
    other.add("weights.npy", npy(header(shape: "(1,)"), [0, 0, 128, 63]))
    #expect(refusal(other) == "member 'weights.npy': is not a list of uint64")
  }

  @Test func `three axes with the first varying fastest are put in order`() throws {
    let shape = [2, 3, 4]
    var elements = [UInt8](repeating: 0, count: 24)
    for i in 0..<2 {
      for j in 0..<3 {
        for k in 0..<4 { elements[i + 2 * j + 6 * k] = UInt8(i * 12 + j * 4 + k) }
      }
    }
    let bytes = npy(header("|u1", order: "True", shape: "(2, 3, 4)"), elements)
    let tensor = try NPYReader(limits: GoldenLimits()).tensor(of: bytes)
    #expect(tensor.dimensions == shape)
    #expect(try tensor.array(Float.self).elements == (0..<24).map(Float.init))
  }

  @Test(arguments: [
    (
      header("|O", shape: "(1,)"),
      "holds Python objects, which are not read; expected numbers or texts: convert the array"
    ),
    (header("<c8", shape: "(1,)"), "elements of type '<c8' are not supported"),
    (header("|V2", shape: "(1,)"), "elements of type '|V2' are not supported"),
    (
      "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,)}",
      "elements of type 'structure' are not supported"
    ),
    (
      header(shape: "(-1,)"),
      "header has no axis of a size from 0 to 2^63 - 1 where one is expected"
    ),
    (
      header(shape: "(99999999999999999999,)"),
      "header has no axis of a size from 0 to 2^63 - 1 where one is expected"
    ),
    (
      header(shape: "(4611686018427387904, 4)"),
      "shape [4611686018427387904, 4] has too many elements"
    ),
    (
      header(shape: "(" + String(repeating: "1, ", count: 33) + ")"),
      "has 33 axes; at most 32 are read"
    ),
    (header(shape: "(2,)"), "has 4 bytes of elements; expected 8 from its shape and type"),
    (header(shape: "()") + "x", "header has no end where one is expected"),
    (header(order: "Maybe", shape: "()"), "header has no 'True' or 'False' where one is expected"),
    (
      "{'descr': '<f4'}", "header has no 'descr', 'fortran_order' and 'shape' where one is expected"
    ),
    (
      "{'descr': '<f4', 'descr': '<f4'}",
      "header has no 'descr', 'fortran_order' or 'shape', each once, where one is expected"
    ),
    ("{'descr': '<f4", "header has no plain text where one is expected"),
    (String(repeating: "(", count: 60_000), "header has no '{' where one is expected"),
    ("", "header has no '{' where one is expected"),
  ])
  func `an array that does not fit is refused`(dictionary: String, sentence: String) {
    #expect(refusal(npy(dictionary, [0, 0, 0, 0])) == "member 'x.npy': " + sentence)
  }

  @Test func `headers that are cut, huge or of another version are refused`() {
    #expect(refusal([1, 2, 3]) == "member 'x.npy': is not an .npy array")
    #expect(
      refusal(npy("", [], version: 4))
        == "member 'x.npy': has .npy version 4.0; expected 1.0, 2.0 or 3.0")
    #expect(
      refusal(Array(npy(header(shape: "()"), []).prefix(40)))
        == "member 'x.npy': ends inside its header")
    #expect(
      refusal([0x93] + "NUMPY".utf8 + [2, 0, 255, 255, 255, 127, 1, 2])
        == "member 'x.npy': has a header of 2147483647 bytes; at most 65536 are read")
    #expect(
      refusal([0x93] + "NUMPY".utf8 + [2, 0, 1, 0])
        == "member 'x.npy': ends inside its header")
  }

  @Test func `members that no golden has are refused`() {
    for name in ["z.npy", "x", "calls/.npy", "weights/a.npy"] {
      var zip = ZipBuilder()
      zip.add(name, npy(header(shape: "()"), [0, 0, 0, 0]))
      #expect(refusal(zip)?.contains("is not named 'inputs/NAME.npy'") == true, "\(name)")
    }
    var zip = ZipBuilder()
    zip.add("../x.npy", npy(header(shape: "()"), [0, 0, 0, 0]))
    #expect(refusal(zip) == "has a member '../x.npy', whose name leads out of the archive")
  }

  @Test func `a zip file that lies is refused`() {
    let array = npy(header(shape: "(1,)"), [0, 0, 0, 0])
    func member(_ change: (inout ZipBuilder.Member) -> Void) -> ZipBuilder {
      var zip = ZipBuilder()
      zip.add("x.npy", array)
      change(&zip.members[0])
      return zip
    }
    #expect(refusal(member { _ in }) == nil)
    #expect(
      refusal(member { $0.checksum = 1 })
        == "member 'x.npy': cannot be read as a zip file: CRC error")
    #expect(
      refusal(
        member {
          $0.declaredByteCount = 1 << 30; $0.method = 8
        })
        == "member 'x.npy': declares 1073741824 bytes and stores \(array.count); "
        + "deflate cannot reach that")
    #expect(
      refusal(member { $0.method = 12 })
        == "member 'x.npy': is compressed by method 12; expected 'stored' or 'deflated'")
    #expect(refusal(member { $0.flags = 1 }) == "member 'x.npy': is encrypted")
    #expect(refusal(member { $0.declaredByteCount = 20 }) != nil)
    #expect(refusal(member { $0.declaredByteCount = array.count + 1 }) != nil)
    #expect(refusal(member { $0.storedByteCount = 1 << 20 }) != nil)
    var twice = member { _ in }
    twice.add("x.npy", array)
    // Some versions of libzip refuse it themselves, in other words.
    #expect(refusal(twice) != nil)
  }

  @Test func `a zip bomb is refused before it is unpacked`() throws {
    let zeros = try deflatedZeros()
    var limits = GoldenLimits()
    limits.zip.memberByteCount = 1 << 16
    #expect(
      refusal(file: zeros, limits: limits)
        == "member 'x.npy': needs 196608 bytes; at most 65536 are read")
    limits = GoldenLimits()
    limits.zip.totalByteCount = 1 << 16
    #expect(refusal(file: zeros, limits: limits) == "needs 196608 bytes; at most 65536 are read")
    limits = GoldenLimits()
    limits.zip.memberCount = 0
    #expect(refusal(file: zeros, limits: limits) == "has 1 members; at most 0 are read")
    // Without a limit it is unpacked, and found to be no array.
    #expect(refusal(file: zeros) == "member 'x.npy': is not an .npy array")
  }

  /// 192 KiB of zeros, deflated by hand: fixed codes, one literal zero, then matches
  /// of length 258 at distance 1, and one of the length that is left.
  private func deflatedZeros() throws -> [UInt8] {
    let count = 3 << 16
    var bits: [UInt8] = [1, 1, 0] + [0, 0, 1, 1, 0, 0, 0, 0]
    var left = count - 1
    while left >= 258 {
      // Length 258 is symbol 285 = 11000101; distance 1 is symbol 0 = 00000.
      bits += [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]
      left -= 258
    }
    for _ in 0..<left { bits += [0, 0, 1, 1, 0, 0, 0, 0] }
    bits += [0, 0, 0, 0, 0, 0, 0]
    var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
    for (index, bit) in bits.enumerated() { bytes[index / 8] |= bit << (index % 8) }
    var zip = ZipBuilder()
    zip.add("x.npy", bytes)
    zip.members[0].declaredByteCount = count
    zip.members[0].method = 8
    zip.members[0].checksum = crc32([UInt8](repeating: 0, count: count))
    return zip.bytes
  }

  @Test func `a file that is cut anywhere is refused`() throws {
    let bytes = try Array(#require(Data(base64Encoded: Self.numpyFile)))
    for count in stride(from: 0, to: bytes.count, by: 7) {
      #expect(refusal(file: Array(bytes.prefix(count))) != nil, "\(count) bytes")
    }
  }

  @Test func `a file with a flipped bit is refused or read, never worse`() throws {
    let bytes = try Array(#require(Data(base64Encoded: Self.numpyFile)))
    var refusedCount = 0
    for index in bytes.indices {
      var flipped = bytes
      flipped[index] ^= UInt8(1 << (index % 8))
      if refusal(file: flipped) != nil { refusedCount += 1 }
    }
    // Dates, versions and permissions are the bits that nobody misses.
    #expect(refusedCount > bytes.count / 2)
  }

  @Test func `a file of another kind is refused`() {
    #expect(refusal(file: Array("hello".utf8)) == "is neither an HDF5 nor an .npz file")
    #expect(refusal(file: []) == "is neither an HDF5 nor an .npz file")
    #expect(
      refusal(file: [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 100))
        == "cannot be read as a zip file: Not a zip archive")
  }
}
