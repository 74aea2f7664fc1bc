import Glibc
import HDF5
import Testing

/// One hostile file or request for each error, with the exact sentence.
@Suite struct RefusalTests {
  private static let softLink =
    "'/soft' is a soft link, which is not followed; expected the object itself, or a hard link to "
    + "it"

  private static let objects = [
    ("hostile_links.h5", "soft", softLink),
    (
      "hostile_links.h5", "soft/group",
      softLink
    ),
    (
      "hostile_links.h5", "/external/i1_le",
      "'/external' is an external link, which is not followed; expected the object itself"
    ),
    ("hostile_links.h5", "none/x", "has no '/none'"),
    ("hostile_links.h5", "group", "'/group' is a group; expected a dataset"),
    ("hostile_data.h5", "source/x", "'/source' is a dataset; expected a group"),
    (
      "hostile_data.h5", "outside",
      "'outside' has its data in other files; only data inside the file is read"
    ),
    (
      "hostile_data.h5", "virtual",
      "'virtual' is a virtual dataset; only data inside the file is read"
    ),
    (
      "hostile_data.h5", "lzf",
      "'lzf' needs filter 32000 ('lzf'); only deflate, shuffle and fletcher32 are read"
    ),
    (
      "fake_filter.h5", "values",
      "'values' needs filter 4242 ('deflate'); only deflate, shuffle and fletcher32 are read"
    ),
    (
      "hostile_data.h5", "bomb",
      "'bomb' declares 274877906944 bytes; datasetByteCount is limited to 17179869184"
    ),
    (
      "hostile_data.h5", "unwritten_bomb",
      "'unwritten_bomb' was never written: the file has no elements of it"
    ),
    (
      "hostile_data.h5", "overflow",
      "'overflow' has shape [1099511627776, 1099511627776], whose size overflows"
    ),
    ("hostile_data.h5", "compound", "'compound' has the unsupported datatype compound"),
    ("hostile_data.h5", "array", "'array' has the unsupported datatype compound"),
    ("hostile_data.h5", "reference", "'reference' has the unsupported datatype reference"),
    (
      "hostile_data.h5", "ragged",
      "'ragged' has the unsupported datatype variable-length sequence"
    ),
    (
      "hostile_data.h5", "longdouble",
      "'longdouble' has the unsupported datatype float of 16 bytes"
    ),
    ("hostile_data.h5", "type", "'/type' is a named datatype; expected a dataset"),
    (
      "hostile_data.h5", "typed",
      "'typed' has a named datatype; only datatypes of its own are read"
    ),
    ("past_end.h5", "values", "'values' ends at byte 2368 of a file of 2304 bytes"),
  ]

  @Test(arguments: objects)
  func `a hostile object is refused by name`(file: String, path: String, expected: String) throws {
    let reader = try FileReader(path: fixture(file))
    #expect(sentence { _ = try reader.readDataset(path) } == "\(file): \(expected)")
    #expect(sentence { _ = try reader.dataset(path) } == "\(file): \(expected)")
    #expect(reader.openObjectCount == 1)
  }

