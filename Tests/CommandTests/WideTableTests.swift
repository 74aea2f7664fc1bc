import CommandSupport
import Testing

/// Tables that the programs print.
@Suite struct WideTableTests {
  @Test func `a long cell does not make all rows as long`() {
    let long = String(repeating: "n", count: 100_000)
    let rows = [[long, "1"]] + (0..<100).map { ["row", "\($0)"] }
    let table = Text.table(rows, right: [1])
    #expect(table.utf8.count < 150_000)
    #expect(table.hasPrefix(long + "   1\n"))
    #expect(table.hasSuffix("row" + String(repeating: " ", count: 199) + "99\n"))
  }
}
