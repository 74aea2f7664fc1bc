import HDF5
import Testing

/// What is written is read again.
@Suite struct WritingTests {
  private static let datatypes: [Datatype] =
    [1, 2, 4, 8].flatMap { byteCount in
      [true, false].flatMap { isSigned in
        [ByteOrder.littleEndian, .bigEndian].map { order in
          .integer(IntegerFormat(byteCount: byteCount, isSigned: isSigned, order: order))
        }
      }
    }
    + FloatFormat.allCases.flatMap { [.float($0, .littleEndian), .float($0, .bigEndian)] }
    + [
      .boolean, .kerasBFloat16, .opaque(byteCount: 3, tag: "three"),
      .enumeration(
        IntegerFormat(byteCount: 4, isSigned: false, order: .bigEndian),
        members: [.init(name: "most", value: 0xFFFF_FFFF), .init(name: "none", value: 0)]),
    ]
    + StringFormat.Padding.allCases.map { .string(StringFormat(fixedLength: 3, padding: $0)) }

  private static let storages: [(Storage, [Int])] = [
    (.contiguous, [2, 3]), (.compact, [2, 3]), (.contiguous, [0, 3]),
    (.chunked(shape: [1, 2], filters: []), [2, 3]),
    (.chunked(shape: [2, 2], filters: [.shuffle, .deflate(level: 9), .fletcher32]), [2, 3]),
  ]

  @Test(arguments: datatypes, storages)
  func `every datatype is read as it was written, in every layout`(
    datatype: Datatype, storage: (Storage, [Int])
  ) throws {
    try withTemporaryFile { path in
      let space = Dataspace.simple(storage.1)
      let width = try #require(datatype.byteCount)
      let content = (0..<(width * storage.1.reduce(1, *))).map { UInt8($0 + 65) }
      let writer = try FileWriter(path: path)
      try writer.createDataset(
        "/a/b", datatype: datatype, dataspace: space, storage: storage.0, bytes: content)
      try writer.close()
      let reader = try FileReader(path: path)
      let found = try reader.dataset("/a/b")
      #expect(found.datatype == datatype)
      #expect(found.dataspace == space)
      #expect(found.storage == storage.0)
      #expect(try reader.readDataset("/a/b") == content)
    }
  }

  @Test(arguments: datatypes, [Dataspace.scalar, .null, .simple([2]), .simple([0])])
  func `every datatype is read as it was written, in an attribute`(
    datatype: Datatype, space: Dataspace
  ) throws {
    try withTemporaryFile { path in
      let count = try #require(space.elementCount)
      let width = try #require(datatype.byteCount)
      let value: Attribute.Value
      if case .string = datatype {
        value = .strings((0..<count).map { [UInt8](text: "a\($0)") })
      } else {
        value = .bytes((0..<(count * width)).map { UInt8($0) })
      }
      let attribute = Attribute(name: "x", datatype: datatype, dataspace: space, value: value)
      let writer = try FileWriter(path: path)
      try writer.writeAttribute(attribute, to: "/")
      try writer.close()
      #expect(try FileReader(path: path).attributes(of: "/") == [attribute])
    }
  }

  @Test func `strings of variable length keep their bytes`() throws {
    try withTemporaryFile { path in
      let strings: [[UInt8]] = [
        [], [UInt8](text: "päivä"), [0xFF, 0xC0], [UInt8](repeating: 0x78, count: 100_000),
      ]
      let space = Dataspace.simple([strings.count])
      let attribute = Attribute(
        name: "x", datatype: .text(.ascii), dataspace: space, value: .strings(strings))
      let writer = try FileWriter(path: path)
      try writer.writeAttribute(attribute, to: "/")
      do {
        let dataset = try writer.createDataset("d", datatype: .text(), dataspace: space)
        try dataset.writeStrings(Array(strings[2...]), atElement: 2)
        try dataset.writeStrings(Array(strings[..<2]))
      }
      try writer.close()
      let reader = try FileReader(path: path)
      #expect(try reader.attribute("x", of: "/") == attribute)
      #expect(try reader.attribute("x", of: "/").texts == nil)
      #expect(try reader.readStrings("d") == strings)
    }
  }

