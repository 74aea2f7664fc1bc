import ModelBuilder
import OrderedCollections
import ModelGraph
import Testing

/// The ways of building a residual block.
@Suite struct ResidualBlockTests {
  /// The kinds of the layers in the order of their calls, with what tells convolutions apart.
  private func layers(_ block: ResidualBlock, _ shape: [Int?] = [8, 8, 4]) throws -> [String] {
    let input = Input(shape: shape, name: "x")
    let model = try Model(inputs: input, outputs: block(input))
    return model.graph.calls.compactMap { call in
      guard case .layer(let layer) = model.graph.layers[call.layer]?.body else { return nil }
      switch layer {
      case is InputLayer: return nil
      case let layer as Conv2D:
        let activation = layer.activation == .linear ? "" : " \(layer.activation.name)"
        let strides = layer.strides == [1, 1] ? "" : " /\(layer.strides[0])"
        let bias = layer.useBias ? "" : " without bias"
        return "conv \(layer.kernelSize[0])×\(layer.kernelSize[1]) \(layer.filters)"
          + strides + activation + bias
      case let layer as Activation: return layer.activation.name
      default: return layer.kind
      }
    }
  }

  @Test func `basic`() throws {
    #expect(
      try layers(.basic(filters: 4)) == ["conv 3×3 4", "relu", "conv 3×3 4", "relu", "Add"])
  }

  @Test func `with an activation after the addition`() throws {
    #expect(
      try layers(.activated(filters: 4, activation: .elu()))
        == ["conv 3×3 4", "elu", "conv 3×3 4", "Add", "elu"])
  }

  @Test func `with batch normalization after each convolution`() throws {
    #expect(
      try layers(.batchNormalized())
        == [
          "conv 3×3 4 without bias", "BatchNormalization", "relu", "conv 3×3 4 without bias",
          "BatchNormalization", "Add", "relu",
        ])
  }

  @Test func `activated before its convolutions`() throws {
    #expect(
      try layers(.batchNormalized(order: .pre))
        == [
          "BatchNormalization", "relu", "conv 3×3 4 without bias", "BatchNormalization", "relu",
          "conv 3×3 4", "Add",
        ])
  }

  @Test func `expanding and contracting`() throws {
    #expect(
      try layers(.expandContract())
        == ["conv 1×1 4", "relu", "conv 3×3 16", "relu", "conv 1×1 4", "Add"])
  }

  @Test func `the bottleneck contracts first`() throws {
    #expect(
      try layers(.bottleneck(filters: 16), [8, 8, 16])
        == [
          "conv 1×1 4 without bias", "BatchNormalization", "relu", "conv 3×3 4 without bias",
          "BatchNormalization", "relu", "conv 1×1 16 without bias", "BatchNormalization", "Add",
          "relu",
        ])
  }

  @Test func `the direct identity connection`() throws {
    #expect(try layers(.identity()) == ["BatchNormalization", "relu", "conv 3×3 4", "Add"])
  }

  @Test func `the addition takes the branch and the input itself`() throws {
    let input = Input(shape: [8, 8, 4], name: "x")
    let model = try Model(
      inputs: input, outputs: ResidualBlock.activated(name: "block1")(input))
    #expect(
      model.graph.calls.first { $0.layer == "block1_add" }?.inputs
        == [TensorReference("block1_conv2"), TensorReference("x")])
    #expect(
      Set(model.graph.layers.keys) == [
        "x", "block1_conv1", "block1_act1", "block1_conv2", "block1_add", "block1_out",
      ])
  }

  @Test(arguments: [
    ResidualBlock.basic(filters: 8), .activated(filters: 8), .batchNormalized(filters: 8),
    .batchNormalized(filters: 8, order: .pre), .expandContract(filters: 8),
    .bottleneck(filters: 8),
  ])
  func `a shortcut of another shape is projected, strides and all`(_ block: ResidualBlock) throws {
    var block = block
    block.strides = (2, 2)
    block.name = "b"
    let input = Input(shape: [9, 9, 4])
    let output = block(input)
    #expect(output.shape == [nil, 5, 5, 8])
    let model = try Model(inputs: input, outputs: output)
    guard case .layer(let layer) = model["b_shortcut_conv"]?.body else {
      Issue.record("there is no projection")
      return
    }
    let projection = try #require(layer as? Conv2D)
    #expect(projection.kernelSize == [1, 1])
    #expect(projection.strides == [2, 2])
    #expect(
      (model["b_shortcut_bn"] != nil)
        == (block.normalization != nil && block.activationOrder == .post))
  }

  @Test func `an identity connection is not projected`() {
    let input = Input(shape: [9, 9, 4], name: "x")
    var block = ResidualBlock.identity(name: "b")
    block.filters = 8
    do {
      _ = try Model(inputs: input, outputs: block(input))
      Issue.record("no error")
    } catch {
      #expect("\(error)".contains("layer 'b_add' (Add)"))
      #expect("\(error)".contains("project the shortcut: Conv2D(8, kernelSize: (1, 1))(x)"))
    }
  }

  @Test func `each call makes new layers`() throws {
    let block = ResidualBlock.basic()
    let input = Input(shape: [8, 8, 4])
    let model = try Model(inputs: input, outputs: block(block(input)))
    #expect(model.graph.layers.count == 11)
  }
}
