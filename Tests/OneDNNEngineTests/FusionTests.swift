#if OneDNN

import ModelBuilder
import ModelGraph
import Testing

@testable import OneDNNEngine

/// Which layers become one operation.
@Suite struct FusionTests {
  /// The calls of each operation of a model, after fusion.
  private func operations(
    of model: Model, _ inputs: [[Int]] = [[1, 16, 16, 8]]
  ) throws -> [[String]] {
    try Fusion.fused(Lowering.lower(model, inputs: inputs)).operations.map {
      $0.calls.map(\.description)
    }
  }

  private let image = Input(shape: [16, 16, 8], name: "image")

  @Test func `a normalization and an activation are part of the convolution before them`() throws {
    var x = Conv2D(8, kernelSize: (3, 3), padding: .same, name: "conv")(image)
    x = BatchNormalization(name: "bn")(x)
    x = ReLU(name: "relu")(x)
    let model = try Model(inputs: image, outputs: x)
    #expect(try operations(of: model) == [["conv", "bn", "relu"]])
  }

  @Test func `a residual sum is part of the convolution that is computed last`() throws {
    let shortcut = Conv2D(8, kernelSize: (1, 1), name: "shortcut")(image)
    let branch = Conv2D(8, kernelSize: (3, 3), padding: .same, name: "branch")(image)
    let sum = Add(name: "add")(branch, shortcut)
    let model = try Model(inputs: image, outputs: ReLU(name: "relu")(sum))
    let names = try operations(of: model)
    #expect(names.count == 2)
    #expect(names.last?.suffix(2) == ["add", "relu"])
  }

  @Test func `zeros around an image are part of a convolution`() throws {
    var x = ZeroPadding2D(name: "pad")(image)
    x = Conv2D(8, kernelSize: (3, 3), strides: (2, 2), name: "conv")(x)
    let model = try Model(inputs: image, outputs: x)
    #expect(try operations(of: model) == [["pad", "conv"]])
  }

  @Test func `zeros before a maximum are only folded where nothing is negative`() throws {
    func model(activation: ActivationFunction) throws -> Model {
      var x = Conv2D(8, kernelSize: (1, 1), activation: activation, name: "conv")(image)
      x = ZeroPadding2D(name: "pad")(x)
      x = MaxPooling2D(poolSize: (3, 3), strides: (2, 2), name: "pool")(x)
      return try Model(inputs: image, outputs: x)
    }
    #expect(try operations(of: model(activation: .relu)) == [["conv"], ["pad", "pool"]])
    #expect(try operations(of: model(activation: .linear)) == [["conv"], ["pad"], ["pool"]])
    #expect(try operations(of: model(activation: .tanh)) == [["conv"], ["pad"], ["pool"]])
  }

  @Test func `a long chain of functions is cut, so that the time grows with its length alone`()
    throws
  {
    var x = Conv2D(8, kernelSize: (1, 1), name: "conv")(image)
    for index in 0..<40 { x = ReLU(name: "relu\(index)")(x) }
    let model = try Model(inputs: image, outputs: x)
    #expect(try operations(of: model).map(\.count) == [17, 16, 8])
  }

  @Test func `what is read elsewhere is not folded`() throws {
    let x = Conv2D(8, kernelSize: (1, 1), name: "conv")(image)
    let normalized = BatchNormalization(name: "bn")(x)
    let model = try Model(inputs: [image], outputs: [normalized, x])
    #expect(try operations(of: model) == [["conv"], ["bn"]])
  }

  @Test func `a tensor added to itself is no residual sum`() throws {
    let x = Conv2D(8, kernelSize: (1, 1), name: "conv")(image)
    let model = try Model(inputs: image, outputs: Add(name: "add")(x, x))
    #expect(try operations(of: model) == [["conv"], ["add"]])
  }

  @Test func `functions of one kind with other numbers do not follow one primitive`() throws {
    var x = Conv2D(8, kernelSize: (1, 1), activation: .relu6, name: "conv")(image)
    x = Activation(.hardSigmoid(), name: "gate")(x)
    let model = try Model(inputs: image, outputs: x)
    #expect(try operations(of: model) == [["conv"], ["gate"]])
  }

  @Test func `a gate that is written out is a function of the convolution before it`() throws {
    let x = Conv2D(8, kernelSize: (1, 1), name: "conv")(image)
    let sigmoid = Activation(.sigmoid, name: "sigmoid")(x)
    let hard = ReLU(maxValue: 6, name: "relu6")(x + 3) * (1.0 / 6)
    for gate in [sigmoid, hard, Activation(.hardSigmoid)(x)] {
      for gated in [Multiply()(x, gate), Multiply()(gate, x)] {
        #expect(try operations(of: Model(inputs: image, outputs: gated)).count == 1)
      }
    }
    // Another number, another tensor, and a gate that is read elsewhere.
    let other = ReLU(maxValue: 6)(x + 2) * (1.0 / 6)
    #expect(try operations(of: Model(inputs: image, outputs: x * other)).count > 1)
    #expect(try operations(of: Model(inputs: image, outputs: image * sigmoid)).count == 2)
    #expect(try operations(of: Model(inputs: image, outputs: [x * sigmoid, sigmoid])).count == 3)
  }

  @Test func `ResNet50 is an operation for each convolution, two pools, a product and a softmax`()
    throws
  {
    let model = try ResNet(depth: 50)
    let names = try operations(of: model, [[1, 224, 224, 3]])
    // The global pool also drops two axes.
    #expect(names.count == 53 + 2 + 1 + 1 + 1)
    let folded = names.joined().filter { $0.hasSuffix("_bn") }
    #expect(folded.count == 53)
  }
}

#endif
