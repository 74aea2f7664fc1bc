internal import OrderedCollections
internal import ModelGraph

/// Compares what two models are made of: which layers there are, how they are connected, and what
/// they are set to.
struct GraphComparison {
  private let first: ComparedModel
  private let second: ComparedModel
  private(set) var structure = ComparisonReport.Structure()
  private(set) var settings = ComparisonReport.Settings()

  /// Compares the graphs of two models.
  ///
  /// - Parameters:
  ///   - matching: Which layer is which.
  ///   - calls: Which call is which.
  init(
    _ first: ComparedModel, _ second: ComparedModel, _ matching: LayerMatching,
    calls: [(first: Int, second: Int)]
  ) {
    self.first = first
    self.second = second
    addLayers(matching)
    addInputs(matching)
    addNestedModels(matching)
    addCalls(calls, inputs: matching.inputs)
  }

  /// The paths of a pair of layers.
  static func pair(
    _ first: ComparedModel, _ second: ComparedModel, _ pair: (first: Int, second: Int)
  ) -> ComparisonReport.Pair {
    let layer = first.layers[pair.first]
    return ComparisonReport.Pair(
      first: layer.path, second: second.layers[pair.second].path, kind: layer.node.kind)
  }

  // MARK: - Layers

  private mutating func addLayers(_ matching: LayerMatching) {
    for pair in matching.pairs {
      let names = Self.pair(first, second, pair)
      note(names)
      let (one, other) = (first.layers[pair.first].node, second.layers[pair.second].node)
      compare(one, other, names)
      guard one.kind == other.kind else { continue }
      compareAttributes(
        (one.attributes, first.meaning(of: pair.first)),
        (other.attributes, second.meaning(of: pair.second)), names)
    }
    structure.ambiguous = matching.guesses.map { Self.pair(first, second, $0) }
    structure.onlyInFirst = matching.unmatched(0).map { .init(first.layers[$0]) }
    structure.onlyInSecond = matching.unmatched(1).map { .init(second.layers[$0]) }
  }

  private mutating func note(_ pair: ComparisonReport.Pair) {
    if pair.first == pair.second {
      structure.sameNameCount += 1
    } else {
      structure.renamed.append(pair)
    }
  }

  private mutating func addInputs(_ matching: LayerMatching) {
    addInputs(
      first.model.graph, second.model.graph, pairs: matching.inputs, prefixes: ("", ""))
    compareSetting(
      "form", of: .init(first: "", second: "", kind: "model"), first.model.graph.form.rawValue,
      second.model.graph.form.rawValue)
  }

  private mutating func addInputs(
    _ left: Graph, _ right: Graph, pairs: [(first: Int, second: Int)],
    prefixes: (String, String)
  ) {
    for pair in pairs {
      let (one, other) = (left.inputs[pair.first].layer, right.inputs[pair.second].layer)
      let names = ComparisonReport.Pair(
        first: prefixes.0 + one, second: prefixes.1 + other, kind: InputLayer.kind)
      note(names)
      guard let one = left.layers[one], let other = right.layers[other] else { continue }
      compareAttributes(
        (one.attributes, one.attributes), (other.attributes, other.attributes), names)
    }
    let taken = (Set(pairs.map(\.first)), Set(pairs.map(\.second)))
    for (index, input) in left.inputs.enumerated() where !taken.0.contains(index) {
      structure.onlyInFirst.append(.init(path: prefixes.0 + input.layer, kind: InputLayer.kind))
    }
    for (index, input) in right.inputs.enumerated() where !taken.1.contains(index) {
      structure.onlyInSecond.append(.init(path: prefixes.1 + input.layer, kind: InputLayer.kind))
    }
  }

  private mutating func addNestedModels(_ matching: LayerMatching) {
    let (left, right) = (NestedModels(first.model.graph), NestedModels(second.model.graph))
    let paths = matching.pairs.map {
      (first: first.layers[$0.first].path, second: second.layers[$0.second].path)
    }
    let pairs = left.pairs(with: right, layers: paths)
    for pair in pairs {
      let (one, other) = (left.items[pair.first], right.items[pair.second])
      let names = ComparisonReport.Pair(
        first: one.path, second: other.path, kind: one.node.kind)
      note(names)
      compare(one.node, other.node, names)
      let count = min(one.graph.inputs.count, other.graph.inputs.count)
      addInputs(
        one.graph, other.graph, pairs: (0..<count).map { (first: $0, second: $0) },
        prefixes: (one.path + "/", other.path + "/"))
    }
    let taken = (Set(pairs.map(\.first)), Set(pairs.map(\.second)))
    structure.onlyInFirst += left.items.indices.filter { !taken.0.contains($0) }
      .map { .init(path: left.items[$0].path, kind: left.items[$0].node.kind) }
    structure.onlyInSecond += right.items.indices.filter { !taken.1.contains($0) }
      .map { .init(path: right.items[$0].path, kind: right.items[$0].node.kind) }
  }

