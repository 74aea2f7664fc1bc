internal import OrderedCollections
internal import ModelGraph

/// Compares the weights of the layers that two models have in common, one at a time and in pieces.
struct WeightPairs {
  typealias Difference = ComparisonReport.WeightDifference

  private let first: ComparedModel
  private let second: ComparedModel
  private let tolerance: Tolerance?
  private(set) var weights = ComparisonReport.Weights()
  /// Both tensors of each difference.
  private var tensors: [(first: Tensor?, second: Tensor?)] = []

  /// Compares the weights of layers that are the same.
  ///
  /// - Parameter progress: Is told of the layer and how many are done.
  /// - Throws: What reading weights throws.
  init(
    _ first: ComparedModel, _ second: ComparedModel, layers: [(first: Int, second: Int)],
    tolerance: Tolerance?, progress: (String, Int) -> Void
  ) throws {
    self.first = first
    self.second = second
    self.tolerance = tolerance
    for (done, pair) in layers.enumerated() {
      try compare(pair)
      progress(first.layers[pair.first].path, done + 1)
    }
    try findElsewhere()
  }

  private mutating func compare(_ pair: (first: Int, second: Int)) throws {
    let (left, right) = (first.weights(of: pair.first), second.weights(of: pair.second))
    let names = GraphComparison.pair(first, second, pair)
    for role in left.keys + right.keys.filter({ left[$0] == nil }) {
      let (one, other) = (left[role], right[role])
      weights.comparedCount += 1
      weights.elementCount += one?.elementCount ?? other?.elementCount ?? 0
      var difference = Difference(
        layer: names, role: role, first: one.map(Difference.Form.init),
        second: other.map(Difference.Form.init))
      if let one, let other, one.dimensions == other.dimensions {
        let (count, isEqual) = try count(one, other)
        if isEqual {
          weights.equalCount += 1
          continue
        }
        difference.statistics = count.statistics(one.dimensions)
        difference.isWithinTolerance = tolerance != nil && count.beyondCount == 0
      }
      weights.differences.append(difference)
      tensors.append((one, other))
    }
  }

  /// Walks over two tensors of one shape.
  ///
  /// The first is read in pieces, the second is lent whole, which for a mapped file takes no
  /// memory that the system could not take back.
  private func count(
    _ first: Tensor, _ second: Tensor
  ) throws -> (count: DifferenceCount, isEqual: Bool) {
    let isSameType = first.dtype == second.dtype
    var count = DifferenceCount(
      tolerance: tolerance, dtype: first.dtype.coarser(second.dtype))
    var isEqual = isSameType
    try second.bytes.withBytes { whole in
      var start = 0
      try first.bytes.forEachPiece { piece in
        let elementCount = piece.byteCount / first.dtype.byteCount
        let end = start + elementCount * second.dtype.byteCount
        let other = whole.extracting(start..<end)
        start = end
        if isSameType, areEqual(piece, other) {
          count.addEqual(elementCount)
          return
        }
        isEqual = false
        count.add(first.dtype.elements(in: piece), second.dtype.elements(in: other))
      }
    }
    return (count, isEqual)
  }

  /// Names the layer of the second model whose weight is the first one's, where one alone is: two
  /// weights that were exchanged.
  private mutating func findElsewhere() throws {
    struct Key: Hashable {
      var role: String
      var digest: UInt64
    }
    func key(_ role: String, _ tensor: Tensor?) throws -> Key? {
      try tensor?.digest().map { Key(role: role, digest: $0) }
    }
    guard tensors.count > 1 else { return }
    let roles = weights.differences.map(\.role)
    let left = try zip(roles, tensors).map { try key($0, $1.first) }
    let right = try zip(roles, tensors).map { try key($0, $1.second) }
    let counts = Dictionary(left.map { ($0, 1) }, uniquingKeysWith: +)
    let places = Dictionary(grouping: right.indices) { right[$0] }
    for (index, key) in left.enumerated() {
      guard let key, counts[key] == 1, let found = places[key], found.count == 1 else { continue }
      weights.differences[index].foundAt = weights.differences[found[0]].layer.second
    }
  }
}

extension ComparisonReport.WeightDifference.Form {
  fileprivate init(_ tensor: Tensor) {
    self.init(dtype: tensor.dtype.rawValue, shape: tensor.dimensions)
  }
}

extension DType {
  /// The type of the two that rounds more.
  fileprivate func coarser(_ other: DType) -> DType {
    guard let mine = unitRoundoff, let theirs = other.unitRoundoff else {
      return unitRoundoff == nil ? other : self
    }
    return mine >= theirs ? self : other
  }
}
