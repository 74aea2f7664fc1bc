import Testing

@testable import ModelLayers

/// Operations that sum up products, against loops over all letters and by small examples.
@Suite struct ProductOperationTests {
  private func trial(
    _ name: String, _ settings: Attributes, _ inputs: [[Int]]
  ) throws -> PrimitiveTrial {
    let operation = try Operation(name, attributes: settings)
    return try PrimitiveTrial(inputs) { values, definition throws(ModelError) in
      try operation.define(values, in: &definition)
    }
  }

  private func values(
    _ name: String, _ settings: Attributes = [:], _ inputs: NDArray<Double>...
  ) throws -> NDArray<Double> {
    try Operation(name, attributes: settings).definition(for: inputs.map(\.shape))
      .values(inputs, Parameters())[0]
  }

  // MARK: - Equations

  /// The sum over every place of every letter.
  private func naive(
    _ terms: [String], _ result: String, _ inputs: [NDArray<Double>]
  ) -> NDArray<Double> {
    var sizes: [Character: Int] = [:]
    for (term, input) in zip(terms, inputs) {
      for (letter, size) in zip(term, input.dimensions) {
        sizes[letter] = max(sizes[letter] ?? 1, size)
      }
    }
    let letters = Array(Set(terms.joined())).sorted()
    let summed = letters.filter { !result.contains($0) }
    return .generate(result.map { sizes[$0] ?? 1 }) { place in
      var sum = 0.0
      for rest in 0..<summed.reduce(1, { $0 * (sizes[$1] ?? 1) }) {
        var places = Dictionary(uniqueKeysWithValues: zip(result, place))
        var index = rest
        for letter in summed {
          places[letter] = index % (sizes[letter] ?? 1)
          index /= sizes[letter] ?? 1
        }
        sum += zip(terms, inputs).reduce(1) { product, operand in
          product
            * operand.1[
              zip(operand.0, operand.1.dimensions).map { $1 == 1 ? 0 : places[$0] ?? 0 }]
        }
      }
      return sum
    }
  }

  @Test(
    arguments: [
      ("ij,jk->ik", ["ij", "jk"], "ik", [[2, 3], [3, 4]]),
      ("bij,bjk->bik", ["bij", "bjk"], "bik", [[2, 3, 4], [2, 4, 5]]),
      ("bij, bkj -> bki", ["bij", "bkj"], "bki", [[2, 3, 4], [2, 5, 4]]),
      ("ij,jk", ["ij", "jk"], "ik", [[2, 3], [3, 4]]),
      ("ba", ["ba"], "ab", [[2, 3]]), ("ij->", ["ij"], "", [[2, 3]]),
      ("ij->j", ["ij"], "j", [[2, 3]]), ("ii->i", ["ii"], "i", [[3, 3]]),
      ("ii", ["ii"], "", [[3, 3]]), ("iji->ji", ["iji"], "ji", [[3, 2, 3]]),
      ("bii,bj->bij", ["bii", "bj"], "bij", [[2, 3, 3], [2, 4]]),
      ("i,j->ij", ["i", "j"], "ij", [[2], [3]]), ("i,i->", ["i", "i"], "", [[4], [4]]),
      ("ij,kl->il", ["ij", "kl"], "il", [[2, 3], [4, 5]]),
      ("bj,bj->b", ["bj", "bj"], "b", [[2, 3], [1, 3]]),
      ("bj,bj->b", ["bj", "bj"], "b", [[2, 3], [2, 1]]),
      ("...ij->...ji", ["xyij"], "xyji", [[2, 3, 4, 5]]),
      ("...ij,jk->...ik", ["xyij", "jk"], "xyik", [[2, 3, 4, 5], [5, 2]]),
      ("...i,...i->...", ["xyi", "yi"], "xy", [[2, 3, 4], [3, 4]]),
      ("...i,...j", ["xi", "xj"], "xij", [[2, 3], [2, 4]]),
      ("ij,jk,kl->il", ["ij", "jk", "kl"], "il", [[2, 3], [3, 4], [4, 2]]),
      ("bi,bj,b->bij", ["bi", "bj", "b"], "bij", [[2, 3], [2, 4], [2]]),
      ("i,j,kk,il->jl", ["i", "j", "kk", "il"], "jl", [[3], [2], [2, 2], [3, 4]]),
      ("...i,...i,i->...", ["xi", "xi", "i"], "x", [[2, 3], [1, 3], [3]]),
      ("bIj,bjK->bIK", ["bIj", "bjK"], "bIK", [[2, 3, 4], [2, 4, 5]]),
    ] as [(String, [String], String, [[Int]])])
  func `an equation sums over every letter that the result does not have`(
    _ equation: String, _ terms: [String], _ result: String, _ sizes: [[Int]]
  ) throws {
    let trial = try trial("Einsum", ["subscripts": .string(equation)], sizes)
    #expect(trial.distance(to: naive(terms, result, trial.inputs)) < 1e-14)
    #expect(trial.roundingShare() <= 1)
    #expect(trial.perturbationShare() <= 1.01)
  }

