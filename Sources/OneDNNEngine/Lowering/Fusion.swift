#if OneDNN

internal import ModelGraph

/// Makes fewer operations of a model's, with the same result but for rounding.
struct Fusion {
  private var lowered: LoweredModel
  /// The operations; those that became part of another are gone.
  private var operations: [Operation?]
  /// The operation that makes each tensor.
  private var producers: [Int: Int] = [:]
  /// How often each tensor is read.
  private var readCounts: [Int]

  /// The fused form of a model.
  static func fused(_ lowered: LoweredModel) -> LoweredModel {
    var fusion = Fusion(lowered)
    fusion.removeIdentities()
    fusion.sinkReshapes()
    fusion.foldPadding()
    fusion.foldAffine()
    fusion.mergeGates()
    fusion.appendFunctions()
    fusion.appendAdditions()
    fusion.appendFunctions()
    fusion.lowered.operations = fusion.operations.compactMap(\.self)
    return fusion.lowered
  }

  private init(_ lowered: LoweredModel) {
    self.lowered = lowered
    operations = lowered.operations
    readCounts = lowered.readCounts
    for (index, operation) in lowered.operations.enumerated() {
      for output in operation.outputs { producers[output] = index }
    }
  }

  /// The operation that makes a tensor which nothing else reads.
  private func soleProducer(of value: Int) -> (index: Int, operation: Operation)? {
    guard readCounts[value] == 1, let index = producers[value], let operation = operations[index]
    else { return nil }
    return (index, operation)
  }

  /// Lets an operation make what another made of its result.
  private mutating func merge(
    _ first: Int, into second: Int, as merged: Operation, calls: [CallPath], count: Int
  ) {
    var merged = merged
    merged.calls += calls.filter { !merged.calls.contains($0) }
    merged.operationCount += count
    operations[first] = nil
    operations[second] = merged
    for output in merged.outputs { producers[output] = second }
  }
}

// MARK: - What is not computed at all

extension Fusion {
  private mutating func removeIdentities() {
    var names: [Int: Int] = [:]
    func current(_ value: Int) -> Int { names[value] ?? value }
    for index in operations.indices {
      guard var operation = operations[index] else { continue }
      operation.inputs = operation.inputs.map(current)
      operations[index] = operation
      if let same = same(as: operation) {
        names[operation.outputs[0]] = same
        operations[index] = nil
      }
    }
    lowered.outputs = lowered.outputs.map(current)
    removeUnread()
    lowered.operations = operations.compactMap(\.self)
    self = Fusion(lowered)
  }

  /// The tensor that an operation makes again, if it does.
  private func same(as operation: Operation) -> Int? {
    switch operation.kind {
    case .identity: return operation.inputs[0]
    case .reversal(let axis, _):
      guard let producer = producers[operation.inputs[0]], let first = operations[producer],
        case .reversal(axis, _) = first.kind
      else { return nil }
      return first.inputs[0]
    default: return nil
    }
  }

  /// A recurrence makes by itself what the products before it would, and reverses what it makes.
  private mutating func removeUnread() {
    lowered.operations = operations.compactMap(\.self)
    var counts = lowered.readCounts
    for index in operations.indices.reversed() {
      guard let operation = operations[index], operation.isOptional,
        operation.outputs.allSatisfy({ counts[$0] == 0 })
      else { continue }
      for value in operation.reads { counts[value] -= 1 }
      operations[index] = nil
    }
  }

  /// What a product makes for all steps of a sequence is reshaped after the function of each element,
  /// or of each channel, so that the function follows the product.
  private mutating func sinkReshapes() {
    for index in operations.indices {
      guard var function = operations[index],
        let (first, found) = soleProducer(of: function.inputs[0]), case .reshape = found.kind
      else { continue }
      let before = lowered.shapes[found.inputs[0]]
      let after = lowered.shapes[found.outputs[0]]
      switch function.kind {
      case .functions: break
      case .affine(let affine, after.count - 1) where before.count > 1 && before.last == after.last:
        function.kind = .affine(affine, axis: before.count - 1)
      default: continue
      }
      var reshape = found
      lowered.shapes[reshape.outputs[0]] = lowered.shapes[reshape.inputs[0]]
      (function.inputs, function.outputs, reshape.inputs, reshape.outputs) = (
        reshape.inputs, reshape.outputs, reshape.outputs, function.outputs
      )
      operations[first] = function
      operations[index] = reshape
      producers[function.outputs[0]] = first
      producers[reshape.outputs[0]] = index
    }
  }

