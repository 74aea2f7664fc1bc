import TestSupport
import Testing

@testable import ModelLayers

@Suite struct ContractionTests {
  typealias Case = (first: String, second: String, result: String, bounds: [Character: Int])

  static let sizes: [Character: Int] = [
    "a": 2, "b": 3, "c": 4, "d": 5, "e": 1, "i": 6, "j": 7,
  ]
  static let equations: [(String, String, String)] = [
    ("ij", "jd", "id"), ("bij", "bdj", "bid"), ("bic", "bdc", "dbi"), ("abic", "abdc", "iadb"),
    ("bcd", "dca", "ba"), ("ij", "ij", "ij"), ("ij", "ij", ""), ("i", "j", "ij"), ("i", "j", "ji"),
    ("bcij", "dab", "jdaci"), ("", "ab", "ba"), ("eij", "ejd", "eid"),
  ]

  /// The definition: a loop over every letter.
  static func sum(
    _ x: NDArray<Double>, _ first: String, _ y: NDArray<Double>, _ second: String, _ result: String
  ) -> NDArray<Double> {
    let inner = first.filter { !result.contains($0) }.map(\.self)
    return .generate(result.map { sizes[$0] ?? 0 }) { place in
      var letters = Dictionary(uniqueKeysWithValues: zip(result, place))
      var sum = 0.0
      func add(_ depth: Int) {
        guard depth < inner.count else {
          sum += x[first.map { letters[$0] ?? 0 }] * y[second.map { letters[$0] ?? 0 }]
          return
        }
        for index in 0..<(sizes[inner[depth]] ?? 0) {
          letters[inner[depth]] = index
          add(depth + 1)
        }
      }
      add(0)
      return sum
    }
  }

  static func trial(_ first: String, _ second: String, _ result: String) throws -> PrimitiveTrial {
    try PrimitiveTrial([first, second].map { $0.map { sizes[$0] ?? 0 } }) {
      values, definition throws(ModelError) in
      [try definition.contraction(values[0], first, values[1], second, to: result)]
    }
  }

  @Test(arguments: equations)
  func `a contraction is the sum over the letters that its result has not`(
    _ first: String, _ second: String, _ result: String
  ) throws {
    let trial = try Self.trial(first, second, result)
    let expected = Self.sum(trial.inputs[0], first, trial.inputs[1], second, result)
    #expect(trial.distance(to: expected) < 1e-14)
    #expect(trial.singleDistance(to: expected) < 1e-5)
    #expect(trial.roundingShare() <= 1)
    #expect(trial.perturbationShare() <= 1.001)
  }

  @Test func `exchanged axes are found`() throws {
    let trial = try Self.trial("ij", "ij", "ij")
    let other = try Self.trial("ij", "ij", "ji")
    let expected = Self.sum(trial.inputs[0], "ij", trial.inputs[1], "ij", "ij")
    #expect(trial.distance(to: expected) < 1e-14)
    #expect(other.distance(to: expected) == .infinity)
  }

  @Test func `a sum of nothing is zero`() throws {
    let trial = try PrimitiveTrial([[2, 0], [0, 3]]) { values, definition throws(ModelError) in
      [try definition.contraction(values[0], "ij", values[1], "jk", to: "ik")]
    }
    #expect(trial.distance(to: NDArray(repeating: 0, [2, 3])) == 0)
  }

  @Test
  func `items of a batch are apart where both tensors have them along a letter of the result`()
    throws
  {
    let attention = try Self.trial("bij", "bdj", "dbi")
    #expect(attention.items(in: .axis(0), .axis(0)) == .axis(1))
    #expect(try attention.distanceOfItems(in: .axis(0), .axis(0)) < 1e-15)
    let projection = try Self.trial("bij", "jd", "bid")
    #expect(projection.items(in: .axis(0), .absent) == .axis(0))
    #expect(try projection.distanceOfItems(in: .axis(0), .absent) < 1e-15)
    #expect(projection.items(in: .absent, .axis(1)) == .axis(2))
    #expect(try projection.distanceOfItems(in: .absent, .axis(1)) < 1e-15)
    #expect(projection.items(in: .absent, .absent) == .absent)
    // Summed over, along different letters, or in a tensor that is the same for all.
    #expect(projection.items(in: .axis(2), .axis(0)) == .mixed)
    #expect(projection.items(in: .axis(0), .axis(1)) == .mixed)
    #expect(attention.items(in: .axis(0), .absent) == .mixed)
    #expect(projection.items(in: .mixed, .absent) == .mixed)
  }

  @Test func `sizes that are not known stay unknown, and cost is two a product`() throws {
    let contraction = Primitives.Contraction("bqhd", "bkhd", to: "bhqk")
    let query = TensorType([nil, nil, 4, 8])
    let key = TensorType([nil, 6, nil, 8])
    #expect(try contraction.results(for: [query, key]) == [TensorType([nil, 4, nil, 6])])
    let known = [TensorType([2, 5, 4, 8]), TensorType([2, 6, 4, 8])]
    let made = try contraction.results(for: known)
    #expect(
      try contraction.operationCount(for: known, results: made) == 2 * (2 * 4 * 5 * 6) * 8)
    #expect(
      refusal { try contraction.operationCount(for: [query, key], results: made) } == "")
  }

  @Test func `what cannot be contracted is refused`() {
    func refused(_ equation: (String, String, String), _ shapes: Shape...) -> String {
      let contraction = Primitives.Contraction(equation.0, equation.1, to: equation.2)
      return refusal { try contraction.results(for: shapes.map { TensorType($0) }) }
    }
    #expect(
      refused(("ij", "jk", "ik"), [2, 3], [4, 5])
        == "inputs have shapes [2, 3] and [4, 5]; their axes 'j' must be equal")
    #expect(refused(("ij", "jk", "ik"), [2], [4, 5]) == "input has shape [2]; expected 2 axes")
    #expect(
      refused(("ii", "ik", "ik"), [2, 2], [2, 5])
        == "attribute 'equation' is 'ii,ik->ik'; expected letters that differ in each tensor")
    #expect(
      refused(("ij", "jk", "iz"), [2, 3], [3, 5])
        == "attribute 'equation' is 'ij,jk->iz'; expected a result with letters of the tensors")
    #expect(
      refused(("ij", "jk", "k"), [2, 3], [3, 5])
        == "attribute 'equation' is 'ij,jk->k'; expected sums over letters of both tensors")
  }
}
