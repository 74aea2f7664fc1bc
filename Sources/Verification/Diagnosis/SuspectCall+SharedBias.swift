internal import ModelGraph

/// One bias where there were two: what each was cannot be read off the weights, and is fitted.
extension SuspectCall {
  /// Gated recurrent units that reset behind the product, with a bias of their own for the state's
  /// product, where the model has one bias for both.
  func sharedBiases() -> [Hypothesis] {
    guard continuation == nil, layer.maskCount == 0, let x = inputs.first else { return [] }
    var settings = Attributes()
    var changed: [String: NDArray<Double>] = [:]
    let states = Array(inputs.dropFirst())
    for unit in GatedUnit.all(in: layer.itself, on: x, making: standard.array, output: output) {
      guard states.isEmpty || states.count == 1 && unit.scope.isEmpty,
        let biases = unit.fitted(weights, from: states.first)
      else { continue }
      settings[unit.place + "reset_after"] = .bool(true)
      changed[unit.scope + "bias"] = biases
    }
    guard !changed.isEmpty, let after = self.layer(with: settings) else { return [] }
    var hypothesis = hypothesis(
      .weightRole, "a bias of the state's product beside the input's",
      fix: "give layer '\(node.name)' both its biases: what it has is their sum", changed)
    hypothesis.layer = after
    return [hypothesis]
  }
}

/// A gated recurrent unit, by itself or inside of another layer.
private struct GatedUnit {
  let layer: GRU
  /// What is before the names of its attributes.
  let place: String
  /// What is before the roles of its weights.
  let scope: String
  /// What it goes along, in that order.
  let sequence: NDArray<Double>
  /// What is recorded of it, in the order in which it is computed.
  let made: NDArray<Double>

  /// Those of a layer of which it is recorded what each makes.
  static func all(
    in layer: any Layer, on x: NDArray<Double>, making y: NDArray<Double>, output: Int,
    place: String = "", scope: String = ""
  ) -> [GatedUnit] {
    switch layer {
    case let layer as GRU:
      guard output == 0, x.dimensions.count == 3, !layer.recurrence.isTimeMajor else { return [] }
      let sequence = layer.recurrence.goesBackwards ? x.reversed(along: [1]) : x
      return [
        GatedUnit(layer: layer, place: place, scope: scope, sequence: sequence, made: y)
      ]
    case let layer as Bidirectional:
      guard let (ahead, back) = layer.directions(of: y, output: output) else { return [] }
      let isSequence = layer.forward.recurrence.returnsSequences
      let first = ahead.map {
        all(
          in: layer.forward, on: x, making: $0, output: 0, place: place + "layer.",
          scope: scope + "forward/")
      }
      let second = back.map {
        all(
          in: layer.backward, on: x, making: isSequence ? $0.reversed(along: [1]) : $0, output: 0,
          place: place + "backward_layer.", scope: scope + "backward/")
      }
      return (first ?? []) + (second ?? [])
    case let layer as TimeDistributed:
      guard x.dimensions.count > 3, y.dimensions.count > 2,
        x.dimensions.prefix(2) == y.dimensions.prefix(2)
      else { return [] }
      return all(
        in: layer.layer, on: x.stepsJoined, making: y.stepsJoined, output: output,
        place: place + "layer.", scope: scope)
    default: return []
    }
  }

  /// The two biases of which the model has the sum, fitted to what is recorded; `nil` where it has
  /// both already, or the recorded shows nothing of them.
  func fitted(
    _ weights: [String: NDArray<Double>], from state: NDArray<Double>?
  ) -> NDArray<Double>? {
    var own: [String: NDArray<Double>] = [:]
    for role in ["kernel", "recurrent_kernel", "bias"] { own[role] = weights[scope + role] }
    let units = layer.cell.units
    // Those of the gates only ever count together; of the candidate, the state's is not there.
    guard let bias = own["bias"], units > 0, bias.dimensions.last == 3 * units,
      bias.elements.dropFirst(5 * units).allSatisfy({ $0 == 0 }),
      let fit = BiasFit(self, own, from: state)
    else { return nil }
    return fit.biases
  }
}

/// The bias of the state's product by Newton's steps.
private struct BiasFit {
  private let layer: any Layer
  private let weights: [String: NDArray<Double>]
  private let inputs: [NDArray<Double>]
  private let recorded: [Double]
  private let units: Int
  /// What is the state's of the candidate's bias.
  private var state: [Double]

  /// Fits it; `nil` where nothing is shown of it, or it takes too long.
  init?(_ unit: GatedUnit, _ weights: [String: NDArray<Double>], from first: NDArray<Double>?) {
    let x = unit.sequence.dimensions
    let (items, steps) = (x[0], x[1])
    units = unit.layer.cell.units
    let isSequence = unit.layer.recurrence.returnsSequences
    guard steps > 0, unit.made.elements.count == items * (isSequence ? steps : 1) * units,
      first == nil || first?.dimensions == [items, units],
      let layer = try? GRU(
        attributes: unit.layer.attributes.merging([
          "reset_after": .bool(true), "go_backwards": .bool(false),
          "return_sequences": .bool(false), "return_state": .bool(false),
        ]))
    else { return nil }
    self.layer = layer
    self.weights = weights
    state = Array(repeating: 0, count: units)
    recorded = unit.made.elements
    guard isSequence else {
      guard units * steps <= Self.mostTrials else { return nil }
      inputs = [unit.sequence] + (first.map { [$0] } ?? [])
      fit(isStepwise: false)
      return
    }
    // Each step by itself, from what is recorded of the one before: some are not saturated.
    guard items * steps <= Self.mostSteps else { return nil }
    let start = first?.elements ?? Array(repeating: 0, count: items * units)
    var before: [Double] = []
    for item in 0..<items {
      before += start[item * units..<(item + 1) * units]
      before += recorded[item * steps * units..<((item + 1) * steps - 1) * units]
    }
    inputs = [
      unit.sequence.reshaped([items * steps, 1, x[2]]), NDArray([items * steps, units], before),
    ]
    fit(isStepwise: true)
  }

