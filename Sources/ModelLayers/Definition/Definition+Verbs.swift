// What definitions are written in: a verb for each primitive.

extension Definition {
  /// A function of each element, or of the elements along some axes together; nothing for `linear`.
  public mutating func activation(
    _ function: ActivationFunction, _ x: Value
  ) throws(ModelError) -> Value {
    function == .linear ? x : try apply(Primitives.Activation(function), to: x)
  }

  /// `y[…, n] = Σ x[…, k]·kernel[k, n] + bias[n]`.
  public mutating func product(
    _ x: Value, _ kernel: Value, bias: Value? = nil
  ) throws(ModelError) -> Value {
    try apply(Primitives.Product(), toAll: [x, kernel] + (bias.map { [$0] } ?? []))[0]
  }

  /// A product of two tensors, summed over the letters that both have and the result has not:
  /// `contraction(q, "bqd", k, "bkd", to: "bqk")`.
  public mutating func contraction(
    _ x: Value, _ first: String, _ y: Value, _ second: String, to result: String
  ) throws(ModelError) -> Value {
    try apply(Primitives.Contraction(first, second, to: result), toAll: [x, y])[0]
  }

  /// A window of weights that moves over an image.
  mutating func convolution(
    _ x: Value, _ kernel: Value, bias: Value? = nil, _ window: ConvolutionWindow,
    _ form: Primitives.Convolution.Form
  ) throws(ModelError) -> Value {
    try apply(
      Primitives.Convolution(window, form), toAll: [x, kernel] + (bias.map { [$0] } ?? []))[0]
  }

  /// The largest element or the mean of each pool.
  mutating func pool(
    _ function: Primitives.Pool.Function, _ x: Value, _ extent: Primitives.Pool.Extent
  ) throws(ModelError) -> Value {
    try apply(Primitives.Pool(function, extent), to: x)
  }

  /// The mean and the population variance over some axes, counted from the first.
  public mutating func moments(
    _ x: Value, over axes: [Int]
  ) throws(ModelError) -> (mean: Value, variance: Value) {
    let made = try apply(Primitives.Moments(over: axes), toAll: [x])
    return (made[0], made[1])
  }

  /// `(x - mean)·gamma / √(variance + epsilon) + beta`.
  ///
  /// - Parameters:
  ///   - statisticsAxes: The axes of x that mean and variance have, ascending.
  ///   - parameterAxes: The axes of x that gamma and beta have, ascending.
  public mutating func normalization(
    _ x: Value, mean: Value?, variance: Value, gamma: Value?, beta: Value?, epsilon: Double,
    statisticsAxes: [Int], parameterAxes: [Int]
  ) throws(ModelError) -> Value {
    let operands = Primitives.Normalization.Operands(
      x: x, mean: mean, variance: variance, gamma: gamma, beta: beta)
    return try apply(
      Primitives.Normalization(
        operands, epsilon: epsilon, statisticsAxes: statisticsAxes, parameterAxes: parameterAxes),
      toAll: operands.list)[0]
  }
}

// MARK: - Element by element

extension Definition {
  /// Tensors combined element by element, broadcast as NumPy does.
  public mutating func combination(
    _ function: Primitives.Combination.Function, _ inputs: Value...
  ) throws(ModelError) -> Value {
    try apply(Primitives.Combination(function), toAll: inputs)[0]
  }

  /// Tensors combined element by element with a number.
  public mutating func combination(
    _ function: Primitives.Combination.Function, _ x: Value, _ number: Double
  ) throws(ModelError) -> Value {
    try combination(function, x, constant([number], []))
  }
}

// MARK: - Movement

extension Definition {
  /// The same elements in the same order with other axes.
  ///
  /// - Parameter keepsFirstAxis: Whether the first axis is that of `x`.
  public mutating func reshape(
    _ x: Value, _ sizes: [Int?], keepsFirstAxis: Bool = true
  ) throws(ModelError) -> Value {
    try apply(Primitives.Reshape(to: sizes, keepsFirstAxis: keepsFirstAxis), to: x)
  }