  @Test func `a hostile attribute is refused by name`() throws {
    let reader = try FileReader(path: fixture("hostile_data.h5"))
    #expect(
      sentence { _ = try reader.attribute("compound", of: "/") }
        == "hostile_data.h5: attribute 'compound' of '/' has the unsupported datatype compound")
    #expect(
      sentence { _ = try reader.attribute("x", of: "/") }
        == "hostile_data.h5: has no attribute 'x' of '/'")
    #expect(
      sentence { _ = try reader.attributeNames(of: "type") }
        == "hostile_data.h5: 'type' is a named datatype; expected a group")
  }

  @Test func `links are listed but not followed`() throws {
    let reader = try FileReader(path: fixture("hostile_links.h5"))
    let kinds = try reader.children(of: "/").map(\.kind)
    #expect(Array(kinds.prefix(1)) == [.link(.external)])
    #expect(Array(kinds.suffix(1)) == [.link(.soft)])
    #expect(
      sentence { _ = try reader.walk() }
        == "hostile_links.h5: '/external' is an external link, which is not followed; expected the "
        + "object itself"
    )
    #expect(
      sentence { _ = try reader.contains("/soft") }
        == "hostile_links.h5: " + Self.softLink)
  }

  @Test func `what is no HDF5 file is refused`() throws {
    try withTemporaryFile { path in
      let name = path.split(separator: "/").last ?? ""
      #expect(
        sentence { _ = try FileReader(path: path) }
          == "\(name): cannot be opened: No such file or directory")
      try write([], to: path)
      #expect(sentence { _ = try FileReader(path: path) } == "\(name): is not an HDF5 file")
      try write([UInt8](text: "not the signature"), to: path)
      #expect(sentence { _ = try FileReader(path: path) } == "\(name): is not an HDF5 file")
      let small = try contents(of: fixture("small.h5"))
      try write(small.prefix(500), to: path)
      #expect(
        sentence { _ = try FileReader(path: path) } == "\(name): ends after 500 of 8848 bytes")
    }
    #expect(sentence { _ = try FileReader(path: "/tmp") } == "tmp: is not a regular file")
  }

  @Test func `a pipe is refused without waiting for a writer`() throws {
    withTemporaryFile { path in
      let result = unsafe mkfifo(path, 0o600)
      #expect(result == 0)
      #expect(throws: HDF5Error.notRegularFile(Location(file: path))) {
        try FileReader(path: path)
      }
    }
  }

  @Test func `a closed reader says so`() throws {
    let reader = try FileReader(path: fixture("small.h5"))
    reader.close()
    reader.close()
    #expect(sentence { _ = try reader.readDataset("g/values") } == "small.h5: is closed")
  }

  @Test func `every limit is kept`() throws {
    func sentence(
      _ file: String, _ change: (inout Limits) -> Void, _ body: (FileReader) throws -> Void
    ) throws -> String {
      var limits = Limits()
      change(&limits)
      let reader = try FileReader(path: fixture(file), limits: limits)
      return HDF5Tests.sentence { try body(reader) }
    }
    #expect(
      try sentence("shapes.h5", { $0.datasetByteCount = 95 }) { _ = try $0.dataset("contiguous") }
        == "shapes.h5: 'contiguous' declares 96 bytes; datasetByteCount is limited to 95")
    #expect(
      try sentence("shapes.h5", { $0.expandedByteCount = 150 }) {
        _ = try $0.readDataset("chunked")
        _ = try $0.readDataset("chunked")
        _ = try $0.readDataset("packed")
      }
        == "shapes.h5: 'packed' brings the chunked datasets to 192 bytes; "
        + "expandedByteCount is limited to 150")
    // 105 elements of 4 bytes in a chunk of 512: 2048 - 420 bytes past them, less 420.
    #expect(
      try sentence("chunks.h5", { $0.paddingByteCount = 1207 }) { _ = try $0.dataset("larger") }
        == "chunks.h5: 'larger' brings what chunks have past small datasets to 1208 bytes; "
        + "paddingByteCount is limited to 1207")
    #expect(
      try sentence("shapes.h5", { $0.chunkByteCount = 31 }) { _ = try $0.dataset("packed") }
        == "shapes.h5: 'packed' has chunks of 32 bytes; chunkByteCount is limited to 31")
    #expect(
      try sentence("shapes.h5", { $0.chunkCount = 3 }) { _ = try $0.dataset("packed") }
        == "shapes.h5: 'packed' has 4 chunks; chunkCount is limited to 3")
    #expect(
      try sentence("keras.h5", { $0.attributeByteCount = 15 }) {
        _ = try $0.attribute("backend", of: "/")
      }
        == "keras.h5: attribute 'backend' of '/' declares 16 bytes; "
        + "attributeByteCount is limited to 15")
    // The same attribute counts for each name of its object.
    #expect(
      try sentence("cycle.h5", { $0.attributesByteCount = 119 }) { _ = try $0.contents() }
        == "cycle.h5: attribute 'note' of '/a/b/data' brings the attributes to 120 bytes; "
        + "attributesByteCount is limited to 119")
    #expect(
      try sentence("cycle.h5", { $0.attributesByteCount = 120 }) { _ = try $0.contents() }
        == "cycle.h5: '/alias' brings the attributes to 240 bytes; "
        + "attributesByteCount is limited to 120")
    #expect(
      try sentence("cycle.h5", { $0.attributesByteCount = 240 }) { _ = try $0.contents() }
        == "no error")
    #expect(
      try sentence("keras.h5", { $0.stringByteCount = 70_057 }) {
        _ = try $0.attribute("model_config", of: "/")
      }
        == "keras.h5: attribute 'model_config' of '/' has strings of 70058 bytes or more; "
        + "stringByteCount is limited to 70057")
    #expect(
      try sentence("types.h5", { $0.stringByteCount = 340 }) { _ = try $0.readStrings("vlen_utf8") }
        == "types.h5: 'vlen_utf8' has strings of 355 bytes or more; "
        + "stringByteCount is limited to 340")
    #expect(
      try sentence("order.h5", { $0.objectCount = 4 }) { _ = try $0.children(of: "/") }
        == "order.h5: '/' has 5 members or more; objectCount is limited to 4")
    for body: (FileReader) throws -> Void in [
      { _ = try $0.attributeNames(of: "/") }, { _ = try $0.attributes(of: "/") },
      { _ = try $0.contents() },
    ] {
      #expect(
        try sentence("order.h5", { $0.attributeCount = 4 }, body)
          == "order.h5: '/' has 5 attributes; attributeCount is limited to 4")
    }
    #expect(
      try sentence("keras.h5", { $0.depth = 3 }) { _ = try $0.walk() }
        == "keras.h5: '/model_weights/conv1/conv1/bias' is at depth 4; depth is limited to 3")
  }

  @Test func `requests that do not fit are refused`() throws {
    let reader = try FileReader(path: fixture("shapes.h5"))
    #expect(
      sentence { _ = try reader.readStrings("scalar") }
        == "shapes.h5: 'scalar' has datatype binary32; expected strings")
    #expect(
      sentence { _ = try reader.dataset("a\0b") }
        == "shapes.h5: 'a\0b' has a name that is not valid UTF-8 without null characters")
    let types = try FileReader(path: fixture("types.h5"))
    #expect(
      sentence { _ = try types.readDataset("vlen_utf8") }
        == "types.h5: 'vlen_utf8' has datatype string of variable length; "
        + "expected elements of fixed size")
  }
}