  // MARK: - Calls

  private mutating func addCalls(
    _ calls: [(first: Int, second: Int)], inputs: [(first: Int, second: Int)]
  ) {
    let partners = Dictionary(uniqueKeysWithValues: calls.map { ($0.first, $0.second) })
    let feeds = Dictionary(uniqueKeysWithValues: inputs.map { ($0.first, $0.second) })
    func partner(_ source: ComparedModel.Source) -> ComparedModel.Source? {
      switch source {
      case .input(let index): feeds[index].map(ComparedModel.Source.input)
      case .call(let index, let output): partners[index].map { .call($0, output: output) }
      }
    }
    func rewire(
      _ left: [ComparedModel.Source], _ right: [ComparedModel.Source],
      of call: ComparisonReport.Pair?
    ) {
      guard left.map(partner) != right else { return }
      structure.rewired.append(
        .init(call: call, first: left.map(first.name), second: right.map(second.name)))
    }
    structure.sameCallCount = calls.count
    for pair in calls {
      let (left, right) = (first.calls[pair.first], second.calls[pair.second])
      let pair = ComparisonReport.Pair(left.entry, right.entry)
      compareArguments(left.entry.call, right.entry.call, pair)
      // The sum of two is the same in either order, bit for bit.
      if left.isCommutative, left.inputs.map(partner) == right.inputs.reversed(),
        right.inputs.count == 2
      {
        continue
      }
      rewire(left.inputs, right.inputs, of: pair)
    }
    rewire(first.outputs, second.outputs, of: nil)
    let (known, others) = (Set(partners.keys), Set(partners.values))
    let missing = Set(structure.onlyInFirst.map(\.path))
    let added = Set(structure.onlyInSecond.map(\.path))
    structure.callsOnlyInFirst = first.singles { index, layer in
      !known.contains(index) && !missing.contains(layer)
    }
    structure.callsOnlyInSecond = second.singles { index, layer in
      !others.contains(index) && !added.contains(layer)
    }
  }

  /// Compares what two calls are given besides tensors.
  private mutating func compareArguments(
    _ left: Call, _ right: Call, _ pair: ComparisonReport.Pair
  ) {
    let names = left.arguments.keys + right.arguments.keys.filter { left.arguments[$0] == nil }
    for name in names {
      let (one, other) = (left.arguments[name], right.arguments[name])
      guard one?.isTensorsAlone != true || other?.isTensorsAlone != true else { continue }
      settings.comparedCount += 1
      let form = { (argument: CallArgument?) in argument?.mapTensors { _ in TensorReference("") } }
      guard form(one) != form(other) else { continue }
      settings.differences.append(
        .init(layer: pair, name: name, first: one?.description, second: other?.description))
    }
  }

  // MARK: - Settings

  private mutating func compare(
    _ left: LayerNode, _ right: LayerNode, _ pair: ComparisonReport.Pair
  ) {
    compareSetting("kind", of: pair, left.kind, right.kind)
    compareSetting("trainable", of: pair, "\(left.isTrainable)", "\(right.isTrainable)")
    compareSetting("compute type", of: pair, left.computeType.rawValue, right.computeType.rawValue)
  }

  /// Compares what attributes mean, and reports what they say.
  private mutating func compareAttributes(
    _ left: (said: Attributes, meant: Attributes), _ right: (said: Attributes, meant: Attributes),
    _ pair: ComparisonReport.Pair
  ) {
    let names = left.said.values.keys + right.said.values.keys.filter { left.said[$0] == nil }
    for name in names {
      settings.comparedCount += 1
      guard left.meant[name] != right.meant[name] else { continue }
      settings.differences.append(
        .init(
          layer: pair, name: name, first: left.said[name]?.description,
          second: right.said[name]?.description))
    }
  }

  private mutating func compareSetting(
    _ name: String, of pair: ComparisonReport.Pair, _ left: String, _ right: String
  ) {
    settings.comparedCount += 1
    guard left != right else { return }
    settings.differences.append(.init(layer: pair, name: name, first: left, second: right))
  }
}

extension ComparisonReport.Single {
  fileprivate init(_ layer: ComparedModel.Member) {
    self.init(path: layer.path, kind: layer.node.kind)
  }
}

extension ComparisonReport.Pair {
  init(_ first: CallTable.Entry, _ second: CallTable.Entry) {
    self.init(first: first.path, second: second.path, kind: first.layer.kind)
  }
}

extension ComparedModel {
  /// The calls for which a condition on them and their layers holds.
  fileprivate func singles(_ isWanted: (Int, String) -> Bool) -> [ComparisonReport.Single] {
    calls.enumerated().filter { isWanted($0, layers[$1.layer].path) }
      .map { .init(path: $1.entry.path, kind: $1.entry.layer.kind) }
  }
}
