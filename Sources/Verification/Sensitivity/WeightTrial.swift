internal import OrderedCollections
internal import ModelGraph

/// One change of one weight that a golden ought to notice.
struct WeightTrial: Hashable {
  var weight: String
  /// The first layer that has the weight, and what it is to it.
  var layer: String
  var role: String
  var change: SensitivityReport.Change
  /// The weight that it is exchanged with.
  var partner: String?

  /// How much a perturbed element changes, as a fraction of itself: more than rounding may move a
  /// sum of 25,000 products, the longest of the networks of keras.applications.
  static let step = 0x1p-4

  /// The weight after the change.
  ///
  /// - Throws: What reading weights throws.
  func changed(_ weights: OrderedDictionary<String, Tensor>) throws -> NDArray<Double>? {
    guard var array: NDArray<Double> = try weights[weight]?.array() else { return nil }
    switch change {
    case .zeroed:
      array.elements = [Double](repeating: 0, count: array.elements.count)
    case .swapped:
      return try partner.flatMap { try weights[$0]?.array() }
    case .perturbed:
      var generator = Xoshiro256(seed: 0)
      for index in array.elements.indices {
        array.elements[index] *= 1 + (Bool.random(using: &generator) ? Self.step : -Self.step)
      }
    }
    return array
  }

  /// Why the change is none, if it is none.
  ///
  /// - Throws: What reading weights throws.
  func idleness(
    among weights: OrderedDictionary<String, Tensor>
  ) throws -> SensitivityReport.Reason? {
    guard let own = weights[weight] else { return nil }
    switch change {
    case .zeroed: return try own.isZero ? .alreadyZero : nil
    case .swapped:
      guard let partner, let other = weights[partner] else { return nil }
      return try own.isIdentical(to: other) ? .twins : nil
    case .perturbed: return nil
    }
  }
}

extension WeightTrial {
  /// Every change of every weight of a model, in the order of the layers.
  ///
  /// A weight is exchanged with the next one of the same role and shape that is not equal to it, or
  /// with an equal one where there is no other; one that is zero cannot be perturbed.
  ///
  /// - Throws: What reading weights throws.
  static func all(of model: Model) throws -> [WeightTrial] {
    var owners: OrderedDictionary<String, (layer: String, role: String)> = [:]
    for (path, layer) in model.graph.allLayers {
      for (role, name) in layer.parameters where owners[name] == nil { owners[name] = (path, role) }
    }
    let peers = Dictionary(grouping: owners.keys) { name in
      Peer(role: owners[name]?.role ?? "", shape: model.tensors[name]?.dimensions ?? [])
    }
    var partners: [String: String] = [:]
    for group in peers.values {
      for (name, partner) in try pairs(in: group, of: model) { partners[name] = partner }
    }
    var trials: [WeightTrial] = []
    for (name, owner) in owners {
      guard let tensor = model.tensors[name], tensor.elementCount > 0 else { continue }
      func add(_ change: SensitivityReport.Change, partner: String? = nil) {
        trials.append(
          WeightTrial(
            weight: name, layer: owner.layer, role: owner.role, change: change, partner: partner))
      }
      add(.zeroed)
      if try !tensor.isZero { add(.perturbed) }
      if let partner = partners[name] { add(.swapped, partner: partner) }
    }
    return trials
  }

  private struct Peer: Hashable {
    var role: String
    var shape: [Int]
  }

  /// Each weight of a group with the next one, round the circle, that is not equal to it; with the next
  /// where all are equal.
  ///
  /// Each is held against the next one alone: where they are equal, what differs from one differs from
  /// the other.
  private static func pairs(
    in group: [String], of model: Model
  ) throws -> [(name: String, partner: String)] {
    guard group.count > 1 else { return [] }
    func next(_ place: Int) -> Int { (place + 1) % group.count }
    let differs = try group.indices.map { place in
      guard let left = model.tensors[group[place]], let right = model.tensors[group[next(place)]]
      else { return false }
      return try !left.isIdentical(to: right)
    }
    guard let last = differs.lastIndex(of: true) else {
      return group.indices.map { (group[$0], group[next($0)]) }
    }
    var partner = next(last)
    return group.indices.map { step in
      let place = (last - step + group.count) % group.count
      if differs[place] { partner = next(place) }
      return (group[place], group[partner])
    }
  }
}

extension Tensor {
  /// Whether every element is zero.
  fileprivate var isZero: Bool {
    get throws { try array(Double.self).elements.allSatisfy { $0 == 0 } }
  }
}
