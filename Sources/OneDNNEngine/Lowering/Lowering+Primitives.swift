#if OneDNN

internal import ModelGraph

extension Lowering {
  /// The operations that compute a primitive; the primitive's own meaning where oneDNN has no words
  /// for it.
  ///
  /// - Returns: The numbers of the results.
  mutating func operations(of step: LoweredStep) throws -> [Int] {
    if let primitive = step.primitive as? Primitives.Combination {
      if let made = try combination(primitive.function, step) { return [made] }
    } else if let value = step.value {
      if let made = try operation(of: step, value) { return [made] }
      if step.primitive is Primitives.Moments { return try moments(value, step) }
    }
    return try reference(step)
  }

  private mutating func operation(of step: LoweredStep, _ value: Int) throws -> Int? {
    switch step.primitive {
    case let primitive as Primitives.Activation:
      activated(value, primitive.function, step)
    case let primitive as Primitives.Convolution:
      try convolution(primitive, value, step)
    case let primitive as Primitives.TransposedConvolution:
      try convolution(primitive, value, step)
    case is Primitives.Product:
      try product(value, step)
    case let primitive as Primitives.Normalization:
      try normalization(primitive, value, step)
    case let primitive as Primitives.Contraction:
      try contraction(primitive, value, step)
    case let primitive as Primitives.Concatenation:
      step.values.map {
        add(.concatenation(axis: primitive.axis), $0, shape: step.outputs[0], step.call)
      }
    case let primitive as Primitives.Pool:
      try pool(primitive, value, step)
    case let primitive as Primitives.Resampling:
      resampling(primitive, value, step)
    case let primitive as Primitives.Padding:
      try padding(primitive, value, step)
    case let primitive as Primitives.Slice:
      try reversal(primitive, value, step)
    case let primitive as Primitives.Transpose:
      add(
        .transposition(primitive.order, try step.definition), [value], shape: step.outputs[0],
        step.call)
    case is Primitives.Reshape:
      add(.reshape, [value], shape: step.outputs[0], step.call)
    default: nil
    }
  }

  /// Leaves a primitive to its own meaning.
  private mutating func reference(_ step: LoweredStep) throws -> [Int] {
    var weights: [String: Tensor] = [:]
    for case .weight(let role, let weight) in step.inputs { weights[role] = weight.tensor }
    return reference(
      try step.definition, step.inputs.compactMap(\.value), step.call, weights: weights)
  }
}

extension Operand {
  var value: Int? { if case .value(let value) = self { value } else { nil } }
}

extension LoweredStep {
  /// The primitive alone, as a definition: of the tensors that flow, with its weights and constants.
  var definition: Definition {
    get throws {
      let flowing = zip(inputs, inputTypes).filter { $0.0.value != nil }.map(\.1)
      return try Definition(for: flowing) {
        (values: [Definition.Value], definition: inout Definition) throws(ModelError) in
        var rest = values[...]
        var operands: [Definition.Value] = []
        for (input, type) in zip(inputs, inputTypes) {
          switch input {
          case .value: operands.append(rest.removeFirst())
          case .weight(let role, _):
            operands.append(definition.weight(role, type.shape.known ?? []))
          case .constant(let numbers):
            operands.append(definition.constant(numbers, type.shape.known ?? []))
          }
        }
        return try definition.apply(erased: primitive, toAll: operands)
      }
    }
  }
}

// MARK: - Sums of products

extension Lowering {
  private mutating func convolution(
    _ primitive: Primitives.Convolution, _ value: Int, _ step: LoweredStep
  ) throws -> Int? {
    let form: Filters.Form =
      switch primitive.form {
      case .groups(let groups): .groups(groups)
      case .depthwise: .depthwise
      }
    guard let filters = try filters(form, step) else { return nil }
    let window = primitive.window
    return add(
      .convolution(
        filters,
        WindowGeometry(
          strides: window.strides, dilations: window.dilationRate,
          pads: try window.explicitPadding(for: step.inputTypes[0].shape)),
        channelAxis: window.dataFormat.channelAxis(rank: step.rank)),
      [value], shape: step.outputs[0], step.call)
  }

