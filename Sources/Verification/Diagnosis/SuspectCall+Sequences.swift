internal import OrderedCollections
internal import ModelGraph

/// What may be wrong with recurrent layers: their gates, directions and resets.
extension SuspectCall {
  /// Sequences the other way round.
  func stepOrders() -> [Hypothesis] {
    var hypotheses: [Hypothesis] = []
    for (key, value) in layer.attributes.values where key.lastPart == "go_backwards" {
      guard case .bool(let isBackwards) = value,
        let changed = hypothesis(.setting, key, .bool(!isBackwards))
      else { continue }
      hypotheses.append(changed)
    }
    guard layer.itself is any RecurrentLayer || layer.itself is Bidirectional,
      let axes = inputs.first?.dimensions.count, axes > 2
    else { return hypotheses }
    let isLast = layer.attributes["return_sequences"] == .bool(false)
    if !isLast, shape.count > 2 {
      var reversed = Hypothesis(
        .stepOrder, "its outputs in the opposite order",
        fix: "reverse the outputs of layer '\(node.name)' along the steps", of: self)
      reversed.layer = layer.followed(at: output) { (value, definition) throws(ModelError) in
        try definition.reversed(value, along: [1])
      }
      hypotheses.append(reversed)
    }
    return hypotheses + backwardOutputs
  }

  /// What goes backwards, in the order in which it is computed.
  private var backwardOutputs: [Hypothesis] {
    guard let layer = layer.itself as? Bidirectional, layer.mergeMode == .concatenate,
      shape.count > 2, let size = shape.last
    else { return [] }
    var hypothesis = Hypothesis(
      .stepOrder, "the backward outputs in the order in which they are computed",
      fix: "reverse the backward half of the outputs of layer '\(node.name)' along the steps",
      of: self)
    hypothesis.layer = self.layer.followed(at: output) { (value, definition) throws(ModelError) in
      let rank = value.shape.rank
      var (before, after) = (
        Array(repeating: 0, count: rank), Array(repeating: 0, count: rank)
      )
      after[rank - 1] = -size / 2
      let ahead = try definition.padding(value, before: before, after: after)
      (before[rank - 1], after[rank - 1]) = (-(size - size / 2), 0)
      let back = try definition.reversed(
        definition.padding(value, before: before, after: after), along: [1])
      return try definition.concatenation([ahead, back], axis: rank - 1)
    }
    return [hypothesis]
  }

  /// The gates' weights in the orders of other programs.
  func gateOrders() -> [Hypothesis] {
    let gated = gatedWeights
    guard let count = Set(gated.values).first, Set(gated.values).count == 1,
      let letters = Self.gates[count]
    else { return [] }
    return permutations(of: count).filter { $0 != Array(0..<count) }.map { order in
      // What is found at each place: the gate that another program has there.
      let name = order.map { String(letters[$0]) }.joined(separator: ", ")
      return hypothesis(
        .weightOrder, "its gates read in the order \(name)",
        fix: "reorder the gates of layer '\(node.name)': its weights have them in the order "
          + "\(name), not \(letters.map { String($0) }.joined(separator: ", "))",
        weights.filter { gated[$0.key] != nil }.mapValues { weight in
          weight.blocks(count) { gate in order.firstIndex(of: gate) ?? 0 }
        })
    }
  }

  /// What the gates are called, in Keras's order.
  private static let gates: [Int: [Character]] = [4: Array("ifco"), 3: Array("zrh")]

  /// The weights that have a part for each gate along their last axis, and how many.
  private var gatedWeights: [String: Int] {
    var gated: [String: Int] = [:]
    for (role, weight) in weights where role.leaf == "recurrent_kernel" {
      let sizes = weight.dimensions
      guard sizes.count > 1, case let units = sizes[sizes.count - 2], units > 0,
        case let width = sizes[sizes.count - 1], width.isMultiple(of: units)
      else { continue }
      for (other, weight) in weights
      where other.scope == role.scope && weight.dimensions.last == width {
        gated[other] = width / units
      }
    }
    return gated.filter { $0.value > 1 }
  }