  /// The axes in another order: axis `order[i]` becomes axis `i`.
  public mutating func transpose(_ x: Value, _ order: [Int]) throws(ModelError) -> Value {
    order.elementsEqual(order.indices) && order.count == x.shape.rank
      ? x : try apply(Primitives.Transpose(order), to: x)
  }

  /// The channels as the last axis, if they are the first after the batch axis.
  mutating func channelsLast(_ x: Value, from format: DataFormat) throws(ModelError) -> Value {
    guard format == .channelsFirst, x.shape.rank > 2 else { return x }
    return try transpose(x, [0] + Array(2..<x.shape.rank) + [1])
  }

  /// Tensors one after the other along an axis, counted from the first.
  public mutating func concatenation(
    _ inputs: [Value], axis: Int
  ) throws(ModelError) -> Value {
    try apply(Primitives.Concatenation(axis: axis), toAll: inputs)[0]
  }

  /// Zeros before and after the elements of each axis; negative ones take elements away.
  public mutating func padding(
    _ x: Value, before: [Int], after: [Int]
  ) throws(ModelError) -> Value {
    try apply(Primitives.Padding(before: before, after: after), to: x)
  }

  /// Some elements along one axis.
  mutating func part(
    _ x: Value, _ axis: Int, _ places: Swift.Range<Int>
  ) throws(ModelError) -> Value {
    var ranges = x.shape.dimensions.map { _ in Primitives.Slice.Range.all }
    ranges[axis] = .init(places.lowerBound, places.upperBound)
    return try apply(Primitives.Slice(ranges), to: x)
  }

  /// Equal parts along an axis, the last unless told otherwise, in order.
  mutating func parts(
    _ x: Value, count: Int, axis: Int? = nil
  ) throws(ModelError) -> [Value] {
    let axis = axis ?? x.shape.rank - 1
    guard let size = x.shape[axis], size.isMultiple(of: count) else {
      throw .unknownDimension(shape: x.shape, needed: "the size of \(count) parts")
    }
    let width = size / count
    var parts: [Value] = []
    for place in 0..<count {
      parts.append(try part(x, axis, place * width..<(place + 1) * width))
    }
    return parts
  }

  /// A tensor with its own elements put around it, mirrored at its edges.
  ///
  /// - Parameters:
  ///   - widths: The number of elements before and after each axis.
  ///   - skipped: 1 where the edge itself is not repeated, else 0.
  mutating func mirrored(
    _ x: Value, _ widths: [Int], skipping skipped: Int
  ) throws(ModelError) -> Value {
    var padded = x
    for axis in x.shape.dimensions.indices {
      let (before, after) = (widths[2 * axis], widths[2 * axis + 1])
      guard before > 0 || after > 0 else { continue }
      // What is as long as no axis is refused before it is added to.
      let most = (padded.shape[axis] ?? Int(Int32.max)) - skipped
      guard Swift.max(before, after) <= most else {
        throw .attribute(
          "pad_width", expected: "at most \(most) along axis \(axis)",
          found: "\(Swift.max(before, after))")
      }
      var parts: [Value] = []
      func slice(_ range: Primitives.Slice.Range) -> Primitives.Slice {
        var ranges = x.shape.dimensions.map { _ in Primitives.Slice.Range.all }
        ranges[axis] = range
        return Primitives.Slice(ranges)
      }
      if before > 0 {
        let first = before + skipped - 1
        parts.append(
          try apply(slice(.init(first, skipped == 0 ? nil : 0, step: -1)), to: padded))
      }
      parts.append(padded)
      if after > 0 {
        let last = -1 - skipped
        parts.append(try apply(slice(.init(last, last - after, step: -1)), to: padded))
      }
      padded = try concatenation(parts, axis: axis)
    }
    return padded
  }

