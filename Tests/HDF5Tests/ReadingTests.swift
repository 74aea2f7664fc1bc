import HDF5
import Testing

/// Files that h5py wrote.
@Suite struct ReadingTests {
  private static let numbers: [(String, [UInt8])] = [
    ("i1", bytes([Int8.min, 1, .max])), ("i2", bytes([Int16.min, 1, .max])),
    ("i4", bytes([Int32.min, 1, .max])), ("i8", bytes([Int64.min, 1, .max])),
    ("u1", bytes([UInt8.min, 1, .max])), ("u2", bytes([UInt16.min, 1, .max])),
    ("u4", bytes([UInt32.min, 1, .max])), ("u8", bytes([UInt64.min, 1, .max])),
    ("f2", bytes([0xBE00, 0x3400, 0x7C00] as [UInt16])),
    ("f4", bytes([-1.5, 0.25, .infinity] as [Float])),
    ("f8", bytes([-1.5, 0.25, .infinity] as [Double])),
  ]

  @Test(arguments: numbers, ["le", "be"])
  func `numbers of either byte order arrive little-endian`(
    number: (name: String, bytes: [UInt8]), order: String
  ) throws {
    let reader = try FileReader(path: fixture("types.h5"))
    let name = "\(number.name)_\(order)"
    #expect(try reader.readDataset(name) == number.bytes)
    let attribute = try reader.attribute(name, of: "/")
    #expect(attribute.value == .bytes(number.bytes))
    #expect(attribute.dataspace == .simple([3]))
    let isBig = order == "be" && number.name.last != "1"
    let description = try reader.dataset(name)
    #expect(attribute.datatype == description.datatype)
    #expect("\(description.datatype)".hasSuffix("(big-endian)") == isBig)
    #expect(description.datatype.byteCount.map { $0 * 3 } == number.bytes.count)
    #expect(description.byteCount == number.bytes.count)
  }

