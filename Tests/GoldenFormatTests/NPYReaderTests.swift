import Glibc
import ModelGraph
import OrderedCollections
import TestSupport
import Testing

@testable import GoldenFormat

/// Arrays are read into their places.
@Suite struct NPYReaderTests {
  private static func header(_ descr: String, order: String, shape: String) -> [UInt8] {
    let text = "{'descr': '\(descr)', 'fortran_order': \(order), 'shape': \(shape)}"
    return [0x93] + "NUMPY".utf8 + [1, 0, UInt8(text.utf8.count), 0] + text.utf8
  }

  @Test func `an array that is longer than a piece is put in order across pieces`() throws {
    // Three bytes to a pixel, so that pieces end inside of rows; more than two pieces.
    let (rows, columns) = (400_001, 3)
    var elements = [UInt8](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        elements[row + rows * column] = UInt8(truncatingIfNeeded: row * 7 + column)
      }
    }
    let bytes = Self.header("|u1", order: "True", shape: "(\(rows), \(columns))") + elements
    let read = try NPYReader(limits: GoldenLimits()).tensor(of: bytes)
    let found = try read.bytes.withBytes { span in
      (0..<rows * columns).allSatisfy { place in
        span.unsafeLoad(fromByteOffset: place, as: UInt8.self)
          == UInt8(truncatingIfNeeded: place / columns * 7 + place % columns)
      }
    }
    #expect(found)
  }

  @Test func `elements of two bytes may lie across two pieces`() throws {
    let count = 300_001
    let elements = (0..<2 * count).flatMap { number -> [UInt8] in
      let value = UInt16(truncatingIfNeeded: number)
      return [UInt8(value >> 8), UInt8(value & 255)]
    }
    // The odd length of the header leaves half an element at the end of the first piece.
    for shape in ["(2, \(count))", "(2,  \(count))"] {
      let bytes = Self.header(">u2", order: "True", shape: shape) + elements
      let tensor = try NPYReader(limits: GoldenLimits()).tensor(of: bytes)
      let numbers = try tensor.array(Float.self).elements
      #expect(numbers[..<3].elementsEqual([0, 2, 4]))
      #expect(numbers[count..<count + 3].elementsEqual([1, 3, 5]))
      #expect(numbers[count - 1] == Float(UInt16(truncatingIfNeeded: 2 * count - 2)))
    }
  }

  @Test
  func `what the elements take is said before it is asked for, and nothing where sizes differ`()
    throws
  {
    var told: [Int] = []
    let reader = NPYReader(limits: GoldenLimits()) { told.append($0) }
    _ = try reader.tensor(
      of: Self.header("<f4", order: "False", shape: "(2,)") + [UInt8](repeating: 0, count: 8))
    #expect(told == [8])
    #expect(throws: GoldenFormatError.self) {
      try reader.tensor(of: Self.header("<f4", order: "False", shape: "(1000000000,)"))
    }
    #expect(told == [8])
  }

  @Test(arguments: [
    (">U5111040737094881466", "(0, 16666662, 99, 1666)"), ("<f4", "(0, 4294967296, 4294967296)"),
    ("|S2", "(4294967296, 4294967296, 0)"),
  ])
  func `an axis of no size does not hide how large the others are`(type: String, shape: String)
    throws
  {
    #expect(throws: GoldenFormatError.self) {
      try NPYReader(limits: GoldenLimits()).tensor(
        of: Self.header(type, order: "False", shape: shape))
    }
  }

  @Test(arguments: ["False", "True"])
  func `a large array takes its size once`(order: String) async throws {
    let count = 8 << 20
    var zip = ZipBuilder()
    zip.add(
      "x.npy",
      Self.header("|u1", order: order, shape: "(\(count / 4), 4)")
        + [UInt8](repeating: 1, count: count))
    let folder = try TemporaryFolder()
    try folder.write(zip.bytes, to: "golden.npz")
    await #expect(processExitsWith: .success) { [path = folder.file("golden.npz") as String] in
      let count = 8 << 20
      // Half as much again as the array may be asked for.
      var limits = rlimit()
      limits.rlim_max = rlim_t(bitPattern: -1)
      limits.rlim_cur = rlim_t(memoryInUse() + count * 3 / 2)
      precondition(setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limits) == 0)
      let golden = try GoldenReader().read(path: path)
      precondition(golden.cases[0].inputs["x"]?.dimensions == [count / 4, 4])
    }
  }
}

/// The memory of the process that no file is behind.
private func memoryInUse() -> Int {
  let lines = (try? String(decoding: bytes(ofFile: "/proc/self/status"), as: UTF8.self)) ?? ""
  let line = lines.split(separator: "\n").first { $0.hasPrefix("VmData") }
  return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first).flatMap { Int($0) }.map {
    $0 << 10
  } ?? 0
}

extension NPYReader {
  /// Reads an array that is in memory.
  func tensor(of bytes: [UInt8]) throws(GoldenFormatError) -> Tensor {
    var place = 0
    return try tensor(byteCount: bytes.count) { target, range in
      target.replaceSubrange(range, with: bytes[place..<place + range.count])
      place += range.count
    }
  }
}
