import ModelLayers
import TestSupport
import Testing

private typealias Definition = ConvolutionDefinition

@Suite struct ConvolutionTests {
  struct Case: CustomTestStringConvertible {
    var kernel: [Int]
    var strides: [Int]
    var dilation: [Int]
    var padding: Padding
    var format: DataFormat

    var testDescription: String {
      "\(kernel) strides \(strides) dilation \(dilation) \(padding) \(format)"
    }

    /// The input's dimensions.
    var input: [Int] { format == .channelsLast ? [2, 5, 6, 4] : [2, 4, 5, 6] }

    func last(_ array: NDArray<Double>) -> NDArray<Double> {
      format == .channelsLast ? array : array.permuted([0, 2, 3, 1])
    }

    func back(_ array: NDArray<Double>) -> NDArray<Double> {
      format == .channelsLast ? array : array.permuted([0, 3, 1, 2])
    }
  }

  static let cases: [Case] = {
    var cases: [Case] = []
    for kernel in [[1, 1], [2, 3], [3, 2]] {
      for (strides, dilation) in [
        ([1, 1], [1, 1]), ([2, 2], [1, 1]), ([3, 1], [1, 1]), ([1, 1], [2, 2]), ([1, 1], [1, 2]),
      ] {
        for padding in [Padding.valid, .same] {
          for format in DataFormat.allCases {
            cases.append(
              Case(
                kernel: kernel, strides: strides, dilation: dilation, padding: padding,
                format: format))
          }
        }
      }
    }
    return cases
  }()

  @Test(arguments: cases) func `a convolution is its definition`(_ test: Case) throws {
    for (groups, filters) in [(1, 11), (2, 6), (4, 4), (4, 8)] {
      let layer = Conv2D(
        filters, kernelSize: pair(test.kernel), strides: pair(test.strides), padding: test.padding,
        dataFormat: test.format, dilationRate: pair(test.dilation), groups: groups)
      let trial = try LayerTrial(layer, test.input)
      let kernel = try #require(trial.parameters["kernel"])
      let bias = try #require(trial.parameters["bias"])
      let sums = Definition.convolution(
        test.last(trial.inputs[0]), kernel, strides: test.strides, dilation: test.dilation,
        padding: test.padding, groups: groups)
      let expected = test.back(Definition.biased(sums, bias))
      #expect(trial.distance(to: expected) < 1e-13, "\(groups) groups")
      #expect(try layer.outputShapes(for: [Shape(test.input)]) == [expected.shape])
      #expect(trial.roundingShare() <= 1, "\(groups) groups")
    }
  }

  @Test(arguments: cases) func `a depthwise convolution is its definition`(_ test: Case) throws {
    for multiplier in [1, 3] {
      let layer = DepthwiseConv2D(
        kernelSize: pair(test.kernel), strides: pair(test.strides), padding: test.padding,
        depthMultiplier: multiplier, dataFormat: test.format, dilationRate: pair(test.dilation))
      let trial = try LayerTrial(layer, test.input)
      let kernel = try #require(trial.parameters["kernel"])
      let bias = try #require(trial.parameters["bias"])
      let sums = Definition.depthwise(
        test.last(trial.inputs[0]), kernel, strides: test.strides, dilation: test.dilation,
        padding: test.padding)
      let expected = test.back(Definition.biased(sums, bias))
      #expect(trial.distance(to: expected) < 1e-13, "multiplier \(multiplier)")
      #expect(try layer.outputShapes(for: [Shape(test.input)]) == [expected.shape])
      #expect(trial.roundingShare() <= 1, "multiplier \(multiplier)")
    }
  }

  @Test(arguments: cases) func `a separable convolution is two`(_ test: Case) throws {
    let layer = SeparableConv2D(
      9, kernelSize: pair(test.kernel), strides: pair(test.strides), padding: test.padding,
      dataFormat: test.format, dilationRate: pair(test.dilation), depthMultiplier: 2)
    let trial = try LayerTrial(layer, test.input)
    let depthwise = try #require(trial.parameters["depthwise_kernel"])
    let pointwise = try #require(trial.parameters["pointwise_kernel"])
    let bias = try #require(trial.parameters["bias"])
    let middle = Definition.depthwise(
      test.last(trial.inputs[0]), depthwise, strides: test.strides, dilation: test.dilation,
      padding: test.padding)
    let sums = Definition.convolution(
      middle, pointwise, strides: [1, 1], dilation: [1, 1], padding: .valid, groups: 1)
    let expected = test.back(Definition.biased(sums, bias))
    #expect(trial.distance(to: expected) < 1e-13)
    #expect(try layer.outputShapes(for: [Shape(test.input)]) == [expected.shape])
    #expect(trial.roundingShare() <= 1)
  }