  @Test func `a long string of fixed length is written with variable length`() throws {
    try withTemporaryFile { path in
      let text = String(repeating: "x", count: 70_000)
      var attribute = Attribute(name: "x", text: text, characterSet: .ascii)
      attribute.datatype = .string(
        StringFormat(fixedLength: 70_000, padding: .nullPadded, characterSet: .ascii))
      let writer = try FileWriter(path: path)
      try writer.writeAttribute(attribute, to: "/")
      try writer.close()
      let found = try FileReader(path: path).attribute("x", of: "/")
      #expect(found.text == text)
      #expect(
        found.datatype == .string(StringFormat(padding: .nullPadded, characterSet: .ascii)))
    }
  }

  @Test func `a dataset can be written in ragged pieces`() throws {
    try withTemporaryFile { path in
      let content = bytes((0..<60).map(Int32.init))
      let datatype = Datatype.integer(
        IntegerFormat(byteCount: 4, isSigned: true, order: .bigEndian))
      for piece in [1, 7, 13, 59] {
        let writer = try FileWriter(path: path)
        do {
          let dataset = try writer.createDataset(
            "d", datatype: datatype, dataspace: .simple([3, 4, 5]))
          for start in stride(from: 0, to: 60, by: piece) {
            let end = min(60, start + piece)
            try dataset.write(Array(content[(start * 4)..<(end * 4)]).span, atElement: start)
          }
        }
        try writer.close()
        #expect(try FileReader(path: path).readDataset("d") == content)
      }
    }
  }

  @Test(arguments: [
    Storage.contiguous, .chunked(shape: [2, 2], filters: [.deflate(level: 1)]),
    .chunked(shape: [9, 1], filters: [.shuffle]), .chunked(shape: [10, 12], filters: []),
  ])
  func `a dataset can be written in pieces as they come`(storage: Storage) throws {
    try withTemporaryFile { path in
      let content = bytes((0..<120).map(Int32.init))
      let datatype = Datatype.integer(IntegerFormat(byteCount: 4, isSigned: true))
      for piece in [1, 7, 24, 50, 119, 120] {
        let writer = try FileWriter(path: path)
        do {
          let dataset = try writer.createDataset(
            "d", datatype: datatype, dataspace: .simple([10, 12]), storage: storage)
          try dataset.writeInPieces { write in
            for start in stride(from: 0, to: 120, by: piece) {
              try write(Array(content[(start * 4)..<(min(120, start + piece) * 4)]).span)
            }
          }
        }
        try writer.close()
        #expect(try FileReader(path: path).readDataset("d") == content)
      }
    }
  }

  @Test func `equal calls make equal bytes`() throws {
    let files = try (0..<2).map { _ in
      try withTemporaryFile { path in
        try copy(try FileReader(path: fixture("keras.h5")), to: path)
        return try contents(of: path)
      }
    }
    #expect(files[0] == files[1])
    #expect(files[0][8] == 0, "the superblock's version")
  }

  private static let sound = [
    "keras.h5", "keras_latest.h5", "types.h5", "shapes.h5", "small.h5", "large_attributes.h5",
  ]

  private static func version(of name: String) -> FileWriter.Version {
    name == "large_attributes.h5" ? .v18 : .earliest
  }

  @Test(
    .enabled(if: isInstalled("h5diff")),
    arguments: Self.sound)
  func `h5diff finds nothing between a file and its copy`(name: String) throws {
    try withTemporaryFile { path in
      // Against the same bytes, h5diff calls an empty dataset not comparable as well.
      try write(try contents(of: fixture(name)), to: path)
      let expected = try h5diff(fixture(name), path)
      try copy(try FileReader(path: fixture(name)), to: path, version: Self.version(of: name))
      let found = try h5diff(fixture(name), path)
      #expect(found.code == 0)
      #expect(found.output == expected.output)
    }
  }

  @Test(arguments: Self.sound)
  func `a copy has the types, attributes and layouts of the file`(name: String) throws {
    try withTemporaryFile { path in
      let first = try FileReader(path: fixture(name))
      try copy(first, to: path, version: Self.version(of: name))
      let second = try FileReader(path: path)
      let walk = try first.walk()
      #expect(try second.walk() == walk)
      for entry in walk {
        #expect(try first.attributes(of: entry.path) == second.attributes(of: entry.path))
        guard entry.kind == .dataset else { continue }
        let (one, other) = (try first.dataset(entry.path), try second.dataset(entry.path))
        #expect(one.datatype == other.datatype)
        #expect(one.dataspace == other.dataspace)
        #expect(one.storage == other.storage)
      }
    }
  }

  @Test func `a dataset that may grow can be smaller than a chunk of it`() throws {
    let maxima: [[Int?]] = [[nil, nil], [nil, 5], [64, 1000]]
    for maximum in maxima {
      for filters in [[], [.shuffle, .deflate(level: 4)]] as [[Filter]] {
        try withTemporaryFile { path in
          let storage = Storage.chunked(shape: [64, 4], filters: filters, maximum: maximum)
          let content = bytes((0..<15).map(Int32.init))
          let writer = try FileWriter(path: path)
          try writer.createDataset(
            "d", datatype: .integer(IntegerFormat(byteCount: 4, isSigned: true)),
            dataspace: .simple([3, 5]), storage: storage, bytes: content)
          try writer.close()
          let reader = try FileReader(path: path)
          #expect(try reader.dataset("d").storage == storage)
          #expect(try reader.readDataset("d") == content)
        }
      }
    }
  }

  @Test func `chunks that would not be read again are not written`() throws {
    try withTemporaryFile { path in
      let writer = try FileWriter(path: path)
      func refusal(
        _ name: String, _ chunk: [Int], _ shape: [Int], in writer: borrowing FileWriter
      ) -> String {
        sentence {
          try writer.createDataset(
            name, datatype: .float32, dataspace: .simple(shape),
            storage: .chunked(
              shape: chunk, filters: [], maximum: [Int?](repeating: nil, count: shape.count)))
        }.replacing(#/^[^:]*: /#, with: "")
      }
      let found = [
        refusal("large", [1 << 28 + 1], [1], in: writer),
        refusal("many", [1], [1 << 22 + 1], in: writer),
        refusal("one", [1 << 27], [1], in: writer), refusal("two", [1 << 27], [1], in: writer),
        refusal("three", [1 << 20], [1], in: writer),
      ]
      #expect(
        found == [
          "'large' has chunks of 1073741828 bytes; chunkByteCount is limited to 1073741824",
          "'many' has 4194305 chunks; chunkCount is limited to 4194304", "no error", "no error",
          "'three' brings what chunks have past small datasets to 1077936104 bytes; "
            + "paddingByteCount is limited to 1073741824",
        ])
      try writer.close()
    }
  }

  @Test func `many names are an attribute that is larger than a header`() throws {
    let names = (0..<4200).map { "layer_\($0)" }
    let attribute = Attribute(name: "names", texts: names)
    #expect(!attribute.fitsHeader)
    try withTemporaryFile { path in
      let writer = try FileWriter(path: path, version: .v18)
      try writer.writeAttribute(attribute, to: "/")
      try writer.close()
      #expect(try FileReader(path: path).attribute("names", of: "/") == attribute)
    }
    let numbers = Attribute(
      name: String(repeating: "n", count: 60_000), datatype: .float32, dataspace: .simple([1200]),
      value: .bytes([UInt8](repeating: 0, count: 4800)))
    #expect(!numbers.fitsHeader)
    #expect(Attribute(name: "a", text: String(repeating: "x", count: 99_999)).fitsHeader)
  }

  @Test func `what cannot be written is refused by name`() throws {
    try withTemporaryFile { path in
      let name = path.split(separator: "/").last ?? ""
      let writer = try FileWriter(path: path)
      var found: [String] = []
      do {
        let numbers = try writer.createDataset("d", datatype: .float32, dataspace: .simple([2]))
        let strings = try writer.createDataset(
          "s", datatype: .string(StringFormat(fixedLength: 2)), dataspace: .simple([1]))
        do { try numbers.write([1, 2, 3].span) } catch { found.append("\(error)") }
        do { try numbers.write([1, 2, 3, 4].span, atElement: 2) } catch {
          found.append("\(error)")
        }
        do { try strings.writeStrings([[1, 2, 3]]) } catch { found.append("\(error)") }
        do { try numbers.writeStrings([[1]]) } catch { found.append("\(error)") }
      }
      do {
        try writer.createDataset(
          "c", datatype: .float32, dataspace: .simple([2]),
          storage: .chunked(shape: [1, 1], filters: []))
      } catch { found.append("\(error)") }
      do {
        try writer.writeAttribute(
          Attribute(name: "x", datatype: .float32, dataspace: .scalar, value: .bytes([1])), to: "d")
      } catch { found.append("\(error)") }
      do {
        try writer.writeAttribute(Attribute(name: "x", texts: ["a\0b"]), to: "d")
      } catch { found.append("\(error)") }
      #expect(
        found.map { $0.replacing("\(path): ", with: "") } == [
          "'d' was given 3 elements or bytes; expected 0",
          "'d' has 2 elements; 2..<3 were asked for",
          "'s' cannot hold a string of 3 bytes: it is too long or has a null character",
          "'d' has datatype binary32; expected strings",
          "'c' cannot have chunks of shape [1, 1] in shape [2]",
          "attribute 'x' of 'd' was given 1 elements or bytes; expected 4",
          "attribute 'x' of 'd' cannot hold a string of 3 bytes: it is too long or has a null "
            + "character",
        ])
      #expect(writer.openObjectCount == 1)
      try writer.close()
      #expect(!name.isEmpty)
    }
    #expect(
      sentence { _ = try FileWriter(path: "/nowhere/x.h5") }
        == "x.h5: libhdf5 refuses it: H5Fcreate: unable to open file: No such file or directory")
  }
}

/// What is written must be read again.
@Suite struct AttributeCountTests {
  @Test func `an object is not given more attributes than are read`() throws {
    try withTemporaryFile { path in
      let file = try FileWriter(path: path)
      try file.checkAttributeCount(4096, of: "/")
      let refusal = sentence { try file.checkAttributeCount(4097, of: "/") }
      #expect(
        refusal.hasSuffix(": '/' has 4097 attributes; attributeCount is limited to 4096"))
      try file.close()
    }
  }
}
