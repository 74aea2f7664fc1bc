#if OneDNN

internal import ResidualGraph

// Convolutions and products: what chooses layouts.
extension Compiler {
  mutating func convolution(
    _ operation: Operation, _ filters: Filters, _ window: WindowGeometry, channelAxis: Int
  ) throws {
    let shape = lowered.shapes[operation.outputs[0]]
    let order = ChannelOrder(rank: shape.count, channelAxis: channelAxis)
    let source = try Layout(any: order.ordered(lowered.shapes[operation.inputs[0]]))
    let destination = try Layout(any: order.ordered(shape))
    let weights = try Layout(any: filters.sizes)
    let bias = try filters.bias.map { try Layout(rowMajor: [$0.count]) }
    try sums(operation, filters, order) { followers throws(OneDNNError) in
      try Primitive(
        convolution: source, weights: weights, bias: bias, destination: destination,
        geometry: window, followers: followers)
    }
  }

  mutating func product(_ operation: Operation, _ filters: Filters) throws {
    let source = try Layout(rowMajor: lowered.shapes[operation.inputs[0]])
    let destination = try Layout(rowMajor: lowered.shapes[operation.outputs[0]])
    let weights = try Layout(any: filters.sizes)
    let bias = try filters.bias.map { try Layout(rowMajor: [$0.count]) }
    try sums(operation, filters, ChannelOrder(rank: 2, channelAxis: 1)) {
      followers throws(OneDNNError) in
      try Primitive(
        product: source, weights: weights, bias: bias, destination: destination,
        followers: followers)
    }
  }

  /// Adds a convolution or product, with all that follows it where the library has tuned code
  /// for that.
  private mutating func sums(
    _ operation: Operation, _ filters: Filters, _ order: ChannelOrder,
    _ create: ([Follower]) throws(OneDNNError) -> Primitive
  ) throws {
    let followers = operation.followers.map { follower -> Follower in
      switch follower {
      case .function(let function): .function(function)
      case .addition: .sum
      }
    }
    var primitive = try? create(followers)
    if primitive?.isUntuned ?? true, !followers.isEmpty,
      let bare = try? create([]), primitive == nil || !bare.isUntuned
    {
      return try separated(operation, filters, order, bare)
    }
    if primitive == nil { primitive = try create(followers) }
    guard let primitive else { return }
    let source = try tensor(
      of: operation.inputs[0], in: order.restored(primitive.layout(.source)), operation.calls)
    let layout = try order.restored(primitive.layout(.destination))
    let output: Int
    if let addend = operation.addend {
      output = try self.output(operation, layout, over: addend, avoiding: source)
    } else {
      output = place(layout, holding: operation.outputs[0])
    }
    try add(
      primitive, operation.calls, operationCount: operation.operationCount,
      [(.source, source), (.destination, output)], constants: weights(filters, primitive))
  }

  private func weights(_ filters: Filters, _ primitive: Primitive) throws -> [(Argument, Memory)] {
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
      return record(Program.Tensor(layout: layout, place: tensors[held].place), holding: value)
    }
    let output = place(layout, holding: value)
    try add(
      Primitive(from: layout, to: layout), operation.calls,
      [(.source, held), (.destination, output)])
    return output
  }

  /// The sums alone, and then each of what follows.
  private mutating func separated(
    _ operation: Operation, _ filters: Filters, _ order: ChannelOrder, _ primitive: Primitive
  ) throws {
    let source = try tensor(
      of: operation.inputs[0], in: order.restored(primitive.layout(.source)), operation.calls)
    let layout = try order.restored(primitive.layout(.destination))
    let value = operation.outputs[0]
    let output = place(layout, holding: value)
    try add(
      primitive, operation.calls, operationCount: operation.operationCount,
      [(.source, source), (.destination, output)], constants: weights(filters, primitive))
    for follower in operation.followers {
      switch follower {
      case .function(let function):
        try add(
          Primitive(function: function, layout), operation.calls,
          [(.source, output), (.destination, output)])
      case .addition(let addend):
        let held = try tensor(of: addend, in: layout, operation.calls)
        try add(
          Primitive(.add, layout, layout, destination: layout, followers: []), operation.calls,
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
