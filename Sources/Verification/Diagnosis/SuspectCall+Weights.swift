internal import OrderedCollections
internal import ModelGraph

/// What may be wrong with a layer's weights.
extension SuspectCall {
  /// The call with some of its weights changed.
  func hypothesis(
    _ mistake: Diagnosis.Mistake, _ difference: String, fix: String,
    _ changed: @autoclosure @escaping () -> [String: NDArray<Double>]?
  ) -> Hypothesis {
    var hypothesis = Hypothesis(mistake, difference, fix: fix, of: self)
    hypothesis.weights = { changed().map { weights.merging($0) { _, new in new } } }
    return hypothesis
  }

  /// Weights that are exchanged, missing, or another quantity than they should be.
  func weightRoles() -> [Hypothesis] {
    var hypotheses: [Hypothesis] = []
    for (one, two) in [
      ("gamma", "beta"), ("moving_mean", "moving_variance"), ("gamma", "moving_variance"),
      ("beta", "moving_mean"),
    ] {
      guard let first = weights[one], let second = weights[two] else { continue }
      hypotheses.append(
        hypothesis(
          .weightRole, "\(one) and \(two) exchanged",
          fix: "exchange \(one) and \(two) of layer '\(node.name)'", [one: second, two: first]))
    }
    if let variance = weights["moving_variance"] {
      hypotheses.append(
        hypothesis(
          .weightRole, "moving_variance squared: what the model holds is the standard deviation",
          fix: "square moving_variance of layer '\(node.name)'",
          ["moving_variance": variance.mapped { $0 * $0 }]))
      hypotheses.append(
        hypothesis(
          .weightRole, "the root of moving_variance, which is taken for the standard deviation",
          fix: "take the root of moving_variance of layer '\(node.name)'",
          ["moving_variance": variance.mapped { $0.squareRoot() }]))
    }
    for (role, neutral) in [("bias", 0.0), ("beta", 0), ("gamma", 1)] {
      guard let weight = weights[role] else { continue }
      hypotheses.append(
        hypothesis(
          .missingWeight, "no \(role)", fix: "set \(role) of layer '\(node.name)' to \(neutral)",
          [role: weight.mapped { _ in neutral }]))
    }
    return hypotheses
  }

  /// Kernels whose numbers are in the order of another program, mirrored, or with their channels
  /// the other way round.
  func weightOrders() -> [Hypothesis] {
    weights.filter { $0.value.dimensions.count > 1 }.sorted { $0.key < $1.key }
      .flatMap { role, kernel in
        Order.all(of: kernel.dimensions).map { order in
          hypothesis(
            .weightOrder, "\(role) \(order.name)",
            fix: "reorder \(role) of layer '\(node.name)': \(order.name)",
            [role: order.applied(to: kernel)])
        }
      }
  }

  /// The weights of each other layer that has such weights, all at once and one by one.
  func otherWeights() -> [Hypothesis] {
    let others = model.graph.allLayers.map(\.layer).filter { $0.name != node.name }
    let roles = weights.keys.sorted()
    let whole = others.filter { $0.kind == node.kind && has($0, roles) }.map { other in
      hypothesis(
        .otherWeights, "the weights of '\(other.name)'",
        fix: "give layer '\(node.name)' the weights that '\(other.name)' has",
        weights(of: other, roles))
    }
    guard roles.count > 1 else { return whole }
    return whole
      + roles.flatMap { role in
        others.filter { has($0, [role]) }.map { other in
          hypothesis(
            .otherWeights, "\(role) of '\(other.name)'",
            fix: "give layer '\(node.name)' the \(role) that '\(other.name)' has",
            weights(of: other, [role]))
        }
      }
  }

