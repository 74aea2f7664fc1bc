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
    let value = operation.inputs[0]
    let (primitive, layout) = try normalization(
      of: value, axis: axis, thenReLU: !operation.followers.isEmpty)
    let source = try tensor(of: value, in: layout, operation.calls)
    if axis == layout.rank - 1, layout.rank > 2, layout.isRowMajor, !primitive.isVectorized,
      try normalization(ofRows: operation, affine, from: source)
    {
      return
    }
    let output = place(layout, holding: operation.outputs[0], over: source)
    try add(
      primitive, operation.calls, operationCount: operation.operationCount,
      [(.source, source), (.destination, output)],
      constants: numbers(of: affine))
  }

  /// What normalizes a tensor as it lies, or in rows where the library is tuned for these alone: blocks of
  /// another axis than that of the numbers are nothing to it.
  private func normalization(
    of value: Int, axis: Int, thenReLU: Bool
  ) throws -> (DNNPrimitive, Layout) {
    func create(_ layout: Layout) throws -> DNNPrimitive {
      let order = ChannelOrder(rank: layout.rank, channelAxis: axis)
      return try primitives.primitive(.normalization(order.ordered(layout), thenReLU: thenReLU))
    }
    let layout = tensors[tensor(of: value)].layout
    // With vectors of 8, oneDNN 2.6 makes what is no number of channels that a block does not have, and
    // products multiply it with zeros.
    let asItLies = layout.hasWholeBlocks ? try? create(layout) : nil
    if let asItLies, !asItLies.isUntuned { return (asItLies, layout) }
    let rows = try Layout(rowMajor: lowered.shapes[value])
    let inRows = try create(rows)
    if let asItLies, inRows.isUntuned { return (asItLies, layout) }
    return (inRows, rows)
  }

  /// The same for few channels side by side, which fill no vector: in rows of all pixels of a line, each
  /// element has its own numbers.
  ///
  /// - Returns: Whether there is tuned code for it.
  private mutating func normalization(
    ofRows operation: Operation, _ affine: Affine, from source: Int
  ) throws -> Bool {
    let layout = tensors[source].layout
    let width = layout.sizes[layout.rank - 2]
    let sizes = [1, layout.sizes.dropLast(2).reduce(1, *), width * affine.scale.count]
    let (lines, line) = (try Layout(rowMajor: sizes), [1, 1, sizes[2]])
    let parts: [(Combination, [Double], neutral: Double)] = [
      (.subtract, affine.mean, 0), (.multiply, affine.scale, 1), (.add, affine.shift, 0),
    ]
    let needed = try parts.filter { part in part.1.contains { $0 != part.neutral } }.map { part in
      let primitive = try primitives.primitive(
        .combination(part.0, lines, Layout(rowMajor: line), destination: lines))
      let numbers = Array(repeatElement(part.1, count: width).joined())
      return (primitive, Constant(sizes: line, numbers: numbers))
    }
    guard !needed.isEmpty, lines.hasWholeVectors, needed.allSatisfy({ !$0.0.isUntuned }) else {
      return false
    }
    let output = place(layout, holding: operation.outputs[0], over: source)
    for (index, (primitive, constant)) in needed.enumerated() {
      try add(
        primitive, operation.calls,
        operationCount: index == 0 ? operation.operationCount : 0,
        [(.source, index == 0 ? source : output), (.destination, output)],
        constants: [(.secondSource, Memory(constant, in: Layout(rowMajor: line)))])
    }
    try apply(operation.elementFunctions, to: output, operation.calls)
    return true
  }

  /// A factor and a summand as a normalization takes them.
  func numbers(of affine: Affine) throws -> [(Argument, Memory)] {
    [
      (.mean, try constants.row(affine.mean)),
      (.variance, try constants.row(affine.scale.map { _ in 1 })),
      (.scale, try constants.row(affine.scale)), (.shift, try constants.row(affine.shift)),
    ]
  }

  mutating func combination(_ operation: Operation, _ combination: Combination) throws {
    let left = tensor(of: operation.inputs[0])
    let (primitive, layout) = try self.combination(
      combination, left, lowered.shapes[operation.inputs[1]])
    let right = try tensor(of: operation.inputs[1], in: layout, operation.calls)
    let output = place(tensors[left].layout, holding: operation.outputs[0], over: left)
    try add(
      primitive, operation.calls, operationCount: operation.operationCount,
      [(.source, left), (.secondSource, right), (.destination, output)])
  }

  mutating func combination(
    _ operation: Operation, _ combination: Combination, with constant: Constant
  ) throws {
    let left = tensor(of: operation.inputs[0])
    let (primitive, layout) = try self.combination(combination, left, constant.sizes)
    let output = place(tensors[left].layout, holding: operation.outputs[0], over: left)
    try add(
      primitive, operation.calls, operationCount: operation.operationCount,
      [(.source, left), (.destination, output)],
      constants: [(.secondSource, try Memory(constant, in: layout))])
  }

  /// Combines a tensor, as it lies, with one of given sizes; and how that one has to lie.
  ///
  /// oneDNN has tuned code where the second lies as the first does, and is repeated along axes that
  /// it takes for those of an image.
  private func combination(
    _ combination: Combination, _ left: Int, _ sizes: [Int]
  ) throws -> (DNNPrimitive, Layout) {
    let layout = tensors[left].layout
    let isWhole = lowered.shapes[values[left]] == sizes
    if layout.rank > 2, !isWhole, layout.hasWholeVectors {
      for channelAxis in [layout.rank - 1, 1] {
        let order = ChannelOrder(rank: layout.rank, channelAxis: channelAxis)
        let first = try order.ordered(layout)
        if let second = try first.resized(order.ordered(sizes)),
          let primitive = try? primitives.primitive(
            .combination(combination, first, second, destination: first)),
          !primitive.isUntuned
        {
          return (primitive, try order.restored(second))
        }
      }
    }
    let second = isWhole ? layout : try Layout(rowMajor: sizes)
    return (
      try primitives.primitive(.combination(combination, layout, second, destination: layout)),
      second
    )
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

  mutating func transposition(
    _ operation: Operation, _ order: [Int], _ definition: Definition
  ) throws {
    let source = tensor(of: operation.inputs[0])
    let moved = try tensors[source].layout.permuted(order)
    let layout = try Layout(rowMajor: moved.sizes)
    if moved.isRowMajor {
      let same = Program.Tensor(layout: layout, slot: tensors[source].slot)
      record(same, holding: operation.outputs[0])
      return
    }
    let primitive = try primitives.primitive(.reorder(moved, to: layout))
    guard !primitive.isUntuned else { return try self.definition(operation, definition, [:]) }
    let output = place(layout, holding: operation.outputs[0])
    try add(
      primitive, operation.calls, operationCount: operation.operationCount,
      [(.source, source), (.destination, output)])
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
