/// What stands between the brackets of NumPy's basic indexing: `0`, `1:5:2`, `...` and `None`.
struct IndexKey {
  private enum Part {
    case place(Int)
    case range(Primitives.Slice.Range)
    case rest
    case newAxis
  }

  private let parts: [Part]

  /// Reads a key, one text for each of its parts.
  ///
  /// - Throws: `ModelError.attribute` for what is none.
  init(_ texts: [String]) throws(ModelError) {
    var parts: [Part] = []
    for text in texts {
      guard let part = Self.part(text) else {
        throw .attribute(
          "key", expected: "places, slices, '...' and 'None'", found: "'\(text)'")
      }
      parts.append(part)
    }
    self.parts = parts
  }

  private static func part(_ text: String) -> Part? {
    if text == "..." { return .rest }
    if text == "None" { return .newAxis }
    if let place = Int(text) { return .place(place) }
    let numbers = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(numbers.count) else { return nil }
    var values: [Int?] = []
    for number in numbers {
      guard number.isEmpty || Int(number) != nil else { return nil }
      values.append(Int(number))
    }
    let step = values.count > 2 ? values[2] ?? 1 : 1
    return step == 0 ? nil : .range(.init(values[0], values[1], step: step))
  }

  /// The tensor that the key takes of another.
  ///
  /// - Throws: `ModelError.attribute` for a key that has no place in the shape.
  func applied(
    to x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let rank = x.shape.rank
    let taken = parts.count {
      if case .rest = $0 { false } else if case .newAxis = $0 { false } else { true }
    }
    let rests = parts.count { if case .rest = $0 { true } else { false } }
    guard taken <= rank, rests < 2 else {
      throw .attribute("key", expected: "at most \(rank) places and slices", found: "\(taken)")
    }
    let all = rests == 0 ? parts + [.rest] : parts
    var ranges: [Primitives.Slice.Range] = []
    // Each axis of the result: an axis of the slice, or a new one.
    var axes: [Int?] = []
    for part in all {
      switch part {
      case .newAxis: axes.append(nil)
      case .rest:
        for _ in 0..<rank - taken {
          axes.append(ranges.count)
          ranges.append(.all)
        }
      case .range(let range):
        axes.append(ranges.count)
        ranges.append(range)
      case .place(let place):
        let axis = ranges.count
        let (next, overflow) = place.addingReportingOverflow(1)
        guard !overflow, x.shape[axis].map({ (-$0..<$0).contains(place) }) ?? true else {
          throw .attribute(
            "key", expected: "a place on axis \(axis) of \(x.shape)", found: "\(place)")
        }
        // The last element has no place after it.
        ranges.append(.init(place, place == -1 ? nil : next))
      }
    }
    let sliced = try definition.apply(Primitives.Slice(ranges), to: x)
    guard axes.count != rank || axes.enumerated().contains(where: { $0.offset != $0.element })
    else { return sliced }
    return try definition.reshape(
      sliced, axes.map { axis in axis.map { sliced.shape[$0] } ?? 1 },
      keepsFirstAxis: axes.first == 0)
  }
}
