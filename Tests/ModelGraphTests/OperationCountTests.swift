import ModelBuilder
import ModelGraph
import Testing

@Suite struct OperationCountTests {
  @Test func `the convolutions of ResNet50 are 3,86 billion products`() throws {
    let graph = try ResNet(depth: 50).graph
    var operations: [String: Int] = [:]
    for call in try graph.resolved(for: [[1, 224, 224, 3]]).calls {
      guard case .layer(let layer) = call.layer.body, !call.layer.isInput else { continue }
      operations[layer.kind, default: 0] += try layer.operationCount(
        for: call.inputs.compactMap(\.self))
    }
    // For each block of f filters on p positions: 1×1 to f, 3×3, 1×1 to 4·f, and in the first of a
    // stage the projection of the shortcut.
    var products = 112 * 112 * 7 * 7 * 3 * 64
    var channels = 64
    for (f, blocks, size) in [(64, 3, 56), (128, 4, 28), (256, 6, 14), (512, 3, 7)] {
      for block in 0..<blocks {
        let projection = block == 0 ? channels * 4 * f : 0
        products += size * size * (channels * f + 9 * f * f + f * 4 * f + projection)
        channels = 4 * f
      }
    }
    #expect(products == 3_855_925_248)
    #expect(operations["Conv2D"] == 2 * products)
    #expect(operations["Dense"] == 2 * 2048 * 1000)
    let sums = 3 * 56 * 56 + 4 * 28 * 28 * 2 + 6 * 14 * 14 * 4 + 3 * 7 * 7 * 8
    #expect(operations["Add"] == sums * 256)
    #expect(operations["MaxPooling2D"] == 56 * 56 * 64 * 9)
    #expect(operations["GlobalAveragePooling2D"] == 7 * 7 * 2048)
  }

  @Test(
    arguments: [
      // 2 images of 4×6 positions, 3 channels of the group, 5 filters.
      (
        Conv2D(10, kernelSize: (3, 2), padding: .same, groups: 2), [2, 4, 6, 6],
        2 * 24 * 10 * 6 * 3 * 2
      ),
      (Conv2D(5, kernelSize: (3, 3), strides: (2, 2)), [1, 7, 7, 2], 3 * 3 * 5 * 9 * 2 * 2),
      (Conv1D(4, kernelSize: 3), [2, 10, 3], 2 * 8 * 4 * 3 * 3 * 2),
      (DepthwiseConv2D(kernelSize: (3, 3), depthMultiplier: 2), [1, 5, 5, 4], 9 * 8 * 9 * 2),
      (DepthwiseConv1D(kernelSize: 2), [1, 5, 4], 4 * 4 * 2 * 2),
      // First 9 positions of 4·2 channels of 3×3 weights, then of 7 filters of 8 weights.
      (
        SeparableConv2D(7, kernelSize: (3, 3), depthMultiplier: 2), [1, 5, 5, 4],
        9 * 8 * 9 * 2 + 9 * 7 * 8 * 2
      ),
      (SeparableConv1D(7, kernelSize: 2), [1, 5, 4], 4 * 4 * 2 * 2 + 4 * 7 * 4 * 2),
      (Dense(5), [2, 3, 4], 2 * 3 * 5 * 4 * 2),
      (MaxPooling1D(poolSize: 3), [2, 9, 4], 2 * 3 * 4 * 3),
      (AveragePooling1D(poolSize: 3), [2, 9, 4], 2 * 3 * 4 * 3),
      (AveragePooling2D(poolSize: (2, 3)), [1, 4, 9, 2], 2 * 3 * 2 * 6),
      (GlobalMaxPooling1D(), [2, 9, 4], 72), (GlobalMaxPooling2D(), [2, 3, 3, 4], 72),
      (GlobalAveragePooling1D(), [2, 9, 4], 72), (ReLU(), [2, 9], 18), (ReLU(), [0, 9], 0),
      // 2⁶³ and more do not fit.
      (Dense(1 << 40), [1 << 10, 1 << 20], Int.max), (ReLU(), [0, 1 << 40, 1 << 40], 0),
    ] as [(any Layer, [Int], Int)])
  func `a call's operations are counted`(
    layer: any Layer, input: [Int], expected: Int
  ) throws {
    #expect(try layer.operationCount(for: [Shape(input)]) == expected)
  }

  @Test func `the count of a layer is that of its kind, however it is asked for`() throws {
    let conv = Conv1D(4, kernelSize: 3)
    #expect(try conv.operationCount(for: [[2, 10, 3]]) == 2 * 8 * 4 * 3 * 3 * 2)
    #expect(try conv.parameters(for: [[2, 10, 3]]).map(\.role) == ["kernel", "bias"])
    let same = MaxPooling1D(poolSize: 3, padding: .same)
    #expect(try same.explicitPadding(for: [[2, 10, 3]]) == [1, 1])
  }

  @Test func `a size that is not known is no number of operations`() {
    #expect(throws: ModelError.self) { try ReLU().operationCount(for: [[nil, 3]]) }
    #expect(throws: ModelError.self) { try Dense(2).operationCount(for: [[nil, 3]]) }
  }
}
