import ModelBuilder
import ModelGraph
import Testing

/// Errors name the line of the call that is wrong, and the remedy.
@Suite struct BuildErrorTests {
  private func sentence(_ body: () throws -> Model) -> String {
    do {
      _ = try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  private let file = "ModelBuilderTests/BuildErrorTests.swift"

  @Test func `adding 64 channels to 3 names layers, shapes, line and remedy`() {
    let input = Input(shape: [256, 256, 3])
    let conv1 = Conv2D(64, kernelSize: (3, 3), padding: .same, activation: .relu)(input)
    let conv2 = Conv2D(64, kernelSize: (3, 3), padding: .same, activation: .relu)(conv1)
    let line: UInt = #line + 1
    let output = Add()(conv2, input)
    #expect(output.shape == nil)
    #expect(
      sentence { try Model(inputs: input, outputs: ReLU()(output)) }
        == "\(file):\(line): layer 'add' (Add): inputs are 'conv2d_1' (Conv2D) of shape "
        + "[None, 256, 256, 64] and 'input_layer' (InputLayer) of shape [None, 256, 256, 3]; they "
        + "must be equal or broadcast; project the shortcut: "
        + "Conv2D(64, kernelSize: (1, 1))(input_layer)")
  }

  @Test func `a shortcut around a stride is projected by the same stride`() {
    let input = Input(shape: [9, 9, 4], name: "image")
    let branch = Conv2D(8, kernelSize: (3, 3), strides: (2, 2), padding: .same, name: "c")(input)
    let message = sentence { try Model(inputs: input, outputs: Add()(input, branch)) }
    #expect(
      message.hasSuffix(
        "project the shortcut: Conv2D(8, kernelSize: (1, 1), strides: (2, 2))(image)"))
  }

  @Test func `what no projection mends has no remedy`() {
    let input = Input(shape: [9, 9, 4], name: "image")
    let branch = UpSampling2D(name: "up")(input)
    let message = sentence { try Model(inputs: input, outputs: Add()(input, branch)) }
    #expect(message.hasSuffix("they must be equal or broadcast"))
  }

  @Test func `the first error is thrown, not those that follow from it`() {
    let input = Input(shape: [4, 4, 3])
    let line: UInt = #line + 1
    let bad = Conv2D(8, kernelSize: (5, 5), name: "large")(input)
    let worse = Add()(Dense(2)(bad), input)
    #expect(
      sentence { try Model(inputs: input, outputs: worse) }
        == "\(file):\(line): layer 'large' (Conv2D): input of shape [None, 4, 4, 3] is too small "
        + "along axis 1: the output would be empty; it is called on 'input_layer' (InputLayer) of "
        + "shape [None, 4, 4, 3]")
  }

  @Test func `settings that make no sense are an error of the call`() {
    let input = Input(shape: [4, 4, 3])
    let message = sentence {
      try Model(
        inputs: input, outputs: Conv2D(8, kernelSize: (3, 3), groups: 5, name: "c")(input))
    }
    #expect(message.contains("layer 'c' (Conv2D): attribute 'groups' is 5"))
  }

  @Test func `a name that two layers were given is an error`() {
    let input = Input(shape: [4])
    let first: UInt = #line + 1
    let one = Dense(4, name: "d")(input)
    let two = Dense(4, name: "d")(one)
    #expect(
      sentence { try Model(inputs: input, outputs: two) }
        == "\(file):\(first + 1): a layer is named 'd' as the one of \(file):\(first)")
  }

  @Test func `an input that is not listed is an error of the model's line`() {
    let (one, two) = (Input(shape: [4], name: "one"), Input(shape: [4], name: "two"))
    let sum = Add()(one, two)
    let line: UInt = #line + 1
    let message = sentence { try Model(inputs: one, outputs: sum) }
    #expect(
      message
        == "\(file):\(line): the outputs need 'two', which is not among the model's inputs")
  }

  @Test func `a tensor that a layer makes is no input`() {
    let input = Input(shape: [4])
    let middle = Dense(4)(input)
    let message = sentence { try Model(inputs: middle, outputs: ReLU()(middle)) }
    #expect(message.hasSuffix("'dense' (Dense) is no input; models begin with 'Input(shape:)'"))
  }

  @Test func `a shared layer refuses an input that its weights do not fit`() {
    let dense = Dense(4, name: "d")
    let (one, two) = (Input(shape: [4]), Input(shape: [5]))
    let message = sentence {
      try Model(inputs: [one, two], outputs: Add()(dense(one), dense(two)))
    }
    #expect(message.contains("'d:1' (Dense): weight 'kernel' has shape [4, 4]; expected [5, 4]"))
  }

  @Test func `a nested model refuses what it is not fed`() throws {
    let inside = Input(shape: [4], name: "inside")
    let inner = try Model(inputs: inside, outputs: ReLU()(inside), name: "inner")
    let input = Input(shape: [5], name: "x")
    let message = sentence { try Model(inputs: input, outputs: inner(input)) }
    #expect(
      message.contains(
        "layer 'inner' (Functional): input 'inside' has shape [None, 5]; expected [None, 4]"))
  }

  @Test func `a sequential model begins with an input layer`() {
    #expect(sentence { try Sequential([Dense(4)]) }.hasSuffix("has no inputs"))
  }
}
