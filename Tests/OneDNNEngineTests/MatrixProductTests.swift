#if OneDNN

import ModelBuilder
import ModelGraph
import Testing

@testable import OneDNNEngine

/// Products of two tensors, and what attention is made of besides.
@Suite struct MatrixProductTests: EngineTrial {
  @Test(arguments: [
    // Attention: scores of queries and keys, and what is taken of the values.
    ("bqhd,bkhd->bhqk", true), ("bhqk,bkhd->bqhd", true),
    // Each order of rows and columns, in the tensors and in the result.
    ("bij,bjk->bik", true), ("bij,bkj->bik", true), ("bji,bjk->bik", true),
    ("bji,bkj->bki", true), ("bij,bjk->bki", true),
    // Axes that are one, and axes that are not.
    ("bijk,bjkl->bil", true), ("bijk,bkl->bijl", true), ("bijk,bkjl->bil", false),
    // No rows, no columns, nothing that is summed over.
    ("bi,bij->bj", true), ("bij,bj->bi", true), ("bi,bj->bij", true), ("bi,bi->b", false),
  ])
  func `a product needs no copy where axes lie in a row`(equation: String, isTuned: Bool) throws {
    let sizes: [Character: Int] = [
      "b": 2, "i": 3, "j": 4, "k": 5, "l": 6, "q": 5, "h": 3, "d": 8,
    ]
    let terms = equation.replacing("->", with: ",").split(separator: ",").map(String.init)
    let shapes = terms.map { $0.map { sizes[$0] ?? 1 } }
    let inputs = zip(["x", "y"], shapes).map { Input(shape: $1.dropFirst().map { $0 }, name: $0) }
    let made = inputs[0].operation(
      "Einsum", [inputs[1]], settings: ["subscripts": .string(equation)])[0]
    let model = try Model(inputs: inputs, outputs: made)
    let given = Array(shapes.prefix(2))
    let names = try stepNames(model, given)
    #expect(names.contains("reference") != isTuned, "\(names)")
    let arrays = given.enumerated().map { noise($1, seed: UInt32($0 + 1)) }
    #expect(try difference(model, arrays, threads: 2) < 1e-5)
  }

  @Test func `attention of heads is left to no definition`() throws {
    let sequence = Input(shape: [9, 12], name: "sequence")
    var x = LayerNormalization()(sequence)
    x = MultiHeadAttention(3, keyDimension: 4)(x, x)
    x = Dense(20, activation: .gelu())(Add()(sequence, x))
    let model = try Model(inputs: sequence, outputs: x, seed: 6)
    let names = try stepNames(model, [[2, 9, 12]])
    #expect(!names.contains("reference"), "\(names)")
    for batch in [1, 3] {
      #expect(try difference(model, [noise([batch, 9, 12])], threads: 2) < 1e-5)
    }
  }

  @Test func `a function of a product of sequences follows it`() throws {
    let sequence = Input(shape: [9, 12], name: "sequence")
    let model = try Model(inputs: sequence, outputs: Dense(20, activation: .relu)(sequence))
    let lowered = Fusion.fused(try Lowering.lower(model, inputs: [[2, 9, 12]]))
    let kinds = lowered.operations.map { operation in
      if case .reshape = operation.kind { "reshape" } else { "\(operation.followers.count)" }
    }
    #expect(kinds == ["reshape", "1", "reshape"])
    #expect(try difference(model, [noise([2, 9, 12])], threads: 1) < 1e-5)
  }

  @Test func `moments that others need are made`() throws {
    let x = Input(shape: [5, 8], name: "x")
    let normalized = LayerNormalization(epsilon: 0.1)(x)
    let grouped = LayerNormalization(axes: [1, 2])(x)
    let model = try Model(inputs: x, outputs: [normalized, grouped], seed: 1)
    #expect(try stepNames(model, [[2, 5, 8]]).contains("reference"))
    #expect(try difference(model, [noise([2, 5, 8])], threads: 1) < 1e-5)
  }
}

#endif
