#if OneDNN

internal import ModelGraph

// Convolutions and products: what chooses layouts.
extension Compiler {
  mutating func convolution(
    _ operation: Operation, _ filters: Filters, _ window: WindowGeometry, channelAxis: Int
  ) throws {
    let rank = lowered.shapes[operation.outputs[0]].count
    let order = ChannelOrder(rank: rank, channelAxis: channelAxis)
    if let (operation, filters, window) = try patched(operation, filters, window, order) {
      return try convolution(operation, filters, window, order)
    }
    try convolution(operation, filters, window, order)
  }

  private mutating func convolution(
    _ operation: Operation, _ filters: Filters, _ window: WindowGeometry, _ order: ChannelOrder
  ) throws {
    guard filters.form == .transposed else {
      return try sums(
        operation, filters, order, convolutions(operation, filters, window, order))
    }
    // oneDNN 2.6 adds a bias to a transposed convolution, and computes what follows, element by
    // element: slower than the sums.
    var products = filters
    products.bias = nil
    try separated(
      operation, products, order, convolutions(operation, products, window, order)([]),
      bias: filters.bias)
  }

  /// Makes a convolution with given followers, in blocks of channels or, where the library has no
  /// tuned code for those, in layouts of its own choice.
  private func convolutions(
    _ operation: Operation, _ filters: Filters, _ window: WindowGeometry, _ order: ChannelOrder
  ) throws -> ([Follower]) throws(OneDNNError) -> DNNPrimitive {
    let sizes = order.ordered(lowered.shapes[operation.inputs[0]])
    let newSizes = order.ordered(lowered.shapes[operation.outputs[0]])
    let (source, destination) = (try Layout(any: sizes), try Layout(any: newSizes))
    let blocks = (source: try Layout.inBlocks(sizes), destination: try Layout.inBlocks(newSizes))
    let weights = try Layout(any: filters.sizes)
    let bias = try filters.bias.map { try Layout(rowMajor: [$0.count]) }
    func create(
      _ source: Layout, _ destination: Layout, _ followers: [Follower]
    ) throws(OneDNNError) -> DNNPrimitive {
      try primitives.primitive(
        .convolution(
          source, weights: weights, bias: bias, destination: destination, window,
          isTransposed: filters.form == .transposed, followers))
    }
    return { followers throws(OneDNNError) in
      if blocks.source != nil || blocks.destination != nil,
        let blocked = try? create(
          blocks.source ?? source, blocks.destination ?? destination, followers),
        !blocked.isUntuned
      {
        return blocked
      }
      return try create(source, destination, followers)
    }
  }

  /// The same convolution as one of patches with a kernel of one element, and the step that makes
  /// the patches, where that is the faster way.
  private mutating func patched(
    _ operation: Operation, _ filters: Filters, _ window: WindowGeometry, _ order: ChannelOrder
  ) throws -> (Operation, Filters, WindowGeometry)? {
    let shape = order.ordered(lowered.shapes[operation.outputs[0]])
    guard shape.count == 4, shape[0] == 1, shape[2] * shape[3] <= Self.largestPatchedImage,
      let pointwise = filters.ofPatches,
      case let whole = try convolutions(operation, filters, window, order)([]),
      whole.implementation == "jit:avx2"
    else { return nil }
    let image = try tensor(
      of: operation.inputs[0], in: order.restored(whole.layout(.source)), operation.calls)
    let channels = pointwise.kernel.dimensions[2]
    var patched = operation
    patched.inputs = [value(order.restored([1, channels, shape[2], shape[3]]))]
    let still = WindowGeometry(
      strides: [1, 1], dilations: [1, 1], before: [0, 0], after: [0, 0])
    let layout = try convolutions(patched, pointwise, still, order)([]).layout(.source)
    guard
      let patches = Patches(
        image: try order.ordered(tensors[image].layout), patches: layout,
        kernel: Array(filters.kernel.dimensions.prefix(2)), window: window)
    else { return nil }
    let target = place(try order.restored(layout), holding: patched.inputs[0])
    add(patches, operation.calls, image: image, to: target)
    return (patched, pointwise, still)
  }

  /// The most pixels of an image whose patches are worth being laid out: up to 7 × 7 it was seen
  /// to be a quarter faster, from 14 × 14 on no more.
  private static let largestPatchedImage = 64

