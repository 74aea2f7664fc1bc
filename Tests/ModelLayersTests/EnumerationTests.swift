import Testing

@testable import ModelLayers

@Suite struct EnumerationTests {
  @Test func `a list of names is bounded, and says how many are left out`() {
    let names = (0..<65_536).map { "n\($0)" }
    #expect(names.prefix(2).quoted() == "'n0', 'n1'")
    #expect(names.prefix(8).quoted().hasSuffix("'n6', 'n7'"))
    #expect(names.quoted(atMost: 2) == "'n0', 'n1' and 65534 more")
    #expect(names.listed(atMost: 2, separator: " and ") == "n0 and n1 and 65534 more")
    #expect([String]().quoted() == "")
  }
}
