#if OneDNN

internal import ResidualGraph

extension Lowering {
  /// The operations that make up a layer; the layer's own definition where oneDNN has no words
  /// for it.
  ///
  /// - Returns: The numbers of the layer's outputs.
  mutating func operations(of call: inout LayerCall) throws -> [Int] {
    // The sums of a layer that halves them afterwards have a shape that the layer does not tell.
    if case .glu? = try? ActivationFunction(call.layer.attributes) { return reference(&call) }
    switch call.layer {
    case is any InferenceIdentity:
      return try one(.identity, call)
    case let layer as any ActivationLayer:
      return [try activated(call.inputs[0], layer.function, call)]
    case is Conv1D, is Conv2D:
      return [try convolution(call)]
    case is DepthwiseConv1D, is DepthwiseConv2D:
      return [try depthwiseConvolution(call)]
    case is SeparableConv1D, is SeparableConv2D:
      return [try separableConvolution(call)]
    case let layer as Dense:
      return [try product(layer, call)]
    case let layer as BatchNormalization where call.rank > 1:
      return try one(.affine(try affine(layer, call), axis: axis(layer.axis, call)), call)
    case let layer as Rescaling where layer.scale.count == 1 && layer.offset.count == 1:
      let function = ElementFunction(
        kind: .linear, alpha: Float(layer.scale[0]), beta: Float(layer.offset[0]))
      return [
        add(
          .functions, call.inputs, shape: call.outputs[0], call, followers: [.function(function)])
      ]
    case is Add: return combined(.add, &call)
    case is Multiply: return combined(.multiply, &call)
    case is Maximum: return combined(.maximum, &call)
    case is Minimum: return combined(.minimum, &call)
    case is Subtract: return combined(.subtract, &call)
    case is Average: return averaged(&call)
    case let layer as Concatenate where call.inputs.count > 1:
      return try one(.concatenation(axis: axis(layer.axis, call)), call)
    case is MaxPooling1D, is MaxPooling2D: return [try pooling(.maximum, call)]
    case is AveragePooling1D, is AveragePooling2D: return [try pooling(.mean, call)]
    case is GlobalMaxPooling1D, is GlobalMaxPooling2D:
      return [try globalPooling(.maximum, call)]
    case is GlobalAveragePooling1D, is GlobalAveragePooling2D:
      return [try globalPooling(.mean, call)]
    case let layer as UpSampling1D:
      return layer.size > 0
        ? try one(.resampling(.nearest, channelAxis: 2), call) : reference(&call)
    case let layer as UpSampling2D where layer.interpolation == .nearest || layer.halfPixelCenters:
      let kind: ResamplingKind = layer.interpolation == .nearest ? .nearest : .linear
      return try one(
        .resampling(kind, channelAxis: layer.dataFormat.channelAxis(rank: call.rank)), call)
    case let layer as ZeroPadding1D:
      return try padding(layer.padding, layer.dataFormat, call)
    case let layer as ZeroPadding2D:
      return try padding(layer.padding, layer.dataFormat, call)
    case let layer as Flatten where layer.dataFormat == .channelsLast || call.rank < 3:
      return try one(.reshape, call)
    case is Reshape:
      return try one(.reshape, call)
    default:
      return reference(&call)
    }
  }

  private mutating func one(_ kind: Operation.Kind, _ call: LayerCall) throws -> [Int] {
    [add(kind, call.inputs, shape: call.outputs[0], call)]
  }

  private func axis(_ axis: Int, _ call: LayerCall) -> Int { axis < 0 ? axis + call.rank : axis }
}

// MARK: - Sums of products

extension Lowering {
  private mutating func convolution(_ call: LayerCall) throws -> Int {
    let attributes = call.layer.attributes
    let groups = try attributes.int("groups")
    let sums = add(
      .convolution(
        try filters("kernel", .groups(groups), call), try window(call),
        channelAxis: try channelAxis(call)),
      call.inputs, shape: call.outputs[0], call)
    return try activated(sums, try ActivationFunction(attributes), call)
  }

  private mutating func depthwiseConvolution(_ call: LayerCall) throws -> Int {
    let sums = add(
      .convolution(
        try filters("kernel", .depthwise, call), try window(call),
        channelAxis: try channelAxis(call)),
      call.inputs, shape: call.outputs[0], call)
    return try activated(sums, try ActivationFunction(call.layer.attributes), call)
  }

  private mutating func separableConvolution(_ call: LayerCall) throws -> Int {
    let channelAxis = try channelAxis(call)
    var depthwise = try filters("depthwise_kernel", .depthwise, call)
    depthwise.bias = nil
    let pointwise = try filters("pointwise_kernel", .groups(1), call)
    let window = try window(call)
    var shape = call.outputs[0]
    shape[channelAxis] = depthwise.count
    let middle = add(
      .convolution(depthwise, window, channelAxis: channelAxis), call.inputs, shape: shape, call)
    let ones = window.strides.map { _ in 1 }
    let zeros = window.strides.map { _ in 0 }
    let sums = add(
      .convolution(
        pointwise, WindowGeometry(strides: ones, dilations: ones, before: zeros, after: zeros),
        channelAxis: channelAxis),
      [middle], shape: call.outputs[0], call)
    return try activated(sums, try ActivationFunction(call.layer.attributes), call)
  }

  /// A product along the last axis; the others are one batch.
  private mutating func product(_ layer: Dense, _ call: LayerCall) throws -> Int {
    let shape = call.outputs[0]
    let rows = shape.dropLast().reduce(1, *)
    var input = call.inputs[0]
    if call.rank != 2 {
      let channels = call.shapes[0].known?.last ?? 0
      input = add(.reshape, [input], shape: [rows, channels], call)
    }
    var output = add(
      .product(try filters("kernel", .product, call)), [input], shape: [rows, layer.units], call)
    if call.rank != 2 { output = add(.reshape, [output], shape: shape, call) }
    return try activated(output, layer.activation, call)
  }

