import ModelBuilder
import ModelGraph
import ModelPresentation
import Testing

/// One wide row must not make all others as wide.
@Suite struct WideSummaryTests {
  @Test func `a layer of many inputs takes the lines that it needs, and no others`() throws {
    let input = Input(shape: [2], name: "x")
    let branches = (0..<1000).map { Activation(.relu, name: "branch_\($0)")(input) }
    let sum = Add(name: "sum")(branches)
    let summary = try Model(inputs: input, outputs: sum).summary(style: .plain)
    // Once as a layer and once as an input: each branch is some 20 characters.
    #expect(summary.utf8.count < 1_000_000)
    #expect(summary.contains("branch_999[0][0]"))
    let longest = summary.split(separator: "\n").map(\.count).max() ?? 0
    #expect(longest < 300)
  }
}
