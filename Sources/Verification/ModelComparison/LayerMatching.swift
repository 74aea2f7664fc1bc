internal import OrderedCollections
internal import ModelGraph

/// Which layer of one model is which of another.
///
/// A name that its author chose is believed. One that Keras may have counted is not: it says when a
/// layer was made, not where it stands. Such layers are matched by their place in the graph; where
/// that tells two apart no more, by equal weights, and by their order last. No step prefers one
/// model to the other, so that they can be exchanged.
final class LayerMatching {
  /// How much of the layers around one must be alike for it to stand in the same place.
  private enum Level: CaseIterable {
    /// Kinds, attributes and the shapes of weights.
    case settings
    /// Kinds alone.
    case kinds
  }

  /// The pairs of layers, by their places in the two models.
  private(set) var pairs: [(first: Int, second: Int)] = []
  /// Pairs that were matched by order alone, though their weights differ.
  private(set) var guesses: [(first: Int, second: Int)] = []
  /// The pairs of inputs, by their places in the two models.
  let inputs: [(first: Int, second: Int)]

  private let models: [ComparedModel]
  /// The number of each layer's pair, in both models.
  private var known: [[Int?]]
  private let settings: [[Int]]
  private let kinds: [[Int]]
  private var digests: [[Int: WeightDigest?]] = [[:], [:]]
  /// How often it was looked where all layers stand.
  private(set) var lookCount = 0
  /// How often it may be: what stands alike after that is matched by order at once.
  ///
  /// Seeing each step through would take the square of the number of layers.
  let lookLimit: Int
  /// How many calls may be looked at for that.
  static let visitLimit = 1 << 20

  /// Matches the layers of two models.
  ///
  /// - Throws: What reading weights throws: they are read only where nothing else decides.
  init(
    _ first: ComparedModel, _ second: ComparedModel, visitLimit: Int = visitLimit
  ) throws {
    models = [first, second]
    inputs = Self.inputs(first.inputNames, second.inputNames)
    known = models.map { [Int?](repeating: nil, count: $0.layers.count) }
    lookLimit = max(16, visitLimit / max(1, first.calls.count + second.calls.count))
    settings = Self.numbers(models) { LayerSettings($0, $1) }
    kinds = Self.numbers(models) { $0.layers[$1].node.kind }

    matchNames { !LayerNode.isCounted(path: $0.path, kind: $0.node.kind) }
    try followPlaces()
    try matchUnique { model, layer in try self.digest(model, layer) }
    try followPlaces()
    for level in Level.allCases {
      for side in [Places.Side.upstream, .downstream] {
        let places = places(side, level)
        matchUnique { places[$0].layers[$1] }
        try followPlaces()
      }
    }
    matchNames { _ in true }
    try followPlaces()
    matchUnique { models[$0].layers[$1].path }
    pairs.sort { $0.first < $1.first }
    guesses.sort { $0.first < $1.first }
  }

  /// The layers of one model that have no partner.
  func unmatched(_ model: Int) -> [Int] { known[model].indices.filter { known[model][$0] == nil } }

  /// The calls of both models that are the same, by their places.
  func callPairs() -> [(first: Int, second: Int)] {
    let places = places(.upstream, .settings)
    var result: [(first: Int, second: Int)] = []
    for pair in pairs {
      let (left, right) = (
        models[0].layers[pair.first].calls, models[1].layers[pair.second].calls
      )
      let paired = Pairing.of(left, right) {
        places[0].upstream[$0]
      } _: {
        places[1].upstream[$0]
      }
      result += paired.equal + paired.inOrder
    }
    return result.sorted { $0.first < $1.first }
  }
}

// MARK: - Steps

extension LayerMatching {
  /// Inputs of one name are the same where the author chose it; the others go by order.
  private static func inputs(
    _ first: [String], _ second: [String]
  ) -> [(first: Int, second: Int)] {
    let isSame = Set(first) == Set(second)
    let others = Dictionary(second.enumerated().map { ($1, $0) }) { first, _ in first }
    var pairs: [(first: Int, second: Int)] = []
    for (index, name) in first.enumerated() {
      let isChosen = !name.lowercased().hasPrefix("input")
      guard isSame || isChosen, let other = others[name] else { continue }
      pairs.append((index, other))
    }
    let taken = (Set(pairs.map(\.first)), Set(pairs.map(\.second)))
    pairs += zip(
      first.indices.filter { !taken.0.contains($0) },
      second.indices.filter { !taken.1.contains($0) }
    ).map { (first: $0, second: $1) }
    return pairs.sorted { $0.first < $1.first }
  }

  /// Numbers values of the layers, the same one for equal values in both models.
  private static func numbers<Value: Hashable>(
    _ models: [ComparedModel], _ value: (ComparedModel, Int) -> Value
  ) -> [[Int]] {
    var numbers: [Value: Int] = [:]
    return models.map { model in
      model.layers.indices.map { layer in
        let value = value(model, layer)
        let number = numbers[value] ?? numbers.count
        numbers[value] = number
        return number
      }
    }
  }

  private func match(_ first: Int, _ second: Int) {
    known[0][first] = pairs.count
    known[1][second] = pairs.count
    pairs.append((first, second))
  }