  private func filters(
    _ role: String, _ form: Filters.Form, _ call: LayerCall
  ) throws -> Filters {
    guard let kernel = call.weights[role], let name = call.weightNames[role] else {
      throw ModelError.parameterMissing(role: role, shape: [])
    }
    return Filters(name: name, kernel: kernel, form: form, bias: try call.numbers("bias"))
  }

  private func window(_ call: LayerCall) throws -> WindowGeometry {
    let attributes = call.layer.attributes
    let strides = try attributes.ints("strides")
    let pads = try call.layer.explicitPadding(for: call.shapes)
    return WindowGeometry(
      strides: strides,
      dilations: try attributes.ints("dilation_rate", default: strides.map { _ in 1 }),
      before: strides.indices.map { pads.isEmpty ? 0 : pads[2 * $0] },
      after: strides.indices.map { pads.isEmpty ? 0 : pads[2 * $0 + 1] })
  }

  private func channelAxis(_ call: LayerCall) throws -> Int {
    try call.layer.attributes.choice("data_format", default: DataFormat.channelsLast)
      .channelAxis(rank: call.rank)
  }
}

// MARK: - Element by element

extension Lowering {
  /// A tensor with an activation function applied.
  private mutating func activated(
    _ value: Int, _ function: ActivationFunction, _ call: LayerCall
  ) throws -> Int {
    let shape = lowered.shapes[value]
    switch function {
    case .softmax(let axes) where axes.count == 1:
      let axis = axes[0] < 0 ? axes[0] + shape.count : axes[0]
      return add(.softmax(axis: axis), [value], shape: shape, call)
    default:
      guard let functions = function.elementFunctions else {
        return activatedByDefinition(value, function, call)
      }
      guard !functions.isEmpty else { return value }
      return add(
        .functions, [value], shape: shape, call, followers: functions.map { .function($0) })
    }
  }

  private mutating func activatedByDefinition(
    _ value: Int, _ function: ActivationFunction, _ call: LayerCall
  ) -> Int {
    add(
      .reference(Activation(function), weights: [:]), [value], shape: call.outputs[0], call)
  }

  /// Inputs combined one after the other, where each of them has the shape of the result or is
  /// repeated to it.
  private mutating func combined(_ combination: Combination, _ call: inout LayerCall) -> [Int] {
    let shape = call.outputs[0]
    guard call.shapes[0].dimensions == shape, call.shapes.allSatisfy({ $0.rank == shape.count })
    else { return reference(&call) }
    var result = call.inputs[0]
    for input in call.inputs.dropFirst() {
      result = add(.combination(combination), [result, input], shape: shape, call)
    }
    guard call.inputs.count > 1 else {
      return [add(.identity, [result], shape: shape, call)]
    }
    return [result]
  }

  private mutating func averaged(_ call: inout LayerCall) -> [Int] {
    let count = call.inputs.count
    guard count > 1, call.shapes.allSatisfy({ $0 == call.shapes[0] }) else {
      return reference(&call)
    }
    let sum = combined(.add, &call)
    let share = ElementFunction(kind: .linear, alpha: 1 / Float(count))
    return [
      add(.functions, sum, shape: call.outputs[0], call, followers: [.function(share)])
    ]
  }

  private func affine(_ layer: BatchNormalization, _ call: LayerCall) throws -> Affine {
    let mean = try call.numbers("moving_mean") ?? []
    let variance = try call.numbers("moving_variance") ?? []
    let gamma = try call.numbers("gamma") ?? mean.map { _ in 1 }
    let beta = try call.numbers("beta") ?? mean.map { _ in 0 }
    let scale = zip(gamma, variance).map { $0 / ($1 + layer.epsilon).squareRoot() }
    return Affine(
      scale: scale, shift: zip(beta, zip(mean, scale)).map { $0 - $1.0 * $1.1 })
  }
}

// MARK: - Windows

extension Lowering {
  private mutating func pooling(_ kind: PoolingKind, _ call: LayerCall) throws -> Int {
    let kernel = try call.layer.attributes.ints("pool_size")
    return add(
      .pooling(kind, kernel: kernel, try window(call), channelAxis: try channelAxis(call)),
      call.inputs, shape: call.outputs[0], call)
  }

  private mutating func globalPooling(_ kind: PoolingKind, _ call: LayerCall) throws -> Int {
    let channelAxis = try channelAxis(call)
    let sizes = call.shapes[0].known ?? []
    let axes = sizes.indices.filter { $0 != 0 && $0 != channelAxis }
    var shape = sizes
    for axis in axes { shape[axis] = 1 }
    let ones = axes.map { _ in 1 }
    let zeros = axes.map { _ in 0 }
    let pooled = add(
      .pooling(
        kind, kernel: axes.map { sizes[$0] },
        WindowGeometry(strides: ones, dilations: ones, before: zeros, after: zeros),
        channelAxis: channelAxis),
      call.inputs, shape: shape, call)
    return shape == call.outputs[0]
      ? pooled : add(.reshape, [pooled], shape: call.outputs[0], call)
  }

  private mutating func padding(
    _ amounts: [Int], _ format: DataFormat, _ call: LayerCall
  ) throws -> [Int] {
    let channelAxis = format.channelAxis(rank: call.rank)
    return try one(.padding(amounts, channelAxis: channelAxis, call.layer), call)
  }
}

#endif