  /// A constant that is added to each channel, where there are elements enough to tell one.
  func otherBias() -> [Hypothesis] {
    let role = ["bias", "beta"].first { weights[$0] != nil }
    let function = try? ActivationFunction(layer.attributes)
    // A ReLU shows what it lets through.
    let isCut = function == .relu()
    guard continuation == nil,
      isCut || function == .linear || layer.attributes["activation"] == nil,
      role != nil || weights["kernel"] != nil || weights["depthwise_kernel"] != nil,
      let linear = isCut
        ? self.layer(with: ActivationFunction.linear.attributes(), without: "activation") : layer,
      let definition = linear.definition(on: inputs, Parameters(weights)),
      case let made = definition.values(inputs, Parameters(weights)), made.indices.contains(output)
    else { return [] }
    let found = made[output]
    let golden = standard.array
    let isFirst = layer.attributes["data_format"] == .string("channels_first")
    let axis = isFirst ? 1 : found.dimensions.count - 1
    guard found.dimensions == golden.dimensions, found.dimensions.indices.contains(axis) else {
      return []
    }
    let (channels, inner) = (
      found.dimensions[axis], found.dimensions[(axis + 1)...].reduce(1, *)
    )
    let isLost = role.flatMap { weights[$0] }.map { $0.elements.allSatisfy { $0 == 0 } } ?? false
    let perChannel = channels > 0 ? found.elements.count / channels : 0
    guard perChannel > 1 || isLost && perChannel == 1 else { return [] }
    var shift = [Double](repeating: 0, count: channels)
    var seen = [Double](repeating: 0, count: channels)
    for index in found.elements.indices where !isCut || golden.elements[index] > 0 {
      shift[index / inner % channels] += golden.elements[index] - found.elements[index]
      seen[index / inner % channels] += 1
    }
    for channel in shift.indices { shift[channel] /= max(1, seen[channel]) }
    let name =
      perChannel == 1
      ? "a \(role ?? "bias"), which one sample cannot prove,"
      : role.map { "another \($0)," } ?? "a bias,"
    var hypothesis = hypothesis(
      .missingWeight, "\(name) from \(short(shift.min() ?? 0)) to \(short(shift.max() ?? 0)) more",
      fix: "give layer '\(node.name)' the \(role ?? "bias") that it had", [:])
    hypothesis.layer = linear
    hypothesis.follower = { result in
      var moved = result
      for index in moved.elements.indices {
        moved.elements[index] += shift[index / inner % channels]
        if isCut { moved.elements[index] = max(0, moved.elements[index]) }
      }
      return moved
    }
    return [hypothesis]
  }

  /// Whether another layer has weights of the same shapes for some roles.
  private func has(_ other: LayerNode, _ roles: [String]) -> Bool {
    roles.allSatisfy { role in
      other.parameters[role].flatMap { model.tensors[$0]?.dimensions } == weights[role]?.dimensions
    }
  }

  /// The weights of another layer for some roles; `nil` where they are the same numbers, which
  /// explain nothing.
  private func weights(
    of other: LayerNode, _ roles: [String]
  ) -> [String: NDArray<Double>]? {
    var found: [String: NDArray<Double>] = [:]
    for role in roles {
      guard let name = other.parameters[role],
        let array = try? model.tensors[name]?.array(Double.self)
      else { return nil }
      found[role] = array
    }
    return found.contains { weights[$0.key] != $0.value } ? found : nil
  }
}

/// Another order of the numbers of a kernel.
private enum Order {
  case reversed(axes: [Int], name: String)
  /// The numbers were written with these axes, outermost first.
  case permuted([Int])

  /// All orders that are likely for a kernel of this shape: its last axes are inputs and filters.
  static func all(of shape: [Int]) -> [Order] {
    let rank = shape.count
    var orders: [Order] = []
    if rank > 2 {
      let spatial = Array(0..<(rank - 2))
      orders.append(.reversed(axes: spatial, name: "mirrored along its spatial axes"))
      for axis in spatial where rank > 3 {
        orders.append(.reversed(axes: [axis], name: "mirrored along axis \(axis)"))
      }
    }
    orders.append(.reversed(axes: [rank - 2], name: "with its input channels reversed"))
    orders.append(.reversed(axes: [rank - 1], name: "with its filters reversed"))
    guard rank <= letters.count else { return orders }
    // Axes of one element do not matter: of orders that are the same without them, the first is
    // named, PyTorch's before all others.
    var known = [essential(Array(0..<rank), shape)]
    let torch = [rank - 1, rank - 2] + (0..<(rank - 2))
    for axes in [torch] + permutations(of: rank) where !known.contains(essential(axes, shape)) {
      known.append(essential(axes, shape))
      orders.append(.permuted(axes))
    }
    return orders
  }

  /// The axes that have more than one element.
  private static func essential(_ axes: [Int], _ shape: [Int]) -> [Int] {
    axes.filter { shape[$0] > 1 }
  }

  var name: String {
    switch self {
    case .reversed(_, let name): name
    case .permuted(let axes):
      "read in the order "
        + String(axes.map { Self.letters.suffix(axes.count)[Self.letters.count - axes.count + $0] })
    }
  }

  func applied(to kernel: NDArray<Double>) -> NDArray<Double> {
    switch self {
    case .reversed(let axes, _): return kernel.reversed(along: axes)
    case .permuted(let axes):
      var back = axes
      for (place, axis) in axes.enumerated() { back[axis] = place }
      return kernel.reshaped(axes.map { kernel.dimensions[$0] }).transposed(back)
    }
  }

  /// Height, width, inputs and outputs: what programs call a kernel's axes.
  private static let letters = Array("HWIO")
}
