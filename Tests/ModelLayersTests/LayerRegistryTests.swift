import OrderedCollections
import ModelLayers
import TestSupport
import Testing

@Suite struct LayerRegistryTests {
  /// What attributes a layer cannot be without.
  static let required: [String: Attributes] = [
    "InputLayer": ["batch_shape": .ints([-1, 4])],
    "Conv1D": ["filters": .int(4), "kernel_size": .ints([3])],
    "Conv3D": ["filters": .int(4), "kernel_size": .ints([3, 3, 3])],
    "Conv1DTranspose": ["filters": .int(4), "kernel_size": .ints([3])],
    "Conv2DTranspose": ["filters": .int(4), "kernel_size": .ints([3, 3])],
    "Conv3DTranspose": ["filters": .int(4), "kernel_size": .ints([3, 3, 3])],
    "Conv2D": ["filters": .int(4), "kernel_size": .ints([3, 3])],
    "AdaptiveAveragePooling1D": ["output_size": .ints([3])],
    "AdaptiveAveragePooling2D": ["output_size": .ints([3, 2])],
    "AdaptiveAveragePooling3D": ["output_size": .ints([3, 2, 1])],
    "AdaptiveMaxPooling1D": ["output_size": .ints([3])],
    "AdaptiveMaxPooling2D": ["output_size": .ints([3, 2])],
    "AdaptiveMaxPooling3D": ["output_size": .ints([3, 2, 1])],
    "CenterCrop": ["height": .int(3), "width": .int(2)],
    "LocallyConnected1D": ["filters": .int(4), "kernel_size": .ints([3])],
    "LocallyConnected2D": ["filters": .int(4), "kernel_size": .ints([3, 3])],
    "RandomCrop": ["height": .int(3), "width": .int(2)],
    "Resizing": ["height": .int(3), "width": .int(2)],
    "DepthwiseConv1D": ["kernel_size": .ints([3])],
    "DepthwiseConv2D": ["kernel_size": .ints([3, 3])],
    "SeparableConv1D": ["filters": .int(4), "kernel_size": .ints([3])],
    "SeparableConv2D": ["filters": .int(4), "kernel_size": .ints([3, 3])],
    "Dense": ["units": .int(4)],
    "Dot": ["axes": .ints([1, 2])],
    "EinsumDense": ["equation": .string("ab,bc->ac"), "output_shape": .ints([3])],
    "Reshape": ["target_shape": .ints([2, -1])],
    "Permute": ["dims": .ints([2, 1])],
    "RepeatVector": ["n": .int(3)],
    "Rescaling": ["scale": .doubles([0.5])],
    "CustomScaleLayer": ["scale": .double(0.5)],
    "Embedding": ["input_dim": .int(9), "output_dim": .int(4)],
    "GroupQueryAttention": [
      "head_dim": .int(2), "num_query_heads": .int(4), "num_key_value_heads": .int(1),
    ],
    "LayerScale": ["projection_dim": .int(4)],
    "SimpleRNN": ["units": .int(4)],
    "SimpleRNNCell": ["units": .int(4)],
    "LSTM": ["units": .int(4)],
    "LSTMCell": ["units": .int(4)],
    "GRU": ["units": .int(4)],
    "GRUCell": ["units": .int(4)],
    "CuDNNGRU": ["units": .int(4)],
    "CuDNNLSTM": ["units": .int(4)],
    "CategoryEncoding": ["num_tokens": .int(4)],
    "Discretization": ["bin_boundaries": .doubles([0, 0.5])],
    "HashedCrossing": ["num_bins": .int(4)],
    "Hashing": ["num_bins": .int(4)],
    "IntegerLookup": ["vocabulary": .ints([4, 7])],
    "StringLookup": ["vocabulary": .strings(["a", "b"])],
    "TextVectorization": [
      "vocabulary": .strings(["a", "b"]), "output_sequence_length": .int(3),
    ],
    "ReversibleEmbedding": ["input_dim": .int(9), "output_dim": .int(4)],
    "SpectralNormalization": ["layer.kind": .string("Dense"), "layer.units": .int(4)],
    "ConvLSTM1D": ["filters": .int(4), "kernel_size": .ints([3])],
    "ConvLSTM2D": ["filters": .int(4), "kernel_size": .ints([3, 3])],
    "ConvLSTM3D": ["filters": .int(4), "kernel_size": .ints([3, 3, 3])],
    "RNN": ["cell.kind": .string("GRUCell"), "cell.units": .int(4)],
    "StackedRNNCells": ["cells.0.kind": .string("LSTMCell"), "cells.0.units": .int(4)],
    "Bidirectional": [
      "layer.kind": .string("LSTM"), "layer.units": .int(4),
      "backward_layer.kind": .string("GRU"), "backward_layer.units": .int(4),
      "backward_layer.go_backwards": .bool(true),
    ],
    "TimeDistributed": ["layer.kind": .string("Dense"), "layer.units": .int(4)],
    "MaxoutDense": ["units": .int(4)],
    "MultiHeadAttention": ["num_heads": .int(2), "key_dim": .int(3)],
  ]

