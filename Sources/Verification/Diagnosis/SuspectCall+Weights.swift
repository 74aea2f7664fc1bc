internal import OrderedCollections
internal import ResidualGraph

/// What may be wrong with a layer's weights.
extension SuspectCall {
  /// The call with some of its weights changed.
  private func hypothesis(
    _ mistake: Diagnosis.Mistake, _ difference: String, fix: String,
    _ changed: [String: NDArray<Double>]
  ) -> Hypothesis {
    var hypothesis = Hypothesis(mistake, difference, fix: fix, of: self)
    hypothesis.parameters = Parameters(weights.merging(changed) { _, new in new })
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
      .flatMap { role, kernel -> [Hypothesis] in
        orders(of: kernel).map { order in
          hypothesis(
            .weightOrder, "\(role) \(order.name)",
            fix: "reorder \(role) of layer '\(node.name)': \(order.name)", [role: order.kernel])
        }
      }
  }

  private func orders(
    of kernel: NDArray<Double>
  ) -> [(name: String, kernel: NDArray<Double>)] {
    let rank = kernel.dimensions.count
    let letters = Array("HWIO".suffix(rank))
    var orders: [(String, NDArray<Double>)] = []
    if rank > 2 {
      let spatial = Array(0..<(rank - 2))
      orders.append(("mirrored along its spatial axes", kernel.reversed(along: spatial)))
      for axis in spatial where rank > 3 {
        orders.append(("mirrored along axis \(axis)", kernel.reversed(along: [axis])))
      }
    }
    orders.append(("with its input channels reversed", kernel.reversed(along: [rank - 2])))
    orders.append(("with its filters reversed", kernel.reversed(along: [rank - 1])))
    guard rank <= letters.count else { return orders }
    for permutation in Self.permutations(of: rank) where permutation != Array(0..<rank) {
      // The numbers were written with these axes, in this order.
      let stored = permutation.map { kernel.dimensions[$0] }
      let name = String(permutation.map { letters[$0] })
      var back = permutation
      for (place, axis) in permutation.enumerated() { back[axis] = place }
      orders.append(
        ("read in the order \(name)", kernel.reshaped(stored).transposed(back)))
    }
    return orders
  }

  private static func permutations(of count: Int) -> [[Int]] {
    guard count > 0 else { return [[]] }
    return permutations(of: count - 1).flatMap { smaller in
      (0...smaller.count).map { place in
        var larger = smaller
        larger.insert(count - 1, at: place)
        return larger
      }
    }
  }

  /// The weights of each other layer that has such weights, all at once and one by one.
  func otherWeights() -> [Hypothesis] {
    let nodes = model.graph.allLayers.map(\.layer).filter { $0.name != node.name }
    var hypotheses: [Hypothesis] = []
    for other in nodes where other.kind == node.kind {
      guard let changed = weights(of: other, roles: Array(weights.keys)), changed != weights else {
        continue
      }
      hypotheses.append(
        hypothesis(
          .otherWeights, "the weights of '\(other.name)'",
          fix: "give layer '\(node.name)' the weights that '\(other.name)' has", changed))
    }
    guard weights.count > 1 else { return hypotheses }
    for role in weights.keys.sorted() {
      for other in nodes {
        guard let changed = weights(of: other, roles: [role]), changed[role] != weights[role]
        else { continue }
        hypotheses.append(
          hypothesis(
            .otherWeights, "\(role) of '\(other.name)'",
            fix: "give layer '\(node.name)' the \(role) that '\(other.name)' has", changed))
      }
    }
    return hypotheses
  }

  /// The weights of another layer for some roles; `nil` where one is missing or of another shape.
  private func weights(of other: LayerNode, roles: [String]) -> [String: NDArray<Double>]? {
    var found: [String: NDArray<Double>] = [:]
    for role in roles {
      guard let name = other.parameters[role], let tensor = model.tensors[name],
        tensor.dimensions == weights[role]?.dimensions,
        let array = try? tensor.array(Double.self)
      else { return nil }
      found[role] = array
    }
    return found
  }
}