  /// Matches layers of one path and kind.
  private func matchNames(where isWanted: (ComparedModel.Member) -> Bool) {
    var others: [String: Int] = [:]
    for layer in unmatched(1) { others[models[1].layers[layer].path] = layer }
    for layer in unmatched(0) {
      let member = models[0].layers[layer]
      guard isWanted(member), let other = others[member.path], kinds[0][layer] == kinds[1][other]
      else { continue }
      match(layer, other)
    }
  }

  /// Matches layers that share a value with one of the other model and no other of their own;
  /// `nil` is no value.
  @discardableResult
  private func matchUnique<Value: Hashable>(
    among members: [[Int]]? = nil, _ value: (Int, Int) throws -> Value?
  ) rethrows -> Bool {
    var groups: [OrderedDictionary<Value, [Int]>] = [[:], [:]]
    for model in 0..<2 {
      for layer in members?[model] ?? unmatched(model) where known[model][layer] == nil {
        guard let value = try value(model, layer) else { continue }
        groups[model][value, default: []].append(layer)
      }
    }
    var isFound = false
    for (value, left) in groups[0] {
      guard left.count == 1, let right = groups[1][value], right.count == 1 else { continue }
      match(left[0], right[0])
      isFound = true
    }
    return isFound
  }

  /// Matches what stands in the same place, as long as each match tells more places apart.
  private func followPlaces() throws {
    for level in Level.allCases {
      while try matchPlaces(level) {}
    }
  }

  private func matchPlaces(_ level: Level) throws -> Bool {
    let places = places(.whole, level)
    let isLast = lookCount >= lookLimit
    if matchUnique({ places[$0].layers[$1] }), !isLast { return true }
    var ties: OrderedDictionary<Int, [[Int]]> = [:]
    for model in 0..<2 {
      for layer in unmatched(model) {
        ties[places[model].layers[layer], default: [[], []]][model].append(layer)
      }
    }
    let tied = ties.values.filter { !$0[0].isEmpty && !$0[1].isEmpty }
    var isFound = false
    for members in tied {
      let byWeights = try matchUnique(among: members) { try digest($0, $1) }
      let byName = matchUnique(among: members) { models[$0].layers[$1].path }
      let bySettings = matchUnique(among: members) { settings[$0][$1] }
      isFound = isFound || byWeights || byName || bySettings
    }
    guard !isLast else {
      for members in tied {
        try matchByOrder((0..<2).map { model in members[model].filter { known[model][$0] == nil } })
      }
      return false
    }
    if isFound { return true }
    // What has weights goes first: they may yet tell what has none.
    let hasWeights = tied.filter { !models[0].layers[$0[0][0]].node.parameters.isEmpty }
    guard let members = hasWeights.first ?? tied.first else { return false }
    try matchByOrder(members, count: 1)
    return true
  }

  /// Matches layers that nothing but their order tells apart: those of equal weights first.
  private func matchByOrder(_ members: [[Int]], count: Int = .max) throws {
    let paired = try Pairing.of(members[0], members[1]) {
      try digest(0, $0)
    } _: {
      try digest(1, $0)
    }
    for (first, second) in paired.equal.prefix(count) { match(first, second) }
    for (first, second) in paired.inOrder.prefix(max(0, count - paired.equal.count)) {
      guesses.append((first, second))
      match(first, second)
    }
  }

  /// Where the layers stand.
  private func places(_ side: Places.Side, _ level: Level) -> [Places.Numbers] {
    lookCount += 1
    // Labels of matched layers are negative; the others' are not.
    let labels = known.indices.map { model in
      known[model].indices.map { layer in
        known[model][layer].map { -1 - $0 }
          ?? (level == .settings ? settings : kinds)[model][layer]
      }
    }
    let fed = models.indices.map { model in
      let pairs = Dictionary(
        uniqueKeysWithValues: inputs.enumerated().map {
          (model == 0 ? $1.first : $1.second, $0)
        })
      return models[model].inputNames.indices.map { input in
        pairs[input] ?? inputs.count + 2 * input + model
      }
    }
    return Places.numbers(models, labels: labels, inputs: fed, side: side)
  }

  /// The kind and the digests of a layer's weights; `nil` where no weight tells it from others.
  private func digest(_ model: Int, _ layer: Int) throws -> WeightDigest? {
    if let known = digests[model][layer] { return known }
    let weights = try models[model].weights(of: layer).compactMapValues { try $0.digest() }
    let kind = models[model].layers[layer].node.kind
    let digest = weights.isEmpty ? nil : WeightDigest(kind: kind, weights: weights)
    digests[model][layer] = .some(digest)
    return digest
  }
}

/// What tells layers of one kind by their weights.
private struct WeightDigest: Hashable {
  var kind: String
  var weights: OrderedDictionary<String, UInt64>
}

/// What a layer is without its name and the numbers in its weights.
private struct LayerSettings: Hashable {
  private let kind: String
  private let attributes: Attributes
  private let weights: OrderedDictionary<String, [Int]>

  init(_ model: ComparedModel, _ layer: Int) {
    kind = model.layers[layer].node.kind
    attributes = model.meaning(of: layer)
    weights = model.weights(of: layer).mapValues(\.dimensions)
  }
}