  private mutating func convolution(
    _ primitive: Primitives.TransposedConvolution, _ value: Int, _ step: LoweredStep
  ) throws -> Int? {
    guard let filters = try filters(.transposed, step) else { return nil }
    let (windows, format) = (primitive.windows, primitive.dataFormat)
    let cut = zip(windows, format.spatialAxes(rank: step.rank)).flatMap {
      $0.cut(lowered.shapes[value][$1])
    }
    return add(
      .convolution(
        filters,
        WindowGeometry(
          strides: windows.map(\.stride), dilations: windows.map(\.dilation), pads: cut),
        channelAxis: format.channelAxis(rank: step.rank)),
      [value], shape: step.outputs[0], step.call)
  }

  /// A product along the last axis; the others are one batch.
  private mutating func product(_ value: Int, _ step: LoweredStep) throws -> Int? {
    guard let filters = try filters(.product, step) else { return nil }
    let shape = step.outputs[0]
    let rows = shape.dropLast().reduce(1, *)
    var input = value
    if step.rank != 2 {
      let channels = step.inputTypes[0].shape.known?.last ?? 0
      input = add(.reshape, [input], shape: [rows, channels], step.call)
    }
    let output = add(
      .product(filters), [input], shape: [rows, shape.last ?? 0], step.call)
    return step.rank == 2 ? output : add(.reshape, [output], shape: shape, step.call)
  }

  /// A product of two tensors, both of which flow or the first.
  private mutating func contraction(
    _ primitive: Primitives.Contraction, _ value: Int, _ step: LoweredStep
  ) throws -> Int? {
    if let kernel = step.weight(1) { return try product(primitive, value, kernel, step) }
    guard let values = step.values,
      let product = MatrixProduct(primitive, lowered.shapes[value], lowered.shapes[values[1]])
    else { return nil }
    return add(
      .contraction(product, try step.definition), values, shape: step.outputs[0], step.call)
  }

  /// A product with weights whose first axes are summed over: of a tensor that has the same axes last.
  private mutating func product(
    _ primitive: Primitives.Contraction, _ value: Int, _ kernel: Weight, _ step: LoweredStep
  ) throws -> Int? {
    let (shape, roles) = (lowered.shapes[value], primitive.roles)
    let inner = primitive.second.filter(roles.inner.contains)
    guard roles.batch.isEmpty, primitive.second == inner + String(roles.columns) else { return nil }
    var sizes = Dictionary(uniqueKeysWithValues: zip(primitive.first, shape))
    sizes.merge(zip(primitive.second, kernel.tensor.dimensions)) { size, _ in size }
    func count(_ letters: some Sequence<Character>) -> Int {
      letters.reduce(1) { $0 * (sizes[$1] ?? 1) }
    }
    let (rows, columns) = (count(roles.rows), count(roles.columns))
    let matrix = try Tensor(
      dtype: kernel.tensor.dtype, dimensions: [count(inner), columns], bytes: kernel.tensor.bytes)
    let source = try transposed(value, primitive.first, to: String(roles.rows) + inner, step.call)
    let flat = add(.reshape, [source], shape: [rows, count(inner)], step.call)
    let sums = add(
      .product(Filters(name: kernel.name, kernel: matrix, form: .product)), [flat],
      shape: [rows, columns], step.call)
    let letters = String(roles.rows + roles.columns)
    let made = add(.reshape, [sums], shape: letters.map { sizes[$0] ?? 1 }, step.call)
    return try transposed(made, letters, to: primitive.result, step.call)
  }

  /// A tensor with its axes, each of them a letter, in another order.
  private mutating func transposed(
    _ value: Int, _ letters: String, to result: String, _ call: LayerCall
  ) throws -> Int {
    guard letters != result else { return value }
    let (shape, places) = (lowered.shapes[value], Array(letters))
    let order = result.compactMap { places.firstIndex(of: $0) }
    let definition = try Definition(for: [TensorType(Shape(shape))]) {
      (values: [Definition.Value], definition: inout Definition) throws(ModelError) in
      [try definition.apply(Primitives.Transpose(order), to: values[0])]
    }
    return add(
      .transposition(order, definition), [value], shape: order.map { shape[$0] }, call)
  }