  /// A value that is another than the given one and that every layer may take.
  func changed(_ name: String, _ value: AttributeValue) -> AttributeValue {
    switch (name, value) {
    case ("crop_to_aspect_ratio", .bool): .bool(false)
    case (_, .bool(let value)): .bool(!value)
    case ("padding", .string): .string("same")
    case ("data_format", .string): .string("channels_first")
    case ("interpolation", .string): .string("bilinear")
    case ("activation", .string): .string("tanh")
    case ("dilation_rate", .ints), ("groups", .int), ("batch_shape", .ints), ("dims", .ints): value
    // A divisor of the number of query heads; that number is one more then.
    case ("num_key_value_heads", .int): value
    // As many as there are places, or 0 for those alone.
    case ("max_tokens", .int): .int(9)
    // At least as many as a frame has.
    case ("fft_length", .int(let value)): .int(max(300, value + 1))
    case (_, .int(let value)): .int(value + 1)
    case (_, .double(let value)): .double(value / 2 + 0.25)
    case (_, .ints(let values)): .ints(values.map { $0 + 1 })
    case (_, .doubles(let values)): .doubles(values.map { $0 + 1 })
    case (_, let value): value
    }
  }

  @Test(arguments: LayerRegistry.standard.names)
  func `attributes make the layer that they are of`(_ kind: String) throws {
    let attributes = Self.required[kind] ?? [:]
    let layer = try #require(try LayerRegistry.standard.layer(kind: kind, attributes: attributes))
    #expect(layer.kind == kind)
    for (name, value) in attributes.values { #expect(layer.attributes[name] == value) }
    var others = layer.attributes
    for (name, value) in others.values { others[name] = changed(name, value) }
    // Another activation function has other parameters.
    if others["activation"] == .string("tanh") {
      others.values.removeAll { $0.key.hasPrefix("activation.") }
    }
    let other = try #require(try LayerRegistry.standard.layer(kind: kind, attributes: others))
    #expect(other.attributes == others)
  }

  @Test func `an attribute that a layer does not have is refused`() {
    for kind in LayerRegistry.standard.names {
      var attributes = Self.required[kind] ?? [:]
      attributes["unheard_of"] = .int(1)
      #expect(
        refusal { try LayerRegistry.standard.layer(kind: kind, attributes: attributes) }
          == "attribute 'unheard_of' is not one that \(kind) has")
    }
  }

  @Test func `the largest result of a rectifier is an attribute where there is one`() throws {
    #expect(ReLU().attributes["max_value"] == nil)
    let layer = try ReLU(attributes: ["max_value": .int(6)])
    #expect(layer == ReLU(maxValue: 6))
    #expect(layer.attributes["max_value"] == .double(6))
  }

  @Test(
    arguments: ActivationFunction.all + [
      .relu(maximum: 5, negativeSlope: 0.5, threshold: 0.25), .leakyReLU(negativeSlope: 0.5),
      .elu(alpha: 2), .celu(alpha: 2), .gelu(approximate: true), .hardSigmoid(slope: 0.2),
      .softmax(axes: [1, 2]), .logSoftmax(axes: [1]), .hardShrink(threshold: 2),
      .softShrink(threshold: 2), .threshold(threshold: 2, value: 3), .squareplus(b: 2),
      .glu(axis: 1), .sparsemax(axis: 1),
    ])
  func `an activation layer keeps the function's parameters`(
    _ function: ActivationFunction
  ) throws {
    #expect(try Activation(attributes: Activation(function).attributes).activation == function)
  }

  @Test func `layers of training only pass their input on`() throws {
    let layers: [any Layer] = [
      Dropout(0.5), SpatialDropout1D(0.5), SpatialDropout2D(0.5), GaussianDropout(0.5),
      AlphaDropout(0.5), GaussianNoise(2), ActivityRegularization(), Identity(),
    ]
    for layer in layers {
      let trial = try LayerTrial(layer, [2, 3, 4])
      #expect(trial.distance(to: trial.inputs[0]) == 0)
      #expect(trial.roundingShare() == 0)
      #expect(try layer.outputShapes(for: [[nil, 3, nil]]) == [[nil, 3, nil]])
      #expect(refusal { try layer.outputShapes(for: []) } == "has 0 inputs; expected 1")
    }
    #expect(
      refusal { try Dropout(attributes: ["rate": .double(1.5)]) }
        == "attribute 'rate' is 1.5; expected 0 to 1")
  }
}