  /// Zeros around an image are part of the window that moves over it.
  private mutating func foldPadding() {
    for index in operations.indices {
      guard let operation = operations[index], operation.inputs.count == 1,
        let padding = producers[operation.inputs[0]], let padder = operations[padding],
        case .padding(let amounts, let channelAxis, _) = padder.kind
      else { continue }
      var folded = operation
      switch operation.kind {
      case .convolution(let filters, let window, channelAxis) where filters.form != .transposed:
        folded.kind = .convolution(filters, window.padded(amounts), channelAxis: channelAxis)
      case .pooling(.maximum, let kernel, let window, channelAxis)
      where isNonNegative(padder.inputs[0]) && window.takes(amounts, kernel: kernel):
        folded.kind = .pooling(
          .maximum, kernel: kernel, window.padded(amounts), channelAxis: channelAxis)
      case .pooling(.mean, let kernel, let window, channelAxis)
      where !window.isPadded && window.takes(amounts, kernel: kernel):
        folded.kind = .pooling(
          .meanWithZeros, kernel: kernel, window.padded(amounts), channelAxis: channelAxis)
      default: continue
      }
      let value = padder.outputs[0]
      folded.inputs = padder.inputs
      folded.calls = padder.calls + operation.calls
      operations[index] = folded
      readCounts[value] -= 1
      if readCounts[value] == 0 {
        operations[padding] = nil
      } else {
        readCounts[padder.inputs[0]] += 1
      }
    }
  }

  /// Whether a tensor has no negative element, so that a zero beside it is never the largest alone.
  private func isNonNegative(_ value: Int) -> Bool {
    guard let producer = producers[value], let operation = operations[producer] else {
      return false
    }
    guard case .function(let function)? = operation.followers.last else { return false }
    return function.isReLU || (function.kind == .clip && function.alpha >= 0)
  }
}

extension WindowGeometry {
  fileprivate var isPadded: Bool { (before + after).contains { $0 != 0 } }

  fileprivate func padded(_ amounts: [Int]) -> WindowGeometry {
    var padded = self
    for axis in strides.indices {
      padded.before[axis] += amounts[2 * axis]
      padded.after[axis] += amounts[2 * axis + 1]
    }
    return padded
  }

  /// Whether every pool sees something of the image where zeros are put around it.
  fileprivate func takes(_ amounts: [Int], kernel: [Int]) -> Bool {
    let padded = padded(amounts)
    return kernel.indices.allSatisfy {
      padded.before[$0] < kernel[$0] && padded.after[$0] < kernel[$0]
    }
  }
}

// MARK: - What is folded into weights, or follows

extension Fusion {
  /// What scales and shifts each filter's sums becomes part of the filter.
  private mutating func foldAffine() {
    for index in operations.indices {
      guard let operation = operations[index], case .affine(let affine, let axis) = operation.kind,
        let (first, producer) = soleProducer(of: operation.inputs[0]),
        producer.followers.isEmpty
      else { continue }
      var folded = producer
      switch producer.kind {
      case .convolution(let filters, let window, axis):
        let filters = filters.folding(affine, name: "\(operation.calls[0])")
        guard filters.isFinite else { continue }
        folded.kind = .convolution(filters, window, channelAxis: axis)
      case .product(let filters) where axis == 1:
        let filters = filters.folding(affine, name: "\(operation.calls[0])")
        guard filters.isFinite else { continue }
        folded.kind = .product(filters)
      case .affine(let before, axis):
        let both = before.followed(by: affine)
        guard both.isFinite else { continue }
        folded.kind = .affine(both, axis: axis)
      default: continue
      }
      folded.outputs = operation.outputs
      folded.followers = operation.followers
      merge(
        first, into: index, as: folded, calls: operation.calls, count: operation.operationCount)
    }
  }

