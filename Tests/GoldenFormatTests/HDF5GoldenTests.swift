import Foundation
import HDF5
import OrderedCollections
import ModelGraph
import TestSupport
import Testing

@testable import GoldenFormat

@Suite struct HDF5GoldenTests {
  private static let recorded = Set(Fixture.all.compactMap(\.golden)).sorted()

  /// A golden with all that the format can say.
  private func sample() -> Golden {
    let one = Tensor(NDArray<Float>([2, 2], [1, 2, 3, 4]))
    let half = NDArray<Double>([], [0.5])
    return Golden(
      producer: "keras", producerVersion: "3.15.1", backend: "jax", seed: -7,
      notes: #"{"made": "by hand"}"#,
      cases: [
        GoldenCase(
          name: "batch", description: "größer", inputs: ["in": one], outputs: ["b": one],
          calls: ["b": one, "a": Tensor(half), "c:0:1": one, "outer:1/inner": one, "b:1": one]),
        GoldenCase(name: "random", inputs: ["in": one], outputs: [:]),
      ], weightDigests: [0, 0xFEDC_BA98_7654_3210])
  }

  private func roundTrip(_ golden: Golden) throws -> Golden {
    let folder = try TemporaryFolder()
    let path = folder.file("golden.h5")
    try GoldenWriter().write(golden, to: path)
    return try GoldenReader().read(path: path)
  }

  private func expectEqual(_ found: Golden, _ expected: Golden) throws {
    #expect(found.producer == expected.producer)
    #expect(found.producerVersion == expected.producerVersion)
    #expect(found.backend == expected.backend)
    #expect(found.seed == expected.seed)
    #expect(found.notes == expected.notes)
    #expect(found.weightDigests == expected.weightDigests)
    try #require(found.cases.map(\.name) == expected.cases.map(\.name))
    for (found, expected) in zip(found.cases, expected.cases) {
      #expect(found.description == expected.description)
      #expect(found.inputs.keys == expected.inputs.keys)
      #expect(found.outputs.keys == expected.outputs.keys)
      #expect(found.calls.keys == expected.calls.keys)
      for (name, tensor) in expected.calls {
        #expect(try found.calls[name]?.isIdentical(to: tensor) == true, "\(name)")
      }
    }
  }

  @Test func `a golden survives the file`() throws {
    try expectEqual(roundTrip(sample()), sample())
  }

  @Test(arguments: DType.allCases)
  func `every element type survives the file`(dtype: DType) throws {
    let bytes = [UInt8](repeating: 1, count: 3 * dtype.byteCount)
    var golden = sample()
    golden.cases[0].calls = [
      "a": try Tensor(dtype: dtype, dimensions: [3], bytes: OwnedBytes(bytes))
    ]
    try expectEqual(roundTrip(golden), golden)
  }

  @Test func `texts survive the file, with all bytes but nulls at the end`() throws {
    let texts: [[UInt8]] = [Array("Zürich".utf8), [], [0xFF, 0, 0xFE], [0x20]]
    var golden = sample()
    golden.cases[0].inputs = ["in": try Tensor(texts: texts, [2, 2])]
    let found = try #require(roundTrip(golden).cases[0].inputs["in"])
    #expect(found.dtype == .string && found.dimensions == [2, 2, 7])
    #expect(try found.texts() == texts)
  }

  @Test(arguments: recorded)
  func `what Keras recorded is read`(name: String) throws {
    let golden = try GoldenReader().read(path: Repository.fixture(name))
    #expect(golden.producer == "keras")
    let line = [1, 2].first { name.contains("keras\($0)") } ?? 3
    #expect(golden.producerVersion.hasPrefix("\(line)."))
    #expect(!golden.cases.isEmpty)
    for one in golden.cases {
      #expect(!one.inputs.isEmpty && !one.outputs.isEmpty && !one.calls.isEmpty)
      for tensor in one.inputs.values.elements + one.outputs.values.elements
        + one.calls.values.elements
      {
        // Searches make places, comparisons truth values.
        #expect(tensor.dtype == .float32 || tensor.dtype.unitRoundoff == nil)
        #expect(try !tensor.array(Float.self).elements.contains(where: \.isNaN))
      }
      // The model's output is made by one of its calls.
      let last = try #require(one.outputs.values.elements.first)
      #expect(try one.calls.values.contains { try $0.isIdentical(to: last) })
    }
    try expectEqual(roundTrip(golden), golden)
  }

  @Test func `there are recorded goldens to read`() {
    #expect(Self.recorded.count >= 10)
  }

  @Test func `calls are in the order of execution`() throws {
    let name = "block_identity/keras3.golden.h5"
    let golden = try GoldenReader().read(path: Repository.fixture(name))
    let keys = try #require(golden.cases.first?.calls.keys)
    #expect(Array(keys) != keys.sorted())
  }

  @Test func `equal goldens make equal files`() throws {
    let folder = try TemporaryFolder()
    let urls = ["a.h5", "b.h5"].map { URL(filePath: folder.file($0)) }
    for url in urls { try GoldenWriter().write(sample(), to: url.path) }
    #expect(try Data(contentsOf: urls[0]) == Data(contentsOf: urls[1]))
  }

  @Test func `a call that is also a group is spelled out`() throws {
    let tensor = Tensor(NDArray<Float>([1], [1]))
    var golden = sample()
    golden.cases[0].calls = ["block": tensor, "block/conv": tensor]
    let read = try roundTrip(golden)
    #expect(Array(read.cases[0].calls.keys) == ["block:0:0", "block/conv"])
  }

  // MARK: - Refusal