  /// The elements along some axes in reverse order.
  package mutating func reversed(_ x: Value, along axes: [Int]) throws(ModelError) -> Value {
    let ranges = x.shape.dimensions.indices.map {
      axes.contains($0) ? Primitives.Slice.Range(step: -1) : .all
    }
    return try apply(Primitives.Slice(ranges), to: x)
  }

  /// One number everywhere.
  ///
  /// However large the shape is, no element of it is kept before a run.
  mutating func filled(with number: Double, _ shape: Shape) throws(ModelError) -> Value {
    var value = constant([number], Array(repeating: 1, count: shape.rank))
    for (axis, size) in shape.dimensions.enumerated() where size != 1 {
      value = try repetition(value, axis: axis, count: size)
    }
    return value
  }

  /// Each element several times along an axis.
  public mutating func repetition(
    _ x: Value, axis: Int, count: Int?
  ) throws(ModelError) -> Value {
    try apply(Primitives.Repetition(axis: axis, count: count), to: x)
  }
}

extension Definition {
  /// A function of each element by itself.
  public mutating func function(
    _ function: Primitives.ElementFunction.Function, _ x: Value
  ) throws(ModelError) -> Value {
    try apply(Primitives.ElementFunction(function), to: x)
  }
}

// MARK: - Loops

extension Definition {
  /// One step after the other along an axis of sequences.
  ///
  /// - Parameters:
  ///   - axis: The axis of the sequences, and of the outputs of all steps together, counted from the
  ///     first.
  ///   - states: What the first step is given; axes of size 1 are repeated where the states that a
  ///     step makes are larger.
  ///   - sequences: What the steps take a slice of each, without the axis.
  ///   - constants: What is the same in each step, such as weights.
  ///   - isReversed: Whether the first step is at the last place.
  ///   - keepsPlaces: Whether the output of a step is where its slice was; else outputs are in the
  ///     order of steps.
  ///   - body: What a step computes: the states of the next step, as many as it is given, and
  ///     outputs of its own.
  /// - Returns: The states after the last step, and the outputs of the steps together.
  /// - Throws: What the body throws, and `ModelError` where a step does not keep its states' shapes.
  public mutating func loop(
    over axis: Int, states: [Value], sequences: [Value], constants: [Value] = [],
    isReversed: Bool = false, keepsPlaces: Bool = true,
    _ body: (
      _ states: [Value], _ slices: [Value], _ constants: [Value], inout Definition
    ) throws(ModelError) -> (states: [Value], outputs: [Value])
  ) throws(ModelError) -> (states: [Value], outputs: [Value]) {
    _ = try Primitives.Loop.length(of: sequences.map(\.type), axis: axis)
    let slices = sequences.map { sequence in
      var type = sequence.type
      type.shape.dimensions.remove(at: axis)
      return type
    }
    func written(_ types: [TensorType]) throws(ModelError) -> Definition {
      try Definition(for: types + slices + constants.map(\.type)) {
        (values: [Value], definition: inout Definition) throws(ModelError) in
        let made = try body(
          Array(values.prefix(states.count)),
          Array(values.dropFirst(states.count).prefix(slices.count)),
          Array(values.suffix(constants.count)), &definition)
        precondition(made.states.count == states.count, "a step makes as many states as it takes")
        return made.states + made.outputs
      }
    }
    // A state that is repeated in the first step has its shape from there on.
    var types = states.map(\.type)
    var step = try written(types)
    let made = step.outputs.prefix(states.count).map(\.type)
    if made != types {
      types = made
      step = try written(types)
    }
    guard step.outputs.prefix(states.count).map(\.type) == types else {
      throw .incompatibleShapes(
        (types + step.outputs.prefix(states.count).map(\.type)).map(\.shape),
        rule: "a step must keep its states")
    }
    let results = try apply(
      Primitives.Loop(
        step, stateCount: states.count, sequenceCount: sequences.count, axis: axis,
        isReversed: isReversed, keepsPlaces: keepsPlaces),
      toAll: states + sequences + constants)
    return (Array(results.prefix(states.count)), Array(results.dropFirst(states.count)))
  }
}