  @Test(arguments: Padding.allCases) func `a sequence is an image of height 1`(_ padding: Padding)
    throws
  {
    func check(
      _ layer: any Layer, _ image: ([String: NDArray<Double>], NDArray<Double>) -> NDArray<Double>
    ) throws {
      let trial = try LayerTrial(layer, [2, 7, 4])
      let expected = image(trial.parameters, trial.inputs[0].reshaped([2, 1, 7, 4]))
      #expect(
        trial.distance(to: expected.reshaped([2] + expected.dimensions[2...])) < 1e-13)
      #expect(trial.roundingShare() <= 1)
    }
    for (stride, dilation) in [(1, 1), (3, 1), (1, 2)] {
      func image(_ kernel: NDArray<Double>?) -> NDArray<Double> {
        kernel.map { $0.reshaped([1] + $0.dimensions) } ?? NDArray([0], [])
      }
      try check(
        Conv1D(
          6, kernelSize: 3, strides: stride, padding: padding, dilationRate: dilation, groups: 2,
          useBias: false)
      ) { weights, input in
        Definition.convolution(
          input, image(weights["kernel"]), strides: [1, stride], dilation: [1, dilation],
          padding: padding, groups: 2)
      }
      try check(
        DepthwiseConv1D(
          kernelSize: 3, strides: stride, padding: padding, depthMultiplier: 2,
          dilationRate: dilation, useBias: false)
      ) { weights, input in
        Definition.depthwise(
          input, image(weights["kernel"]), strides: [1, stride], dilation: [1, dilation],
          padding: padding)
      }
      try check(
        SeparableConv1D(
          6, kernelSize: 3, strides: stride, padding: padding, dilationRate: dilation,
          useBias: false)
      ) { weights, input in
        Definition.convolution(
          Definition.depthwise(
            input, image(weights["depthwise_kernel"]), strides: [1, stride],
            dilation: [1, dilation], padding: padding),
          image(weights["pointwise_kernel"]), strides: [1, 1], dilation: [1, 1], padding: .valid,
          groups: 1)
      }
    }
  }

  @Test func `the batch and the spatial axes may be unknown, the channels may not`() throws {
    let layer = Conv2D(8, kernelSize: (3, 3), strides: (2, 2), padding: .same)
    #expect(try layer.outputShapes(for: [[nil, nil, 9, 3]]) == [[nil, nil, 5, 8]])
    #expect(
      try layer.parameters(for: [[nil, nil, nil, 3]])
        == [ParameterSpecification("kernel", [3, 3, 3, 8]), ParameterSpecification("bias", [8])])
    #expect(try layer.explicitPadding(for: [[nil, 9, 8, 3]]) == [1, 1, 0, 1])
    #expect(
      refusal { try layer.outputShapes(for: [[nil, 9, 9, nil]]) }
        == "input has shape [None, 9, 9, None]; the number of channels must be known")
    let first = Conv2D(8, kernelSize: (3, 3), dataFormat: .channelsFirst)
    #expect(try first.outputShapes(for: [[nil, 3, 9, nil]]) == [[nil, 8, 7, nil]])
  }

  @Test func `what a convolution cannot take is refused`() {
    func shapes(_ layer: Conv2D, _ input: Shape) -> String {
      refusal { try layer.outputShapes(for: [input]) }
    }
    #expect(
      shapes(Conv2D(8, kernelSize: (3, 3)), [nil, 9, 3])
        == "input has shape [None, 9, 3]; expected [batch, height, width, channels]")
    #expect(
      shapes(Conv2D(8, kernelSize: (3, 3)), [nil, 9, 2, 3])
        == "input of shape [None, 9, 2, 3] is too small along axis 2: the output would be empty")
    #expect(
      shapes(Conv2D(8, kernelSize: (3, 3), groups: 4), [nil, 9, 9, 6])
        == "attribute 'groups' is 4; expected a divisor of the input's 6 channels")
    #expect(
      shapes(Conv2D(8, kernelSize: (3, 3), groups: 3), [nil, 9, 9, 6])
        == "attribute 'groups' is 3; expected a divisor of 8 filters")
    #expect(
      shapes(
        Conv2D(8, kernelSize: (3, 3), strides: (2, 1), dilationRate: (1, 2)), [nil, 9, 9, 6])
        == "attribute 'dilation_rate' is [1, 2]; expected 1 along each axis with strides [2, 1]")
    #expect(
      refusal { try Conv2D(attributes: ["filters": .int(8), "kernel_size": .ints([3])]) }
        == "attribute 'kernel_size' is [3]; expected 2 integers")
    #expect(
      shapes(Conv2D(8, kernelSize: (3, 3), padding: .causal), [nil, 9, 9, 6])
        == "attribute 'padding' is 'causal'; expected 'valid' or 'same'")
    #expect(
      refusal { try Conv2D(attributes: ["filters": .int(0), "kernel_size": .ints([1, 1])]) }
        == "attribute 'filters' is 0; expected at least 1")
    #expect(
      refusal { try Conv2D(8, kernelSize: (1, 1)).outputShapes(for: []) }
        == "has 0 inputs; expected 1")
    #expect(
      refusal {
        try DepthwiseConv2D(kernelSize: (1, 1), depthMultiplier: .max)
          .parameters(for: [[nil, 9, 9, 6]])
      }
        == "attribute 'depth_multiplier' is \(Int.max); expected at least 1 and a factor for "
        + "6 channels")
  }

  @Test func `attributes of any size are answered, not trapped on`() throws {
    let huge = Int.max
    for padding in ["valid", "same"] {
      let attributes: Attributes = [
        "filters": .int(huge), "kernel_size": .ints([huge, huge]), "strides": .ints([huge, huge]),
        "padding": .string(padding), "groups": .int(1),
      ]
      let layer = try Conv2D(attributes: attributes)
      _ = refusal { try layer.parameters(for: [[nil, 9, 9, 3]]) }
      _ = refusal { try layer.outputShapes(for: [[nil, huge, huge, huge]]) }
      _ = refusal { try layer.explicitPadding(for: [[nil, huge, huge, huge]]) }
    }
    let layer = try Conv2D(attributes: ["filters": .int(huge), "kernel_size": .ints([huge, 1])])
    #expect(
      refusal { try layer.outputShapes(for: [[nil, 9, 9, 3]]) }
        == "input of shape [None, 9, 9, 3] is too small along axis 1: the output would be empty")
  }
}