  /// The sentence that reading or writing fails with, without the file's path.
  private func refusal(_ change: (borrowing FileWriter) throws -> Void) -> String? {
    do {
      let folder = try TemporaryFolder()
      let path = folder.file("golden.h5")
      let file = try FileWriter(path: path)
      try change(file)
      try file.close()
      do {
        _ = try GoldenReader().read(path: path)
        return nil
      } catch {
        return "\(error)".replacing(path + ": ", with: "")
      }
    } catch {
      return "\(error)"
    }
  }

  private func writeRoot(_ file: borrowing FileWriter, version: UInt8 = 1) throws {
    try file.writeAttribute(Attribute(name: "format", text: "residual-golden"), to: "/")
    try file.writeAttribute(
      Attribute(
        name: "version", datatype: .integer(IntegerFormat(byteCount: 1, isSigned: true)),
        dataspace: .scalar, value: .bytes([version])), to: "/")
    try file.createGroup("/cases/a/calls")
  }

  @Test func `a file that is no golden is refused`() {
    #expect(refusal { _ in } == "is not a golden: attribute 'format' is missing")
    #expect(
      refusal { try $0.writeAttribute(Attribute(name: "format", text: "other"), to: "/") }
        == "holds 'other'; expected 'residual-golden'")
    #expect(
      refusal { try writeRoot($0, version: 2) }
        == "golden version 2 is not one that this build reads; the newest is 1")
    #expect(refusal { try writeRoot($0) } == nil)
  }

  @Test(arguments: ["0", "00000000000000g0", "0000000000000001\n2", "+000000000000001"])
  func `digests that are none are refused`(text: String) {
    let sentence = refusal {
      try writeRoot($0)
      try $0.writeAttribute(Attribute(name: "weights", text: text), to: "/")
    }
    #expect(sentence == "attribute 'weights' is not a list of digests")
  }

  @Test func `an order that names other calls is refused`() {
    func sentence(_ order: String) -> String? {
      refusal { file in
        try writeRoot(file)
        for name in ["b", "c"] {
          try file.createDataset(
            "/cases/a/calls/\(name)", datatype: .float(.binary32, .littleEndian),
            dataspace: .simple([1]), bytes: [0, 0, 0, 0])
        }
        try file.writeAttribute(Attribute(name: "order", text: order), to: "/cases/a/calls")
      }
    }
    #expect(sentence("c\nb") == nil)
    #expect(sentence("b\nc\nb") == "'b' is there twice")
    #expect(
      sentence("b\nd") == "attribute 'order' and the recorded calls differ: not recorded: 'd'; "
        + "not in order: 'c'")
  }

  @Test func `big-endian and packed datasets are read, bytes without a meaning refused`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("golden.h5")
    let file = try FileWriter(path: path)
    try writeRoot(file)
    // The writer takes little-endian bytes whatever the file's order.
    let one: [UInt8] = [0, 0, 128, 63]
    try file.createDataset(
      "/cases/a/calls/big", datatype: .float(.binary32, .bigEndian), dataspace: .simple([1]),
      bytes: one)
    try file.createDataset(
      "/cases/a/calls/packed", datatype: .float(.binary32, .littleEndian),
      dataspace: .simple([2, 2]),
      storage: .chunked(shape: [1, 2], filters: [.shuffle, .deflate(level: 9)]),
      bytes: one + one + one + one)
    try file.close()
    let calls = try GoldenReader().read(path: path).cases[0].calls
    #expect(try calls["big"]?.array(Float.self).elements == [1])
    #expect(try calls["packed"]?.array(Float.self).elements == [1, 1, 1, 1])
    let opaque = refusal { file in
      try writeRoot(file)
      try file.createDataset(
        "/cases/a/calls/opaque", datatype: .opaque(byteCount: 4, tag: "none"),
        dataspace: .simple([1]), bytes: [65, 65, 65, 65])
    }
    #expect(opaque?.hasPrefix("member '/cases/a/calls/opaque': elements of type ") == true)
  }

  @Test func `memory is asked for tensors, and once for the largest chunks`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("golden.h5")
    let file = try FileWriter(path: path)
    try writeRoot(file)
    let storages: [(String, [Int], Storage)] = [
      ("mapped", [100], .contiguous),
      ("large", [100], .chunked(shape: [100], filters: [.shuffle])),
      ("larger", [100], .chunked(shape: [400], filters: [.shuffle], maximum: [nil])),
      ("small", [100], .chunked(shape: [50], filters: [.deflate(level: 1)])),
      ("plain", [300], .chunked(shape: [50], filters: [])),
    ]
    for (name, shape, storage) in storages {
      try file.createDataset(
        "/cases/a/calls/\(name)", datatype: .float32, dataspace: .simple(shape), storage: storage,
        bytes: [UInt8](repeating: 0, count: 4 * shape[0]))
    }
    try file.close()
    var asked: [Int] = []
    _ = try GoldenReader().read(path: path) { asked.append($0) }
    // In the order of their names: large, larger, plain with room for all its chunks, small.
    #expect(asked == [400, 800, 400, 1200, 400, 400])
  }

  @Test(arguments: ["", "a//b", "/a", "a/", ".", "a/./b", "a\nb", "a\0b"])
  func `a name that HDF5 would change is refused`(name: String) throws {
    var golden = sample()
    golden.cases[0].calls[name] = Tensor(NDArray<Float>([1], [1]))
    let error = #expect(throws: GoldenFormatError.self) { try roundTrip(golden) }
    guard case .file(_, .unwritableName(name)) = error else {
      Issue.record("\(error.map(String.init(describing:)) ?? "no error")")
      return
    }
  }
}
