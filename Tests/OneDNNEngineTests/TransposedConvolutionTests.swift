#if OneDNN

import ModelBuilder
import ModelGraph
import Testing

@testable import OneDNNEngine

/// Transposed convolutions, and what becomes part of them.
@Suite struct TransposedConvolutionTests: EngineTrial {
  private func agrees(_ model: Model, _ shape: [Int]) throws -> Bool {
    let names = try stepNames(model, [shape])
    #expect(!names.contains("reference"), "\(names)")
    return try difference(model, [noise(shape)], threads: 2) < 1e-5
  }

  @Test(
    arguments: [(1, 1), (2, 1), (3, 2), (2, 3), (5, 2), (4, 4), (1, 3), (3, 5)],
    [Padding.valid, .same])
  func `one is cut or made longer at either end`(
    sizes: (kernel: Int, stride: Int), padding: Padding
  ) throws {
    let image = Input(shape: [5, 4, 3], name: "image")
    for outputPadding in [nil, 0, sizes.stride - 1] {
      let convolution = Conv2DTranspose(
        6, kernelSize: (sizes.kernel, 2), strides: (sizes.stride, 2), padding: padding,
        outputPadding: outputPadding.map { ($0, min($0, 1)) })
      guard let model = try? Model(inputs: image, outputs: convolution(image)) else { continue }
      for batch in [1, 3] { #expect(try agrees(model, [batch, 5, 4, 3])) }
    }
  }

  @Test(arguments: [Padding.valid, .same])
  func `its kernel may have gaps`(padding: Padding) throws {
    let image = Input(shape: [6, 7, 3], name: "image")
    let convolution = Conv2DTranspose(
      4, kernelSize: (3, 2), padding: padding, dilationRate: (2, 3), activation: .relu)
    #expect(try agrees(Model(inputs: image, outputs: convolution(image)), [2, 6, 7, 3]))
  }

  @Test func `it goes along one axis and along three`() throws {
    let signal = Input(shape: [9, 5], name: "signal")
    let one = Conv1DTranspose(7, kernelSize: 4, strides: 3, padding: .same, useBias: false)(signal)
    #expect(try agrees(Model(inputs: signal, outputs: one), [2, 9, 5]))
    let volume = Input(shape: [3, 4, 5, 2], name: "volume")
    let three = Conv3DTranspose(
      3, kernelSize: (2, 3, 1), strides: (2, 1, 3), padding: .same, activation: .tanh)(volume)
    #expect(try agrees(Model(inputs: volume, outputs: three), [2, 3, 4, 5, 2]))
  }

  @Test func `channels may come first`() throws {
    let image = Input(shape: [3, 5, 4], name: "image")
    let convolution = Conv2DTranspose(
      16, kernelSize: (3, 3), strides: (2, 2), padding: .same, dataFormat: .channelsFirst)
    #expect(try agrees(Model(inputs: image, outputs: convolution(image)), [2, 3, 5, 4]))
  }

  @Test func `a normalization, a residual sum and an activation are part of it`() throws {
    let image = Input(shape: [6, 6, 16], name: "image")
    let shortcut = Conv2DTranspose(24, kernelSize: (2, 2), strides: (2, 2))(image)
    var x = Conv2DTranspose(24, kernelSize: (3, 3), strides: (2, 2), padding: .same)(image)
    // Of its own for each channel: else one filter's scale could be another's.
    x = BatchNormalization(
      betaInitializer: .randomNormal(), gammaInitializer: .randomUniform(minval: 0.5, maxval: 2),
      movingVarianceInitializer: .randomUniform(minval: 0.5, maxval: 2))(x)
    let model = try Model(inputs: image, outputs: ReLU()(Add()(x, shortcut)), seed: 3)
    let lowered = Fusion.fused(try Lowering.lower(model, inputs: [[1, 6, 6, 16]]))
    #expect(lowered.operations.count == 2)
    for batch in [1, 4] { #expect(try agrees(model, [batch, 6, 6, 16])) }
  }

  @Test func `zeros around its image are not its own`() throws {
    let image = Input(shape: [4, 4, 3], name: "image")
    let padded = ZeroPadding2D()(image)
    let convolution = Conv2DTranspose(5, kernelSize: (3, 3), strides: (2, 2))
    let model = try Model(inputs: image, outputs: convolution(padded))
    #expect(try difference(model, [noise([2, 4, 4, 3])], threads: 1) < 1e-5)
  }
}

#endif
