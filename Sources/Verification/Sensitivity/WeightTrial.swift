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
      let group = peers[Peer(role: owner.role, shape: tensor.dimensions)] ?? []
      if let partner = try partner(of: name, among: group, in: model) {
        add(.swapped, partner: partner)
      }
    }
    return trials
  }

  private struct Peer: Hashable {
    var role: String
    var shape: [Int]
  }

  private static func partner(
    of name: String, among group: [String], in model: Model
  ) throws -> String? {
    guard let place = group.firstIndex(of: name), group.count > 1 else { return nil }
    let others = group[(place + 1)...] + group[..<place]
    let different = try others.first { other in
      guard let left = model.tensors[name], let right = model.tensors[other] else { return false }
      return try !left.isIdentical(to: right)
    }
    return different ?? others.first
  }
}

extension Tensor {
  /// Whether every element is zero.
  fileprivate var isZero: Bool {
    get throws { try array(Double.self).elements.allSatisfy { $0 == 0 } }
  }
}