  mutating func product(_ operation: Operation, _ filters: Filters) throws {
    let source = try Layout(rowMajor: lowered.shapes[operation.inputs[0]])
    let destination = try Layout(rowMajor: lowered.shapes[operation.outputs[0]])
    let weights = try Layout(any: filters.sizes)
    let bias = try filters.bias.map { try Layout(rowMajor: [$0.count]) }
    let primitives = primitives
    try sums(operation, filters, ChannelOrder(rank: 2, channelAxis: 1)) {
      followers throws(OneDNNError) in
      try primitives.primitive(
        .product(source, weights: weights, bias: bias, destination: destination, followers))
    }
  }

  /// Adds a convolution or product, with all that follows it where the library has tuned code
  /// for that.
  private mutating func sums(
    _ operation: Operation, _ filters: Filters, _ order: ChannelOrder,
    _ create: ([Follower]) throws(OneDNNError) -> DNNPrimitive
  ) throws {
    let followers = operation.followers.map { follower -> Follower in
      switch follower {
      case .function(let function): .function(function)
      case .addition: .sum
      }
    }
    let primitive = try? create(followers)
    if primitive?.isUntuned ?? true, !followers.isEmpty,
      let bare = try? create([]), primitive == nil || !bare.isUntuned
    {
      return try separated(operation, filters, order, bare)
    }
    let chosen = try primitive ?? create(followers)
    let source = try tensor(
      of: operation.inputs[0], in: order.restored(chosen.layout(.source)), operation.calls)
    let layout = try order.restored(chosen.layout(.destination))
    let output: Int
    if let addend = operation.addend {
      output = try self.output(operation, layout, over: addend, avoiding: source)
    } else {
      output = place(layout, holding: operation.outputs[0])
    }
    try add(
      chosen, operation.calls, operationCount: operation.operationCount,
      [(.source, source), (.destination, output)], constants: weights(filters, chosen))
  }

  private func weights(_ filters: Filters, _ primitive: DNNPrimitive) throws -> [(Argument, Memory)]
  {
    let kernel = try constants.kernel(filters, in: primitive.layout(.weights))
    guard let bias = filters.bias else { return [(.weights, kernel)] }
    return [(.weights, kernel), (.bias, try constants.row(bias))]
  }

  /// A result that is added to what another tensor holds: in its place, or on a copy.
  private mutating func output(
    _ operation: Operation, _ layout: Layout, over addend: Int, avoiding source: Int
  ) throws -> Int {
    let held = try tensor(of: addend, in: layout, operation.calls)
    let value = operation.outputs[0]
    if isOverwritable(held), !overlap(held, source) {
      return record(Program.Tensor(layout: layout, slot: tensors[held].slot), holding: value)
    }
    let output = place(layout, holding: value)
    try add(
      primitives.primitive(.reorder(layout, to: layout)), operation.calls,
      [(.source, held), (.destination, output)])
    return output
  }

  /// The sums alone, and then each of what follows.
  ///
  /// - Parameter bias: What is added to them first, where it is no part of the filters.
  private mutating func separated(
    _ operation: Operation, _ filters: Filters, _ order: ChannelOrder, _ primitive: DNNPrimitive,
    bias: [Double]? = nil
  ) throws {
    let source = try tensor(
      of: operation.inputs[0], in: order.restored(primitive.layout(.source)), operation.calls)
    let layout = try order.restored(primitive.layout(.destination))
    let value = operation.outputs[0]
    let output = place(layout, holding: value)
    try add(
      primitive, operation.calls, operationCount: operation.operationCount,
      [(.source, source), (.destination, output)], constants: weights(filters, primitive))
    var followers = operation.followers[...]
    if let bias {
      let thenReLU =
        if case .function(let function)? = followers.first { function.isReLU } else { false }
      if thenReLU { followers.removeFirst() }
      try add(
        primitives.primitive(.normalization(order.ordered(layout), thenReLU: thenReLU)),
        operation.calls, [(.source, output), (.destination, output)],
        constants: numbers(of: Affine(scale: bias.map { _ in 1 }, shift: bias)))
    }
    for follower in followers {
      switch follower {
      case .function(let function): try apply([function], to: output, operation.calls)
      case .addition(let addend):
        let held = try tensor(of: addend, in: layout, operation.calls)
        try add(
          primitives.primitive(.combination(.add, layout, layout, destination: layout)),
          operation.calls,
          [(.source, output), (.secondSource, held), (.destination, output)])
      }
    }
  }
}

extension Operation {
  /// The tensor that is added to the result, if any.
  var addend: Int? {
    for case .addition(let value) in followers { return value }
    return nil
  }

  /// The functions that follow.
  var elementFunctions: [ElementFunction] {
    followers.compactMap { if case .function(let function) = $0 { function } else { nil } }
  }
}

#endif
