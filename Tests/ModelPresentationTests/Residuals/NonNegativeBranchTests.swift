import ModelPresentation
import ModelGraph
import Testing

@Suite struct NonNegativeBranchTests {
  private func isNoted(_ sketch: Sketch, _ output: String = "add") throws -> Bool {
    let notes = try sketch.notes(output)
    #expect(notes.allSatisfy { $0.contains("ReLU before addition") })
    return !notes.isEmpty
  }

  @Test func `a rectifier between branch and addition is noted, with the paper`() throws {
    let sketch = Sketch()
      .calling("conv", conv(), "x").calling("relu", ReLU(), "conv").calling(
        "add", Add(), "x", "relu")
    #expect(
      try sketch.notes("add") == [
        "layer 'relu' (ReLU): its 'relu' leaves nothing negative on the residual branch into 'add', "
          + "so that the sum can only grow (He et al. 2016, Identity Mappings in Deep Residual "
          + "Networks, section 4.1, ReLU before addition)"
      ])
  }

  @Test(
    arguments: [
      .relu, .relu6, .sigmoid, .softplus, .softmax(), .exponential, .hardSigmoid(), .squareplus(),
      .leakyReLU(negativeSlope: 0),
    ] as [ActivationFunction])
  func `whatever makes no negative number is noted`(function: ActivationFunction) throws {
    let sketch = Sketch()
    #expect(
      try isNoted(
        sketch.calling("conv", conv(), "x").calling("act", Activation(function), "conv")
          .calling("add", Add(), "act", "x")))
    #expect(
      try isNoted(
        sketch.calling("conv", conv(activation: function), "x").calling("add", Add(), "x", "conv")))
  }

  @Test(
    arguments: [
      .linear, .tanh, .leakyReLU(), .elu(), .gelu(), .silu, .relu(negativeSlope: 0.1),
      .logSoftmax(),
    ] as [ActivationFunction])
  func `what makes negative numbers gives no note`(function: ActivationFunction) throws {
    let sketch = Sketch().calling("conv", conv(), "x")
      .calling("act", Activation(function), "conv").calling("add", Add(), "x", "act")
    #expect(try !isNoted(sketch))
  }

  @Test func `no function that is called non-negative makes a negative number`() throws {
    let values = stride(from: -20.0, through: 20, by: 0.125).map { $0 }
    for function in ActivationFunction.all {
      if case .glu = function { continue }
      let made = Activation(function).forward([NDArray([1, values.count], values)], Parameters())
      let isNonNegative = made[0].elements.allSatisfy { $0 >= 0 }
      let sketch = Sketch().calling("conv", conv(), "x")
        .calling("act", Activation(function), "conv").calling("add", Add(), "x", "act")
      #expect(try isNoted(sketch) == isNonNegative, "\(function)")
    }
  }

  @Test func `layers that act in training only are looked through`() throws {
    let sketch = Sketch()
      .calling("conv", conv(activation: .relu), "x").calling("drop", Dropout(0.5), "conv")
      .calling("add", Add(), "x", "drop")
    #expect(try sketch.notes("add").map { $0.prefix(21) } == ["layer 'conv' (Conv2D)"])
  }

  @Test func `a branch that is a nested model is looked into`() throws {
    let body = try Sketch().calling("conv", conv(activation: .relu), "x").graph("conv")
    #expect(try isNoted(Sketch().calling("body", body, "x").calling("add", Add(), "x", "body")))
  }

  @Test func `the longer branch is the residual one, the projection is the shortcut`() throws {
    func sketch(branch: ActivationFunction, shortcut: ActivationFunction) -> Sketch {
      Sketch()
        .calling("conv1", conv(activation: .relu), "x")
        .calling("conv2", conv(activation: branch), "conv1")
        .calling("shortcut", conv(activation: shortcut), "x")
        .calling("add", Add(), "shortcut", "conv2")
    }
    #expect(try isNoted(sketch(branch: .relu, shortcut: .linear)))
    #expect(try !isNoted(sketch(branch: .linear, shortcut: .relu)))
  }

  @Test func `rectifiers behind the addition give no note`() throws {
    var sketch = Sketch().calling("stem", conv(), "x").calling("relu0", ReLU(), "stem")
    for block in 1...3 {
      sketch =
        sketch
        .calling("conv\(block)a", conv(), "relu\(block - 1)")
        .calling("bn\(block)a", BatchNormalization(), "conv\(block)a")
        .calling("relu\(block)a", ReLU(), "bn\(block)a")
        .calling("conv\(block)b", conv(), "relu\(block)a")
        .calling("bn\(block)b", BatchNormalization(), "conv\(block)b")
        .calling("add\(block)", Add(), "relu\(block - 1)", "bn\(block)b")
        .calling("relu\(block)", ReLU(), "add\(block)")
    }
    #expect(try !isNoted(sketch, "relu3"))
  }

  @Test func `a rectifier that both inputs come from is on neither's branch`() throws {
    let sketch = Sketch()
      .calling("relu", ReLU(), "x").calling("drop", Dropout(0.5), "relu")
      .calling("add", Add(), "relu", "drop")
    #expect(try !isNoted(sketch))
  }

  @Test func `branches of one length and inputs without a fork give no note`() throws {
    let parallel = Sketch()
      .calling("a", conv(activation: .relu), "x").calling("b", conv(activation: .relu), "x")
      .calling("add", Add(), "a", "b")
    #expect(try !isNoted(parallel))
    let apart = Sketch(y: [nil, 8, 8, 4])
      .calling("a", conv(activation: .relu), "x").calling("add", Add(), "a", "y")
    #expect(try !isNoted(apart))
  }

  @Test func `a gate on the branch gives no note`() throws {
    let sketch = Sketch()
      .calling("conv", conv(), "x").calling("gate", conv(activation: .sigmoid), "x")
      .calling("scale", Multiply(), "conv", "gate").calling("add", Add(), "x", "scale")
    #expect(try !isNoted(sketch))
  }
}
