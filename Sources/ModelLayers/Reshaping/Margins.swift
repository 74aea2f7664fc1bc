/// What is put around an input, or taken away around it, along its spatial axes.
struct Margins: Hashable, Sendable {
  /// Before and after, for each spatial axis.
  var amounts: [Int]
  /// Where the channels are.
  var dataFormat = DataFormat.channelsLast

  /// The amounts of each axis of an input, those without margins included.
  ///
  /// - Throws: `ModelError.rank` where the input has other axes.
  func perAxis(of input: Shape) throws(ModelError) -> (before: [Int], after: [Int]) {
    let rank = amounts.count / 2
    try dataFormat.checkSpatialRank(rank, of: input)
    var before = Array(repeating: 0, count: input.rank)
    var after = before
    for (place, axis) in dataFormat.spatialAxes(rank: input.rank).enumerated() {
      before[axis] = amounts[2 * place]
      after[axis] = amounts[2 * place + 1]
    }
    return (before, after)
  }

  /// The attribute that holds the amounts.
  static func field(_ name: String, rank: Int) -> AttributeField<Margins> {
    .margins(name, \.amounts, rank: rank)
  }
}