  /// `x·f(x)` is one function where the library has it: a gate that a network writes out.
  private mutating func mergeGates() {
    for index in operations.indices {
      guard let product = operations[index], case .combination(.multiply) = product.kind else {
        continue
      }
      for (x, gate) in [product.inputs, product.inputs.reversed()].map({ ($0[0], $0[1]) }) {
        let chain = functions(from: x, to: gate)
        guard let function = ElementFunction(gate: chain.flatMap(\.operation.elementFunctions))
        else { continue }
        var merged = product
        merged.kind = .functions
        merged.inputs = [x]
        merged.followers = [.function(function)]
        for (first, operation) in chain {
          merge(
            first, into: index, as: merged, calls: operation.calls,
            count: operation.operationCount)
          merged = operations[index] ?? merged
        }
        readCounts[x] -= 1
        break
      }
    }
  }

  /// The functions, one after the other, that make one tensor of another and nothing else.
  private func functions(
    from first: Int, to last: Int
  ) -> [(index: Int, operation: Operation)] {
    var chain: [(index: Int, operation: Operation)] = []
    var value = last
    while value != first, chain.count < ElementFunction.longestGate,
      let (index, operation) = soleProducer(of: value), case .functions = operation.kind
    {
      chain.insert((index, operation), at: 0)
      value = operation.inputs[0]
    }
    return value == first ? chain : []
  }

  /// As many as oneDNN takes with room to spare, and as any network has: each that is appended is
  /// held against all that are there.
  private static let maximumFollowerCount = 16

  /// Functions of each element are applied before the element is stored.
  private mutating func appendFunctions() {
    for index in operations.indices {
      guard let operation = operations[index], case .functions = operation.kind,
        let (first, producer) = soleProducer(of: operation.inputs[0])
      else { continue }
      switch producer.kind {
      // What follows a combination, oneDNN 2.6 computes wrongly in blocks of channels.
      case .convolution, .product, .contraction, .functions: break
      case .affine:
        // Only this function is part of a normalization.
        guard producer.followers.isEmpty, operation.followers.count == 1,
          case .function(let function) = operation.followers[0], function.isReLU
        else { continue }
      default: continue
      }
      var folded = producer
      folded.followers += operation.followers
      guard !folded.confusesFunctions, folded.followers.count <= Self.maximumFollowerCount else {
        continue
      }
      folded.outputs = operation.outputs
      merge(
        first, into: index, as: folded, calls: operation.calls, count: operation.operationCount)
    }
  }

  /// A convolution adds to what its destination holds: the residual sum costs nothing more.
  private mutating func appendAdditions() {
    for index in operations.indices {
      guard let sum = operations[index], case .combination(.add) = sum.kind,
        case let shapes = sum.inputs.map({ lowered.shapes[$0] }), shapes[0] == shapes[1],
        sum.inputs[0] != sum.inputs[1]
      else { continue }
      // The later one has the other at hand.
      let candidates = sum.inputs.compactMap { value in
        soleProducer(of: value).map { (value, $0.index, $0.operation) }
      }.filter { $0.2.takesAddition }.sorted { $0.1 > $1.1 }
      guard let (value, first, producer) = candidates.first,
        let other = sum.inputs.first(where: { $0 != value })
      else { continue }
      var folded = producer
      folded.followers += [.addition(other)] + sum.followers
      folded.outputs = sum.outputs
      merge(first, into: index, as: folded, calls: sum.calls, count: sum.operationCount)
    }
  }
}

extension Operation {
  /// Whether nothing is lost where nobody reads the result.
  fileprivate var isOptional: Bool {
    switch kind {
    case .product, .reshape, .reversal, .moments: true
    default: false
    }
  }

  /// Whether functions of one kind with other numbers follow one primitive.
  ///
  /// oneDNN 2.6 then takes the numbers of one of them for all. Functions alone are a primitive each.
  fileprivate var confusesFunctions: Bool {
    if case .functions = kind { return false }
    let functions = followers.compactMap {
      if case .function(let function) = $0 { function } else { nil }
    }
    return Set(functions).count > Set(functions.map(\.kind)).count
  }

  /// Whether a tensor can be added before the result is stored.
  fileprivate var takesAddition: Bool {
    switch kind {
    case .convolution, .product: followers.isEmpty
    default: false
    }
  }
}

#endif
