internal import OrderedCollections
internal import ModelGraph

/// What may be wrong with parts of a layer that have weights alike: projections, directions, heads.
extension SuspectCall {
  /// Parts of the layer with their weights exchanged: query and key, forward and backward.
  func exchangedParts() -> [Hypothesis] {
    let parts = OrderedSet(
      weights.keys.sorted().flatMap { role in
        // Each part that holds the weight, from the outermost.
        let names = role.split(separator: "/").dropLast()
        return names.indices.map { names[...$0].joined(separator: "/") }
      })
    guard parts.count <= Self.mostParts else { return [] }
    var hypotheses: [Hypothesis] = []
    for (place, one) in parts.enumerated() {
      for two in parts[(place + 1)...] where !two.hasPrefix(one + "/") {
        guard let changed = exchanging(one, two) else { continue }
        hypotheses.append(
          hypothesis(
            .weightRole, "\(one) and \(two) exchanged",
            fix: "exchange the weights of \(one) and \(two) in layer '\(node.name)'", changed))
      }
    }
    return hypotheses
  }

  /// Of more parts there are too many pairs to try.
  private static let mostParts = 16

  /// The weights of two parts, exchanged; `nil` where they are not alike.
  private func exchanging(_ one: String, _ two: String) -> [String: NDArray<Double>]? {
    var changed: [String: NDArray<Double>] = [:]
    func roles(in part: String) -> [String] {
      weights.keys.filter { $0.hasPrefix(part + "/") }.map { String($0.dropFirst(part.count + 1)) }
        .sorted()
    }
    let leaves = roles(in: one)
    guard !leaves.isEmpty, leaves == roles(in: two) else { return nil }
    for leaf in leaves {
      let (first, second) = ("\(one)/\(leaf)", "\(two)/\(leaf)")
      guard let a = weights[first], let b = weights[second], a.dimensions == b.dimensions else {
        return nil
      }
      (changed[first], changed[second]) = (b, a)
    }
    return changed
  }

  /// Heads whose numbers lie side by side, element by element, rather than one head after the other.
  func headOrders() -> [Hypothesis] {
    guard layer.itself is any HeadAttention else { return [] }
    let inward = ["query", "key", "value", "gate"]
    let choices: [(name: String, parts: [String])] = [
      ("all projections", inward + ["attention_output"]), ("query, key and value", inward),
      ("attention_output", ["attention_output"]), ("query", ["query"]), ("key", ["key"]),
      ("value", ["value"]),
    ]
    // Numbers that are element by element taken for head by head, and the other way round.
    let ways = [
      ("merged element by element", "head by head"), ("merged head by head", "element by element"),
    ]
    let sizes = weights["query/kernel"]?.dimensions.suffix(2) ?? []
    // As many heads as each has elements are the same both ways.
    return ways.prefix(Set(sizes).count).enumerated().flatMap { way, words in
      choices.map { name, parts in
        var hypothesis = Hypothesis(
          .weightOrder, "the heads of \(name) \(words.0)",
          fix: "reorder the weights of \(name) in layer '\(node.name)': \(words.1)", of: self)
        hypothesis.weights = { weights(withHeadsOf: parts, readByElement: way == 0) }
        return hypothesis
      }
    }
  }

  /// The weights with the heads and elements of some parts exchanged: read element by element, or written so.
  private func weights(
    withHeadsOf parts: [String], readByElement: Bool
  ) -> [String: NDArray<Double>] {
    var changed = weights
    for (role, weight) in weights where parts.contains(role.scope) {
      // Heads and their elements: the last two axes, of the output's kernel the first.
      let rank = weight.dimensions.count
      guard role.scope != "attention_output" || role.leaf == "kernel", rank > 1 else { continue }
      let place = role.scope == "attention_output" ? 0 : rank - 2
      var sizes = weight.dimensions
      sizes.swapAt(place, place + 1)
      var order = Array(0..<rank)
      order.swapAt(place, place + 1)
      changed[role] =
        readByElement
        ? weight.reshaped(sizes).transposed(order)
        : weight.transposed(order).reshaped(weight.dimensions)
    }
    return changed
  }

  /// Scores that are divided by another number.
  var scaledScores: [Hypothesis] {
    let heads = layer.itself is any HeadAttention
    guard heads || layer.itself is any DenseAttention else { return [] }
    let size =
      heads ? weights["query/kernel"]?.dimensions.last : inputs.first?.dimensions.last
    guard let size, size > 1 else { return [] }
    let root = Double(size).squareRoot()
    let usual = heads ? root : 1
    return [("the size of a key", Double(size)), ("the root of the size of a key", root), ("1", 1)]
      .filter { $0.1 != usual }.map { name, divisor in
        var hypothesis = Hypothesis(
          .formula, "scores divided by \(name)",
          fix: "multiply the queries of layer '\(node.name)' by \(short(usual / divisor))", of: self
        )
        if heads {
          hypothesis.weights = {
            var changed = self.weights
            for role in self.weights.keys where role.scope == "query" {
              changed[role] = self.weights[role]?.mapped { $0 * usual / divisor }
            }
            return changed
          }
        } else {
          hypothesis.inputs[0] = self.inputs[0].mapped { $0 * usual / divisor }
        }
        return hypothesis
      }
  }
}

extension String {
  /// The last part of a weight's role.
  var leaf: String { String(split(separator: "/").last ?? "") }

  /// What the weight belongs to in its layer: the role without its last part.
  var scope: String { split(separator: "/").dropLast().joined(separator: "/") }
}
