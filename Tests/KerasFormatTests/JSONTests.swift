import Testing

@testable import KerasFormat

@Suite struct JSONTests {
  private func parse(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

  @Test func `keys keep their order and the last of two equal keys counts`() throws {
    let value = try parse(#"{"b": 1, "a": 2, "b": 3}"#)
    #expect(value.description == #"{"b": 3, "a": 2}"#)
  }

  @Test func `integers are told from floats, and Python's NaN and Infinity are numbers`() throws {
    #expect(try parse("[1, 1.0, -2e3]") == .array([.int(1), .double(1), .double(-2000)]))
    #expect(
      try parse("[Infinity, -Infinity]") == .array([.double(.infinity), .double(-.infinity)]))
    #expect(try parse("NaN").double?.isNaN == true)
    #expect(try parse("123456789012345678901234567890") == .double(1.2345678901234568e29))
  }

  @Test func `escapes, pairs of surrogates included, become characters`() throws {
    #expect(try parse(#""\u00e9\ud83d\ude00\n\/\"""#) == .string("é😀\n/\""))
    #expect(try parse(#""\ud83d""#) == .string("\u{fffd}"))
  }

  @Test(arguments: [
    "", "{", "[1,", "[1 2]", "{1: 2}", "nul", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u+041\"", "01x",
    "1 1",
  ])
  func `a text that is no JSON is refused`(text: String) {
    #expect(throws: JSONError.self) { try parse(text) }
  }

  @Test func `nesting beyond the limit is refused, and up to it is read`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(try parse(nested(512)).array != nil)
    #expect(throws: JSONError(offset: 512, expected: "at most 512 levels of nesting")) {
      try parse(nested(200_000))
    }
  }
}