  private static let roundCount = 24
  private static let step = 1e-5
  /// Units times steps, where each unit has a say in what becomes of the others.
  private static let mostTrials = 2048
  /// Items times steps.
  private static let mostSteps = 1 << 16

  /// Both biases; `nil` where the one is as it was.
  var biases: NDArray<Double>? { state.contains { $0 != 0 } ? biases(state) : nil }

  private func biases(_ state: [Double]) -> NDArray<Double> {
    let given = weights["bias"]?.elements ?? []
    var rows = given + Array(repeating: 0, count: 6 * units - given.count)
    for unit in 0..<units {
      rows[2 * units + unit] -= state[unit]
      rows[5 * units + unit] = state[unit]
    }
    return NDArray([2, 3 * units], rows)
  }

  private func made(_ state: [Double]) -> [Double]? {
    let parameters = Parameters(weights.merging(["bias": biases(state)]) { $1 })
    guard let made = layer.definition(on: inputs, parameters)?.values(inputs, parameters).first,
      made.elements.count == recorded.count
    else { return nil }
    return made.elements
  }

  private mutating func fit(isStepwise: Bool) {
    for _ in 0..<Self.roundCount {
      guard let here = made(state) else { return }
      let errors = zip(recorded, here).map { $0 - $1 }
      let moves = isStepwise ? movesApart(here, errors) : movesTogether(here, errors)
      for (unit, move) in moves.enumerated() { state[unit] += min(max(move, -1), 1) }
      guard moves.contains(where: { abs($0) > 1e-12 }) else { return }
    }
  }

  /// Within a step a unit's bias moves that unit alone.
  private func movesApart(_ here: [Double], _ errors: [Double]) -> [Double] {
    guard let there = made(state.map { $0 + Self.step }) else { return [] }
    var (products, squares) = (state.map { _ in 0.0 }, state.map { _ in 0.0 })
    for index in here.indices {
      let slope = (there[index] - here[index]) / Self.step
      products[index % units] += slope * errors[index]
      squares[index % units] += slope * slope
    }
    return zip(products, squares).map { $1 > leastPivot ? $0 / $1 : 0 }
  }

  private func movesTogether(_ here: [Double], _ errors: [Double]) -> [Double] {
    var slopes: [[Double]] = []
    for unit in 0..<units {
      var moved = state
      moved[unit] += Self.step
      guard let there = made(moved) else { return [] }
      slopes.append(zip(there, here).map { ($0 - $1) / Self.step })
    }
    return leastSquares(slopes, errors)
  }
}

/// Of less nothing can be told.
private let leastPivot = 1e-20

/// The numbers x for which `Σ columns[i]·x[i]` is nearest to a vector; 0 for one that does not count.
private func leastSquares(_ columns: [[Double]], _ vector: [Double]) -> [Double] {
  func product(_ x: [Double], _ y: [Double]) -> Double {
    zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
  }
  // The normal equations, by Gauss's elimination: they are symmetric and need no other order.
  var rows = columns.map { column in columns.map { product(column, $0) } + [product(column, vector)]
  }
  for pivot in rows.indices where rows[pivot][pivot] > leastPivot {
    for row in rows.indices where row != pivot {
      let factor = rows[row][pivot] / rows[pivot][pivot]
      for place in pivot...rows.count { rows[row][place] -= factor * rows[pivot][place] }
    }
  }
  return rows.indices.map { index in
    let found = rows[index][rows.count] / rows[index][index]
    return rows[index][index] > leastPivot && found.isFinite ? found : 0
  }
}

extension Bidirectional {
  /// What each direction makes, where an output of both shows it.
  fileprivate func directions(
    of y: NDArray<Double>, output: Int
  ) -> (ahead: NDArray<Double>?, back: NDArray<Double>?)? {
    switch mergeMode {
    case .separate: return output == 0 ? (y, nil) : output == 1 ? (nil, y) : nil
    case .concatenate:
      guard output == 0, let width = y.dimensions.last, width.isMultiple(of: 2), width > 0 else {
        return nil
      }
      return (y.columns(0..<width / 2), y.columns(width / 2..<width))
    default: return nil
    }
  }
}

extension NDArray {
  /// Items and steps as one axis.
  fileprivate var stepsJoined: NDArray {
    reshaped([dimensions[0] * dimensions[1]] + dimensions.dropFirst(2))
  }

  /// Some places along the last axis.
  fileprivate func columns(_ range: Range<Int>) -> NDArray {
    guard let width = dimensions.last, width > 0 else { return self }
    let starts = stride(from: 0, to: elements.count, by: width)
    return NDArray(
      dimensions.dropLast() + [range.count],
      starts.flatMap { elements[$0 + range.lowerBound..<$0 + range.upperBound] })
  }
}