  @Test func `the items of a batch stay apart along their letter`() throws {
    let apart = try trial(
      "Einsum", ["subscripts": .string("bij,bjk->bik")], [[2, 3, 4], [2, 4, 5]])
    #expect(apart.items(in: .axis(0), .axis(0)) == .axis(0))
    #expect(try apart.distanceOfItems(in: .axis(0), .axis(0)) < 1e-15)
    let three = try trial(
      "Einsum", ["subscripts": .string("bi,bij,bj->b")], [[2, 3], [2, 3, 4], [2, 4]])
    #expect(three.items(in: .axis(0), .axis(0), .axis(0)) == .axis(0))
    #expect(try three.distanceOfItems(in: .axis(0), .axis(0), .axis(0)) < 1e-15)
    let mixed = try trial("Einsum", ["subscripts": .string("bij->ij")], [[2, 3, 4]])
    #expect(mixed.items(in: .axis(0)) == .mixed)
    #expect(try trial("Outer", [:], [[2], [2]]).items(in: .axis(0), .absent) == .mixed)
  }

  @Test(
    arguments: [
      "ij", "ij,jk->i k l", "ij,jk->ii", "i1,jk->ik", "ij,jk->ik->k", "ij->ij,jk", "ij,jkl->ik",
      "...ij...,jk->ik", "...ij,jk->ik", "ij,,jk->ik", "", "->", "ij,jk->iz",
      String(repeating: "ab", count: 5000) + ",jk->a",
    ])
  func `what is no equation of the operands is an error`(_ equation: String) {
    #expect(throws: ModelError.self) {
      try trial("Einsum", ["subscripts": .string(equation)], [[2, 3], [3, 4]])
    }
  }

  // MARK: - Products of two

  @Test
  func `matrices are multiplied for each place of a batch, and rows and columns are matrices`()
    throws
  {
    for (sizes, terms, result) in [
      ([[2, 3, 4], [2, 4, 5]], ["bij", "bjk"], "bik"),
      ([[3, 4], [2, 4, 5]], ["ij", "bjk"], "bik"),
      ([[1, 3, 4], [2, 4, 5]], ["bij", "bjk"], "bik"), ([[4], [2, 4, 5]], ["j", "bjk"], "bk"),
      ([[2, 3, 4], [4]], ["bij", "j"], "bi"), ([[4], [4]], ["j", "j"], ""),
      ([[2, 1, 3, 4], [5, 4, 2]], ["abij", "bjk"], "abik"),
    ] {
      let trial = try trial("Matmul", [:], sizes)
      #expect(trial.distance(to: naive(terms, result, trial.inputs)) < 1e-14)
      #expect(trial.roundingShare() <= 1)
    }
    let turned = try trial(
      "Matmul", ["transpose_a": .bool(true), "transpose_b": .bool(true)], [[2, 4, 3], [2, 5, 4]])
    #expect(turned.distance(to: naive(["bji", "bkj"], "bik", turned.inputs)) < 1e-14)
    for sizes in [[[], [3]], [[3], []], [[2, 3], [4, 5]], [[2, 3, 4], [3, 4, 5]]] {
      #expect(throws: ModelError.self) { try trial("Matmul", [:], sizes) }
    }
  }

  @Test(
    arguments: [
      ([1], ["abc", "cde"], "abde", [[2, 3, 4], [4, 5, 2]]),
      ([2], ["abc", "bcd"], "ad", [[2, 3, 4], [3, 4, 5]]),
      ([0], ["ab", "cd"], "abcd", [[2, 3], [4, 2]]), ([], ["a", "b"], "ab", [[2], [3]]),
      ([2, 0], ["abc", "cd"], "abd", [[2, 3, 4], [4, 5]]),
      ([0, 2, 1, -1], ["abc", "dac"], "bd", [[2, 3, 4], [5, 2, 4]]),
    ] as [([Int], [String], String, [[Int]])])
  func `axes are summed in pairs`(
    _ axes: [Int], _ terms: [String], _ result: String, _ sizes: [[Int]]
  ) throws {
    let trial = try trial("Tensordot", ["axes": .ints(axes)], sizes)
    #expect(trial.distance(to: naive(terms, result, trial.inputs)) < 1e-14)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `axes that are not there, or not as many, are errors`() {
    for axes in [[3], [-1], [0, 5], [0, 0, 1], [0, 0, 1, 2], [0, 0, 0, 1], [.max], [.min, 0]] {
      #expect(throws: ModelError.self) {
        try trial("Tensordot", ["axes": .ints(axes)], [[2, 2], [2, 2]])
      }
    }
  }

  @Test func `dot, inner, outer and vdot are NumPy's`() throws {
    let matrix = NDArray<Double>([2, 2], [1, 2, 3, 4])
    let row = NDArray<Double>([2], [5, 6])
    let number = NDArray<Double>([], [3])
    #expect(try values("Dot", [:], matrix, row).elements == [17, 39])
    #expect(try values("Dot", [:], row, matrix).elements == [23, 34])
    #expect(try values("Dot", [:], matrix, matrix).elements == [7, 10, 15, 22])
    #expect(try values("Dot", [:], row, row) == NDArray([], [61]))
    #expect(try values("Dot", [:], number, row).elements == [15, 18])
    #expect(try values("Inner", [:], matrix, row).elements == [17, 39])
    #expect(try values("Inner", [:], matrix, matrix).elements == [5, 11, 11, 25])
    #expect(try values("Inner", [:], matrix, number).elements == [3, 6, 9, 12])
    #expect(
      try values("Outer", [:], row, matrix) == NDArray([2, 4], [5, 10, 15, 20, 6, 12, 18, 24]))
    #expect(try values("Vdot", [:], matrix, matrix) == NDArray([], [30]))
    #expect(throws: ModelError.self) { try trial("Vdot", [:], [[2, 2], [3]]) }
    #expect(throws: ModelError.self) { try trial("Dot", [:], [[2, 3], [2, 3]]) }
    #expect(throws: ModelError.self) { try trial("Inner", [:], [[2, 3], [3, 2]]) }
  }

  @Test func `a diagonal has the elements of equal places, and the trace is their sum`() throws {
    let matrix = NDArray<Double>([2, 3], [1, 2, 3, 4, 5, 6])
    func diagonal(_ offset: Int) throws -> [Double] {
      try values("Diagonal", ["offset": .int(offset)], matrix).elements
    }
    #expect(try diagonal(0) == [1, 5])
    #expect(try diagonal(1) == [2, 6])
    #expect(try diagonal(2) == [3])
    #expect(try diagonal(-1) == [4])
    for offset in [3, -2, .max, .min] {
      #expect(throws: ModelError.self) { try diagonal(offset) }
    }
    #expect(try values("Trace", ["offset": .int(1)], matrix).elements == [8])
    let cube = NDArray<Double>([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8])
    let last: Attributes = ["axis1": .int(-2), "axis2": .int(-1)]
    #expect(try values("Diagonal", last, cube) == NDArray([2, 2], [1, 4, 5, 8]))
    #expect(try values("Trace", last, cube) == NDArray([2], [5, 13]))
    // The first axis ahead of the second, and others behind.
    #expect(
      try values("Diagonal", ["axis1": .int(2), "axis2": .int(0)], cube)
        == NDArray([2, 2], [1, 6, 3, 8]))
    #expect(throws: ModelError.self) { try values("Trace", ["axis1": .int(1)], cube) }
  }
}
