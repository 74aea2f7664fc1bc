import ModelBuilder
import ModelGraph
import Testing

@testable import Verification

/// Which of many things that are alike belong together, without a comparison of each with all.
@Suite struct PairingTests {
  @Test func `elements of equal values are paired, the others in their order`() {
    let pairing = Pairing.of([1, 2, 3, 4, 5], [10, 20, 30, 40]) {
      $0 % 3
    } _: {
      $0 / 10 % 2
    }
    // Values 1 2 0 1 2 and 1 0 1 0.
    #expect(pairing.equal.map(\.first) == [1, 3, 4])
    #expect(pairing.equal.map(\.second) == [10, 20, 30])
    #expect(pairing.inOrder.map(\.first) == [2])
    #expect(pairing.inOrder.map(\.second) == [40])
  }

  @Test func `each value is asked for once`() {
    var count = 0
    func value(_ element: Int) -> Int {
      count += 1
      return element
    }
    let pairing = Pairing.of(Array(0..<1000), (0..<1000).reversed(), value, value)
    #expect(pairing.equal.count == 1000)
    #expect(count == 2000)
  }

  /// Layers that nothing but their order tells apart.
  private func twins(_ count: Int, prefix: String) throws -> ComparedModel {
    let input = Input(shape: [2], name: "x")
    let branches = (0..<count).map { Activation(.relu, name: "\(prefix)\($0)")(input) }
    return try ComparedModel(Model(inputs: input, outputs: Add(name: "sum")(branches)))
  }

  @Test func `layers that are alike are looked at a limited number of times`() throws {
    let count = 300
    let (first, second) = (try twins(count, prefix: "a"), try twins(count, prefix: "b"))
    let matching = try LayerMatching(first, second, visitLimit: 12_000)
    #expect(matching.lookLimit == 19)
    #expect(matching.lookCount < 40)
    #expect(matching.pairs.count == count + 1)
    // What has no weights differs in nothing.
    #expect(matching.guesses.isEmpty)
  }
}