  /// Gated recurrent units whose reset is applied elsewhere, or whose biases are others.
  func resets() -> [Hypothesis] {
    var hypotheses: [Hypothesis] = []
    let flags = layer.attributes.values.filter { $0.key.lastPart == "reset_after" }
    guard case .bool(let isAfter)? = flags.values.first else { return [] }
    let biases = weights.filter { $0.key.leaf == "bias" }
    let others = Attributes(flags.mapValues { _ in .bool(!isAfter) })
    if let changed = layer(with: others) {
      var hypothesis = hypothesis(
        .setting, "reset_after \(!isAfter)",
        fix: "set 'reset_after' of layer '\(node.name)' to \(!isAfter)",
        biases.mapValues { isAfter ? $0.rowsAdded : $0.withRowOfZeros })
      hypothesis.layer = changed
      hypotheses.append(hypothesis)
    }
    guard isAfter, !biases.isEmpty else { return hypotheses }
    let choices: [(String, String, (NDArray<Double>) -> NDArray<Double>)] = [
      (
        "its two biases exchanged", "exchange the rows of the bias", { $0.reversed(along: [0]) }
      ),
      (
        "both its biases in the input's", "add the second row of the bias to the first",
        { $0.rowsAdded.withRowOfZeros }
      ),
      (
        "both its biases in the state's", "add the first row of the bias to the second",
        { $0.rowsAdded.withRowOfZeros.reversed(along: [0]) }
      ),
    ]
    return hypotheses
      + choices.map { name, fix, change in
        hypothesis(
          .weightRole, name, fix: "\(fix) of layer '\(node.name)'", biases.mapValues(change))
      }
  }

  /// Gated recurrent units whose update gate says how much is new, not how much is kept.
  var updatesTheOtherWay: [Hypothesis] {
    let gated = gatedWeights
    let gates = layer.attributes.values.filter { $0.key.lastPart == "recurrent_activation" }.values
    guard Set(gated.values) == [3],
      layer.attributes.values.contains(where: { $0.key.lastPart == "reset_after" }),
      gates.allSatisfy({ [.string("sigmoid"), .string("hard_sigmoid")].contains($0) })
    else { return [] }
    // Of sigmoids, 1 - z is that of the opposite sum.
    return [
      hypothesis(
        .formula, "an update gate of what is new, not of what is kept",
        fix: "negate the weights of the update gate of layer '\(node.name)'",
        weights.filter { gated[$0.key] != nil }.mapValues { $0.negatingBlock(0, of: 3) })
    ]
  }
}

// MARK: - Parts of weights

extension NDArray<Double> {
  /// The array with the equal parts of its last axis in another order.
  ///
  /// - Parameter source: Which part comes to each place.
  fileprivate func blocks(_ count: Int, from source: (Int) -> Int) -> NDArray {
    guard let width = dimensions.last, width > 0, width.isMultiple(of: count) else { return self }
    let size = width / count
    var changed = self
    for row in stride(from: 0, to: elements.count, by: width) {
      for block in 0..<count {
        let start = row + source(block) * size
        changed.elements.replaceSubrange(
          row + block * size..<row + (block + 1) * size, with: elements[start..<start + size])
      }
    }
    return changed
  }

  fileprivate func negatingBlock(_ block: Int, of count: Int) -> NDArray {
    guard let width = dimensions.last, width > 0, width.isMultiple(of: count) else { return self }
    let size = width / count
    var changed = self
    for index in elements.indices where index % width / size == block {
      changed.elements[index] = -elements[index]
    }
    return changed
  }

  /// The sum of the rows of a matrix.
  fileprivate var rowsAdded: NDArray {
    guard dimensions.count == 2, let width = dimensions.last else { return self }
    var sum = NDArray(repeating: 0, [width])
    for index in elements.indices { sum.elements[index % width] += elements[index] }
    return sum
  }

  /// A vector as the first row of a matrix whose second is zeros.
  fileprivate var withRowOfZeros: NDArray {
    NDArray([2, elements.count], elements + elements.map { _ in 0 })
  }
}