  /// The kernel and the bias of a step, where they do not flow.
  private func filters(_ form: Filters.Form, _ step: LoweredStep) throws -> Filters? {
    guard let kernel = step.weight(1) else { return nil }
    let bias = step.inputs.count > 2 ? try step.inputs[2].numbers() : nil
    guard bias != nil || step.inputs.count == 2 else { return nil }
    return Filters(name: kernel.name, kernel: kernel.tensor, form: form, bias: bias)
  }
}

// MARK: - Element by element

extension Lowering {
  /// A tensor with an activation function applied, where oneDNN has it.
  private mutating func activated(
    _ value: Int, _ function: ActivationFunction, _ step: LoweredStep
  ) -> Int? {
    let shape = step.outputs[0]
    switch function {
    case .softmax(let axes) where axes.count == 1:
      let axis = axes[0] < 0 ? axes[0] + shape.count : axes[0]
      return add(.softmax(axis: axis), [value], shape: shape, step.call)
    default:
      guard let functions = function.elementFunctions else { return nil }
      return add(
        .functions, [value], shape: shape, step.call, followers: functions.map { .function($0) })
    }
  }

  /// Inputs combined one after the other, where each of them has the shape of the result or is
  /// repeated to it; or an input combined with what is known.
  private mutating func combination(
    _ function: Primitives.Combination.Function, _ step: LoweredStep
  ) throws -> Int? {
    if let made = try constantCombination(function, step) { return made }
    let shape = step.outputs[0]
    guard var values = step.values, let combination = Combination(function),
      values.allSatisfy({ lowered.shapes[$0].count == shape.count }),
      let whole = values.firstIndex(where: { lowered.shapes[$0] == shape }),
      whole == 0 || combination.isCommutative
    else { return nil }
    values.swapAt(0, whole)
    return values.dropFirst().reduce(values[0]) {
      add(.combination(combination), [$0, $1], shape: shape, step.call)
    }
  }

  /// A tensor combined with a number, with one for each place along an axis, or with others.
  private mutating func constantCombination(
    _ function: Primitives.Combination.Function, _ step: LoweredStep
  ) throws -> Int? {
    let shape = step.outputs[0]
    guard step.inputs.count == 2, let place = step.inputs.firstIndex(where: { $0.value != nil }),
      let value = step.inputs[place].value, lowered.shapes[value] == shape,
      let numbers = try step.inputs[1 - place].numbers()
    else { return nil }
    let isFirst = place == 0
    if numbers.count == 1 {
      guard let function = ElementFunction(function, with: numbers[0], isSecond: isFirst) else {
        return nil
      }
      return add(.functions, [value], shape: shape, step.call, followers: [.function(function)])
    }
    let own = step.inputTypes[1 - place].shape.known ?? []
    let sizes = Array(repeating: 1, count: shape.count - own.count) + own
    let axes = sizes.indices.filter { sizes[$0] != 1 }
    // Normalizations are of five axes at most.
    if axes == [shape.count - 1], 2...5 ~= shape.count,
      let affine = Affine(function, with: numbers, isSecond: isFirst)
    {
      return add(.affine(affine, axis: axes[0]), [value], shape: shape, step.call)
    }
    guard let combination = Combination(function), isFirst || combination.isCommutative else {
      return nil
    }
    return add(
      .constantCombination(combination, Constant(sizes: sizes, numbers: numbers)), [value],
      shape: shape, step.call)
  }
}

extension ElementFunction {
  /// A tensor combined with a number, which is the second operand or the first; `nil` for a function
  /// that oneDNN does not have so.
  fileprivate init?(
    _ function: Primitives.Combination.Function, with number: Double, isSecond: Bool
  ) {
    guard let affine = Affine(function, with: [number], isSecond: isSecond) else { return nil }
    self.init(kind: .linear, alpha: Float(affine.scale[0]), beta: Float(affine.offset[0]))
  }
}

