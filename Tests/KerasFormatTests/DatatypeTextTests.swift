import HDF5
import Testing

@testable import KerasFormat

@Suite struct DatatypeTextTests {
  private static let types: [(Datatype, String)] = [
    (.float32, "float32"),
    (.float(.binary64, .bigEndian), "float64 big-endian"),
    (.float(.bfloat16, .littleEndian), "bfloat16"),
    (.integer(IntegerFormat(byteCount: 8, isSigned: true)), "int64"),
    (
      .integer(IntegerFormat(byteCount: 2, isSigned: false, order: .bigEndian)), "uint16 big-endian"
    ),
    (.kerasBFloat16, "opaque 2"),
    (.opaque(byteCount: 3, tag: "a b%"), "opaque 3 a%20b%25"),
    (.boolean, "enum int8 FALSE=0 TRUE=1"),
    (
      .enumeration(
        IntegerFormat(byteCount: 4, isSigned: true, order: .bigEndian),
        members: [EnumerationMember(name: "a=b", value: -1)]), "enum int32 big-endian a%3db=-1"
    ),
    (.text(.ascii), "string variable ascii null-terminated"),
    (
      .string(StringFormat(fixedLength: 12, padding: .nullPadded, characterSet: .utf8)),
      "string 12 utf8 null-padded"
    ),
  ]

  @Test func `every datatype has a text that gives it back`() throws {
    for (type, text) in Self.types {
      #expect(DatatypeText.text(type) == text)
      #expect(try DatatypeText.datatype(text) == type)
    }
  }

  @Test(arguments: [
    "", "float31", "float32 x", "opaque", "opaque -1", "string 3 ascii", "enum float32 A=1",
    "enum int8 A", "int64 big-endian big-endian", "opaque 2 %5", "opaque 2 %+5", "opaque 2 %",
    "opaque 2 %ff",
    "opaque 99999999999999999", "string 0 ascii null-padded", "string -5 ascii null-padded",
    "enum int8 A=200", "enum uint8 A=-1", "enum int8 A=1=2", "enum int8 %A=1",
  ])
  func `a text that no datatype has is refused`(text: String) {
    #expect(throws: KerasError.datatypeText(text)) { try DatatypeText.datatype(text) }
  }

  @Test func `every storage has a text that gives it back`() throws {
    let storages: [Storage] = [
      .contiguous, .compact,
      .chunked(shape: [4, 2], filters: [.shuffle, .deflate(level: 4), .fletcher32]),
      .chunked(shape: [4, 2], filters: [.shuffle], maximum: [nil, 7]),
      .chunked(shape: [4], filters: [], maximum: [nil]),
    ]
    for storage in storages {
      #expect(try DatatypeText.storage(DatatypeText.text(storage)) == storage)
    }
    #expect(
      DatatypeText.text(.chunked(shape: [4, 2], filters: [.shuffle], maximum: [nil, 7]))
        == "chunked 4 2 maximum=unlimited,7 shuffle")
    for text in [
      "chunked 3 lzf", "chunked -3", "chunked 0", "chunked 3 deflate=-1", "chunked 3 maximum=",
      "chunked 3 maximum=-1", "chunked 3 maximum=x", "chunked 3 maximum=4,4",
      "chunked 3 maximum=4 maximum=4", "chunked 3 shuffle maximum=4",
    ] {
      #expect(throws: KerasError.datatypeText(text)) { try DatatypeText.storage(text) }
    }
  }
}