  @Test func `datatypes are told apart`() throws {
    let reader = try FileReader(path: fixture("types.h5"))
    #expect(try reader.dataset("f2_le").datatype == .float16)
    #expect(try reader.dataset("f4_be").datatype == .float(.binary32, .bigEndian))
    #expect(
      try reader.dataset("u2_be").datatype
        == .integer(IntegerFormat(byteCount: 2, isSigned: false, order: .bigEndian)))
    #expect(try reader.dataset("bool").datatype == .boolean)
    #expect(try reader.attribute("bool", of: "/").datatype.isBoolean)
    #expect(try reader.dataset("bfloat16").datatype == .kerasBFloat16)
    let members = [
      EnumerationMember(name: "RED", value: -2), EnumerationMember(name: "GREEN", value: 300),
    ]
    guard case .enumeration(let base, let found) = try reader.dataset("enum_be").datatype else {
      Issue.record("not an enumeration")
      return
    }
    #expect(base == IntegerFormat(byteCount: 2, isSigned: true, order: .bigEndian))
    #expect(Set(found) == Set(members))
    #expect(try reader.readDataset("enum_be") == bytes([300, -2] as [Int16]))
    #expect(try reader.readDataset("bool") == [1, 0, 1])
    #expect(try reader.readDataset("bfloat16") == [0x80, 0x3F, 0x00, 0xC0])
  }

  @Test func `strings of every kind are read without padding`() throws {
    let reader = try FileReader(path: fixture("types.h5"))
    func texts(_ path: String) throws -> [String] {
      try reader.readStrings(path).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(try texts("fixed_nullpad") == ["ab", "", "abcd"])
    #expect(try texts("fixed_nullterm") == ["ab", "c"])
    #expect(try texts("fixed_spacepad") == ["ab", "c"])
    #expect(try texts("vlen_utf8") == ["päivä", "", String(repeating: "x", count: 300)])
    #expect(try texts("vlen_ascii") == ["a", "bc"])
    #expect(try reader.readStrings("vlen_bytes") == [[0xFF, 0xFE], [UInt8](text: "ok")])
    #expect(
      try reader.dataset("fixed_spacepad").datatype
        == .string(StringFormat(fixedLength: 4, padding: .spacePadded, characterSet: .ascii)))
    #expect(try reader.dataset("vlen_utf8").datatype == .text())
    #expect(try reader.dataset("vlen_utf8").byteCount == nil)
  }

  @Test func `spaces and layouts are told apart`() throws {
    let reader = try FileReader(path: fixture("shapes.h5"))
    #expect(try reader.dataset("scalar").dataspace == .scalar)
    #expect(try reader.readDataset("scalar") == bytes([2.5] as [Float]))
    #expect(try reader.dataset("empty").dataspace == .simple([0]))
    #expect(try reader.readDataset("empty") == [])
    #expect(try reader.dataset("empty_inner").shape == [3, 0, 2])
    #expect(try reader.readDataset("empty_inner") == [])
    #expect(try reader.dataset("null").dataspace == .null)
    #expect(try reader.readDataset("null") == [])
    #expect(try reader.dataset("empty").layout == .contiguous(fileOffset: nil))
    #expect(try reader.dataset("compact").layout == .compact)
    #expect(try reader.dataset("chunked").layout == .chunked(shape: [1, 2, 3], filters: []))
    #expect(
      try reader.dataset("packed").layout
        == .chunked(shape: [2, 2, 2], filters: [.shuffle, .deflate(level: 4), .fletcher32]))
  }

  @Test(
    arguments: ["contiguous", "compact", "chunked", "packed", "growing"], [1, 8, 20, 50, 1000])
  func `every layout gives the same elements, whole or in pieces`(
    name: String, slabByteCount: Int
  ) throws {
    let reader = try FileReader(path: fixture("shapes.h5"))
    let expected = bytes((0..<24).map(Float.init))
    #expect(try reader.readDataset(name) == expected)
    var pieces: [UInt8] = []
    try reader.readDataset(name, slabByteCount: slabByteCount) { slab in
      for index in slab.indices { pieces.append(slab[index]) }
    }
    #expect(pieces == expected)
  }

  @Test(arguments: ["shapes.h5", "userblock.h5"])
  func `the offset of a contiguous dataset is where its bytes are`(name: String) throws {
    let reader = try FileReader(path: fixture(name))
    let path = name == "shapes.h5" ? "contiguous" : "values"
    guard case .contiguous(let offset?) = try reader.dataset(path).layout else {
      Issue.record("no offset")
      return
    }
    let expected = try reader.readDataset(path)
    let file = try contents(of: fixture(name))
    #expect(Array(file[offset..<(offset + expected.count)]) == expected)
    #expect(reader.byteCount == file.count)
  }

  @Test func `names come in the order that h5py gives`() throws {
    let reader = try FileReader(path: fixture("order.h5"))
    let sorted = ["B", "a", "a10", "a2", "b"]
    #expect(try reader.children(of: "/").map(\.name) == sorted + ["tracked"])
    #expect(try reader.attributeNames(of: "/") == sorted)
    #expect(try reader.attributeNames(of: "/tracked") == ["b", "a"])
  }

  @Test(arguments: ["keras.h5", "keras_latest.h5"])
  func `a model file is read in either file version`(name: String) throws {
    let reader = try FileReader(path: fixture(name))
    #expect(try reader.attribute("keras_version", of: "/").text == "3.15.1")
    let config = try #require(try reader.attribute("model_config", of: "/").text)
    #expect(config.utf8.count == (name == "keras.h5" ? 70042 : 42))
    #expect(try reader.attribute("layer_names", of: "model_weights").texts == ["conv1", "relu"])
    let empty = try reader.attribute("weight_names", of: "/model_weights/relu")
    #expect(empty.datatype == .float64)
    #expect(empty.dataspace == .simple([0]))
    #expect(empty.value == .bytes([]))
    #expect(try reader.attribute("old_names", of: "/model_weights").texts == ["a", "long"])
    let half = "/optimizer_weights/adam/half"
    #expect(try reader.attribute("dtype", of: half).text == "bfloat16")
    #expect(try reader.attribute("nothing", of: half).dataspace == .null)
    #expect(try reader.kind(of: half) == .dataset)
    #expect(try reader.contains("/model_weights/conv1/conv1/kernel"))
    #expect(try !reader.contains("/model_weights/conv1/kernel"))
    #expect(try !reader.contains(half + "/below"))
    #expect(try reader.hasAttribute("backend", of: "/"))
    #expect(try !reader.hasAttribute("backends", of: "/"))
  }

  @Test func `a walk enters an object of several names once`() throws {
    let reader = try FileReader(path: fixture("cycle.h5"))
    let walk = try reader.walk()
    #expect(walk.map(\.path) == ["/", "/a", "/a/b", "/a/b/data", "/a/b/root", "/alias"])
    #expect(walk.map(\.firstPath) == [nil, nil, nil, nil, "/", "/a/b/data"])
    #expect(try reader.readDataset("/a/b/root/a/b/root/alias").count == 8)
  }
}
