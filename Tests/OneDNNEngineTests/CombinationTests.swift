#if OneDNN

import Foundation
import ModelBuilder
import ModelGraph
import Testing

@testable import OneDNNEngine

/// Tensors that are combined with smaller ones, or with numbers that are known.
@Suite struct CombinationTests: EngineTrial {
  /// Whether all steps run tuned code, where vectors are as wide as oneDNN has it for, and what they make
  /// is what the definitions say.
  private func check(
    _ model: Model, _ shapes: [[Int]], source: SourceLocation = #_sourceLocation
  ) throws {
    for batch in [1, 3] {
      let shapes = shapes.map { [batch] + $0 }
      let names = try stepNames(model, shapes)
      let isNarrow =
        ProcessInfo.processInfo.environment["DNNL_MAX_CPU_ISA"] != nil
        || names.contains { $0.hasSuffix("avx2") || $0.hasSuffix("sse41") }
      #expect(
        isNarrow || !names.contains { $0.contains("ref") }, "\(names)", sourceLocation: source)
      let arrays = shapes.enumerated().map { noise($1, seed: UInt32($0 + 1)) }
      #expect(try difference(model, arrays, threads: 2) < 1e-5, sourceLocation: source)
    }
  }

  // Channels in whole blocks, in blocks that are filled up, and in rows.
  @Test(arguments: [16, 48, 20, 3], [false, true])
  func `an image is multiplied with what it is squeezed to`(channels: Int, gateFirst: Bool) throws {
    let image = Input(shape: [9, 7, 5], name: "image")
    let x = Conv2D(channels, kernelSize: (3, 3), padding: .same)(image)
    var gate = GlobalAveragePooling2D(keepDimensions: true)(x)
    gate = Conv2D(channels, kernelSize: (1, 1), activation: .sigmoid)(gate)
    let excited = gateFirst ? Multiply()(gate, x) : Multiply()(x, gate)
    let made = Conv2D(8, kernelSize: (1, 1))(excited)
    try check(Model(inputs: image, outputs: made, seed: 1), [[9, 7, 5]])
  }

  @Test(arguments: [[7, 16], [5, 4, 16], [5, 4, 20], [5, 4, 6], [3, 2, 4, 16]])
  func `each way to repeat a tensor over another`(sizes: [Int]) throws {
    let x = Input(shape: sizes, name: "x")
    for kept in 0..<1 << sizes.count {
      let smaller = sizes.indices.map { kept >> $0 & 1 == 1 ? sizes[$0] : 1 }
      let y = Input(shape: smaller, name: "y")
      for first in [x, convolved(x, rank: sizes.count, filters: sizes.last ?? 1)] {
        let made = [
          Add()(first, y), Subtract()(first, y), Subtract()(y, first), Minimum()(y, first),
        ]
        let model = try Model(inputs: [x, y], outputs: made, seed: 2)
        let arrays = [noise([3] + sizes), noise([3] + smaller, seed: 2)]
        #expect(try difference(model, arrays, threads: 2) < 1e-5, "\(smaller)")
      }
    }
  }

  // With vectors of 8, channels that a block does not have must stay zeros.
  @Test(arguments: [3, 8, 20])
  func `what a block does not have is not multiplied`(channels: Int) throws {
    let image = Input(shape: [7, 6, 2], name: "image")
    let x = Conv2D(channels, kernelSize: (3, 3), activation: .relu())(image)
    let normal = BatchNormalization()(x)
    let quotient = Activation(.sigmoid)(normal) / (Activation(.sigmoid)(x) + 1)
    let made = Conv2D(4, kernelSize: (1, 1))(quotient)
    let direct = Conv2D(4, kernelSize: (1, 1))(normal)
    let model = try Model(inputs: [image], outputs: [made, direct], seed: 8)
    #expect(try difference(model, [noise([3, 7, 6, 2])], threads: 2) < 1e-5)
  }

  @Test func `factors are not folded where float32 has not their product`() throws {
    let x = Input(shape: [3, 8], name: "x")
    let large = try Constant(Array(repeating: 1e30, count: 8), dimensions: [8])
    let model = try Model(inputs: x, outputs: x * large * large)
    #expect(try stepNames(model, [[1, 3, 8]]).count == 2)
    let once = try Model(inputs: x, outputs: x * large)
    #expect(try stepNames(once, [[1, 3, 8]]).count == 1)
  }

  @Test func `numbers are added to tensors of more axes than a normalization has`() throws {
    let x = Input(shape: [3, 2, 4, 5, 8], name: "x")
    let numbers = try Constant((0..<8).map(Double.init), dimensions: [8])
    let model = try Model(inputs: x, outputs: x + numbers)
    #expect(try difference(model, [noise([2, 3, 2, 4, 5, 8])], threads: 1) < 1e-5)
  }

  /// An image or a signal as a convolution leaves it.
  private func convolved(_ x: SymbolicTensor, rank: Int, filters: Int) -> SymbolicTensor {
    switch rank {
    case 2: Conv1D(filters, kernelSize: 1)(x)
    case 3: Conv2D(filters, kernelSize: (1, 1))(x)
    default: Conv3D(filters, kernelSize: (1, 1, 1))(x)
    }
  }

  @Test func `statistics that are known are subtracted as they are, however far from zero`() throws
  {
    let image = Input(shape: [6, 8, 3], name: "image")
    let statistics = Normalization.Statistics(
      mean: [0.25, -3e6, 0], variance: [4, 0.3, 0])
    let model = try Model(
      inputs: image, outputs: Normalization(statistics: statistics)(image))
    // A difference and a product, of rows of whole lines.
    #expect(try stepNames(model, [[1, 6, 8, 3]]).allSatisfy { $0.contains("jit") })
    var input = noise([2, 6, 8, 3])
    for index in input.elements.indices where index % 3 == 1 {
      input.elements[index] = -3e6 + input.elements[index].rounded(.toNearestOrEven)
    }
    for index in input.elements.indices where index % 3 == 2 { input.elements[index] *= 1e-7 }
    #expect(try difference(model, [input], threads: 1) < 1e-5)
  }

  @Test func `a scale of each channel is part of the product before it`() throws {
    let sequence = Input(shape: [7, 6], name: "sequence")
    let scaled = LayerScale(10, initialValue: 0.5)(Dense(10)(sequence))
    let model = try Model(inputs: sequence, outputs: scaled, seed: 3)
    #expect(try stepNames(model, [[1, 7, 6]]).count == 1)
    try check(model, [[7, 6]])
  }

  @Test func `a gate is computed as it is written out`() throws {
    let image = Input(shape: [5, 4, 3], name: "image")
    let x = Conv2D(16, kernelSize: (1, 1))(image) * 4
    let gates = [
      Activation(.sigmoid)(x), Activation(.hardSigmoid)(x), ReLU(maxValue: 6)(x + 3) * (1.0 / 6),
    ]
    for gate in gates {
      try check(Model(inputs: image, outputs: x * gate, seed: 7), [[5, 4, 3]])
    }
  }

  @Test(arguments: ["abc,cd->abd", "abc,cde->abed", "abc,bcd->ad", "abc,dc->abd", "acb,cde->aebd"])
  func `a product of Einstein's with weights is a product`(equation: String) throws {
    let x = Input(shape: [4, 5], name: "x")
    let sizes: [Character: Int] = ["b": 4, "c": 5, "d": 6, "e": 3]
    let own: [Character: Int] = equation.hasPrefix("acb") ? ["b": 5, "c": 4] : [:]
    let made = equation.split(separator: ">")[1]
    let shape = made.map { own[$0] ?? sizes[$0] }
    let product = EinsumDense(equation, outputShape: Array(shape.dropFirst()))
    let model = try Model(inputs: x, outputs: product(x), seed: 4)
    let names = try stepNames(model, [[2, 4, 5]])
    #expect(names.contains("reference") == (equation == "abc,dc->abd"), "\(names)")
    #expect(try difference(model, [noise([2, 4, 5])], threads: 1) < 1e-5)
  }

  @Test func `axes are exchanged by the library, from blocks too`() throws {
    let image = Input(shape: [5, 4, 6], name: "image")
    let x = Conv2D(16, kernelSize: (1, 1))(image)
    let model = try Model(inputs: image, outputs: Permute([3, 1, 2])(x), seed: 5)
    try check(model, [[5, 4, 6]])
  }
}

#endif
