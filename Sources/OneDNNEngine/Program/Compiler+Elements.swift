#if OneDNN

internal import ModelGraph

// What takes tensors in the layout that they have.
extension Compiler {
  mutating func pooling(
    _ operation: Operation, _ kind: PoolingKind, _ kernel: [Int], _ window: WindowGeometry,
    channelAxis: Int
  ) throws {
    let shape = lowered.shapes[operation.outputs[0]]
    let order = ChannelOrder(rank: shape.count, channelAxis: channelAxis)
    let source = tensor(of: operation.inputs[0])
    let primitive = try primitives.primitive(
      .pooling(
        kind, order.ordered(tensors[source].layout),
        destination: Layout(any: order.ordered(shape)), kernel: kernel, window))
    try add(primitive, operation, source, order)
  }

  mutating func resampling(
    _ operation: Operation, _ kind: ResamplingKind, channelAxis: Int
  ) throws {
    let shape = lowered.shapes[operation.outputs[0]]
    let order = ChannelOrder(rank: shape.count, channelAxis: channelAxis)
    let source = tensor(of: operation.inputs[0])
    let primitive = try primitives.primitive(
      .resampling(
        kind, order.ordered(tensors[source].layout),
        destination: Layout(any: order.ordered(shape))))
    try add(primitive, operation, source, order)
  }

  private mutating func add(
    _ primitive: DNNPrimitive, _ operation: Operation, _ source: Int, _ order: ChannelOrder
  ) throws {
    let output = place(
      try order.restored(primitive.layout(.destination)), holding: operation.outputs[0])
    try add(
      primitive, operation.calls, operationCount: operation.operationCount,
      [(.source, source), (.destination, output)])
  }

  mutating func normalization(_ operation: Operation, _ affine: Affine, axis: Int) throws {
    let source = tensor(of: operation.inputs[0])
    let layout = tensors[source].layout
    let order = ChannelOrder(rank: layout.rank, channelAxis: axis)
    let thenReLU = !operation.followers.isEmpty
    let primitive = try primitives.primitive(
      .normalization(order.ordered(layout), thenReLU: thenReLU))
    let output = place(layout, holding: operation.outputs[0], over: source)
    try add(
      primitive, operation.calls, operationCount: operation.operationCount,
      [(.source, source), (.destination, output)],
      constants: numbers(of: affine))
  }

  /// A factor and a summand as a normalization takes them.
  func numbers(of affine: Affine) throws -> [(Argument, Memory)] {
    [
      (.mean, try constants.row(affine.scale.map { _ in 0 })),
      (.variance, try constants.row(affine.scale.map { _ in 1 })),
      (.scale, try constants.row(affine.scale)), (.shift, try constants.row(affine.shift)),
    ]
  }

  mutating func combination(_ operation: Operation, _ combination: Combination) throws {
    let left = tensor(of: operation.inputs[0])
    let layout = tensors[left].layout
    let value = operation.inputs[1]
    let isSameShape = lowered.shapes[value] == layout.sizes
    let right = try tensor(
      of: value, in: isSameShape ? layout : Layout(rowMajor: lowered.shapes[value]),
      operation.calls)
    let primitive = try primitives.primitive(
      .combination(combination, layout, tensors[right].layout, destination: layout))
    let output = place(layout, holding: operation.outputs[0], over: left)
    try add(
      primitive, operation.calls, operationCount: operation.operationCount,
      [(.source, left), (.secondSource, right), (.destination, output)])
  }

  mutating func functions(
    _ operation: Operation, _ functions: [ElementFunction], from source: Int
  ) throws {
    let layout = tensors[source].layout
    let output = place(layout, holding: operation.outputs[0], over: source)
    for (index, function) in functions.enumerated() {
      try add(
        primitives.primitive(.function(function, layout)), operation.calls,
        operationCount: index == 0 ? operation.operationCount : 0,
        [(.source, index == 0 ? source : output), (.destination, output)])
    }
  }

  /// Functions of what a tensor holds, in its place.
  mutating func apply(
    _ functions: [ElementFunction], to tensor: Int, _ calls: [CallPath]
  ) throws {
    for function in functions {
      try add(
        primitives.primitive(.function(function, tensors[tensor].layout)), calls,
        [(.source, tensor), (.destination, tensor)])
    }
  }

  mutating func softmax(_ operation: Operation, axis: Int) throws {
    let value = operation.inputs[0]
    let layout = try Layout(rowMajor: lowered.shapes[value])
    let source = try tensor(of: value, in: layout, operation.calls)
    let output = place(layout, holding: operation.outputs[0], over: source)
    try add(
      primitives.primitive(.softmax(layout, axis: axis)), operation.calls,
      operationCount: operation.operationCount, [(.source, source), (.destination, output)])
  }

  /// Tensors that are joined along their outermost axis in memory are made where they are
  /// wanted; only what cannot be is copied.
  mutating func concatenation(_ operation: Operation, axis: Int) throws {
    let sources = operation.inputs.map { tensor(of: $0) }
    let primitive = try primitives.primitive(
      .concatenation(sources.map { tensors[$0].layout }, axis: axis))
    let layout = try primitive.layout(.destination)
    let output = place(layout, holding: operation.outputs[0])
    guard let slots = slices(of: layout, sources, axis: axis) else {
      return try add(
        primitive, operation.calls, operationCount: operation.operationCount,
        sources.enumerated().map { (.part($0), $1) } + [(.destination, output)])
    }
    for (slot, offset) in slots { embed(slot, in: output, offset: offset) }
  }

  /// The slots of tensors and where they belong in the tensor that joins them, or `nil` where one
  /// of them cannot lie there.
  private func slices(
    of layout: Layout, _ sources: [Int], axis: Int
  ) -> [(StoragePlan.Slot, offset: Int)]? {
    var index = 0
    var slots: [(StoragePlan.Slot, offset: Int)] = []
    var taken: Set<StoragePlan.Slot> = []
    for source in sources {
      let tensor = tensors[source]
      let slot = tensor.slot
      guard !plan.isPart(slot), taken.insert(slot).inserted,
        let offset = tensor.layout.offset(in: layout, axis: axis, index: index)
      else { return nil }
      slots.append((slot, offset))
      index += tensor.layout.sizes[axis]
    }
    return slots
  }

  mutating func reshape(_ operation: Operation) throws {
    let value = operation.inputs[0]
    let source = try tensor(
      of: value, in: Layout(rowMajor: lowered.shapes[value]), operation.calls)
    let layout = try Layout(rowMajor: lowered.shapes[operation.outputs[0]])
    record(
      Program.Tensor(layout: layout, slot: tensors[source].slot),
      holding: operation.outputs[0])
  }
}

#endif