extension Affine {
  /// A tensor combined with a number for each place, which is the second operand or the first; `nil`
  /// for a function that is no affine one, or is none in float32.
  fileprivate init?(
    _ function: Primitives.Combination.Function, with numbers: [Double], isSecond: Bool
  ) {
    func all(_ number: Double) -> [Double] { Array(repeating: number, count: numbers.count) }
    switch (function, isSecond) {
    case (.add, _): self.init(scale: all(1), shift: numbers)
    case (.subtract, true): self.init(scale: all(1), shift: all(0), mean: numbers)
    case (.subtract, false): self.init(scale: all(-1), shift: numbers)
    case (.multiply, _): self.init(scale: numbers, shift: all(0))
    case (.divide, true): self.init(scale: numbers.map { 1 / $0 }, shift: all(0))
    default: return nil
    }
    guard isFinite else { return nil }
  }
}

extension Combination {
  /// The function as oneDNN has it, if it does.
  fileprivate init?(_ function: Primitives.Combination.Function) {
    switch function {
    case .add: self = .add
    case .subtract: self = .subtract
    case .multiply: self = .multiply
    case .divide: self = .divide
    case .maximum: self = .maximum
    case .minimum: self = .minimum
    case .power: return nil
    }
  }

  /// Whether the operands may be exchanged.
  fileprivate var isCommutative: Bool { self != .subtract && self != .divide }
}

// MARK: - Windows

extension Lowering {
  private mutating func pool(
    _ primitive: Primitives.Pool, _ value: Int, _ step: LoweredStep
  ) throws -> Int? {
    let window = primitive.window(over: lowered.shapes[value])
    let pads =
      if case .window = primitive.extent {
        try primitive.explicitPadding(for: step.inputTypes)
      } else {
        [Int]()
      }
    return add(
      .pooling(
        primitive.function == .maximum ? .maximum : .mean, kernel: window.poolSize,
        WindowGeometry(
          strides: primitive.isGlobal ? window.strides.map { _ in 1 } : window.strides,
          dilations: window.strides.map { _ in 1 }, pads: pads),
        channelAxis: window.dataFormat.channelAxis(rank: step.rank)),
      [value], shape: step.outputs[0], step.call)
  }

  private mutating func resampling(
    _ primitive: Primitives.Resampling, _ value: Int, _ step: LoweredStep
  ) -> Int? {
    let filter = primitive.filter
    guard filter.grid == .centers,
      filter.kernel == .nearest || filter.kernel == .bilinear && !filter.isAntialiased
    else { return nil }
    return add(
      .resampling(
        filter.kernel == .nearest ? .nearest : .linear,
        channelAxis: primitive.dataFormat.channelAxis(rank: step.rank)),
      [value], shape: step.outputs[0], step.call)
  }

  /// Zeros around the spatial axes of an image.
  private mutating func padding(
    _ primitive: Primitives.Padding, _ value: Int, _ step: LoweredStep
  ) throws -> Int? {
    let (before, after) = (primitive.before, primitive.after)
    let isUntouched = before.indices.map { before[$0] == 0 && after[$0] == 0 }
    guard step.rank > 2, isUntouched[0], (before + after).allSatisfy({ $0 >= 0 }) else {
      return nil
    }
    guard
      let format = DataFormat.allCases.first(where: { isUntouched[$0.channelAxis(rank: step.rank)] }
      )
    else { return nil }
    let amounts = format.spatialAxes(rank: step.rank).flatMap { [before[$0], after[$0]] }
    return add(
      .padding(
        amounts, channelAxis: format.channelAxis(rank: step.rank), try step.definition),
      [value], shape: step.outputs[0], step.call)
  }
}

extension Primitives.Pool {
  fileprivate var isGlobal: Bool { if case .everything = extent { true } else { false } }
}

extension WindowGeometry {
  /// A window with padding as before/after pairs, or none.
  fileprivate init(strides: [Int], dilations: [Int], pads: [Int]) {
    self.init(
      strides: strides, dilations: dilations,
      before: strides.indices.map { pads.isEmpty ? 0 : pads[2 * $0] },
      after: strides.indices.map { pads.isEmpty ? 0 : pads[2 * $0 + 1] })
  }
}

#endif
