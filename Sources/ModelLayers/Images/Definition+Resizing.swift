/// What becomes of the proportion of images that are given other sides.
enum ImageProportion: Hashable {
  /// It changes.
  case free
  /// Images are cut first.
  case cut
  /// Images have margins of a number first.
  case filled(Double)
}

extension Definition {
  /// Images with other sides, which operations and layers share.
  mutating func resized(
    _ x: Value, to size: [Int], _ filter: ResamplingFilter, _ proportion: ImageProportion,
    _ format: DataFormat
  ) throws(ModelError) -> Value {
    let limit = 1 << 20
    guard size.allSatisfy({ (1...limit).contains($0) }) else {
      throw .attribute("size", expected: "two sizes from 1 to \(limit)", found: "\(size)")
    }
    try format.checkSpatialRank(2, of: x.shape)
    let image = try inProportion(x, to: size, proportion, format)
    return try apply(Primitives.Resampling(.sizes(size), filter, format), to: image)
  }

  /// An image cut, or with margins, so that its sides are in the proportion of those that it is to
  /// have, as far as whole pixels can be.
  private mutating func inProportion(
    _ x: Value, to size: [Int], _ proportion: ImageProportion, _ format: DataFormat
  ) throws(ModelError) -> Value {
    let axes = format.spatialAxes(rank: x.shape.rank)
    // Where the sides are not known yet, only shapes are asked for.
    guard proportion != .free, let height = x.shape[axes.lowerBound],
      let width = x.shape[axes.lowerBound + 1]
    else { return x }
    // Backends divide in other precisions, which is the same for sides that can be counted in all.
    guard let rows = [width, size[0]].checkedProduct(), rows < 1 << 24,
      let columns = [height, size[1]].checkedProduct(), columns < 1 << 24
    else {
      throw .invalidShape(x.shape, reason: "has sides that are too long to be compared")
    }
    let wanted = [rows / size[1], columns / size[0]]
    let sides = [height, width]
    guard case .filled(let number) = proportion else {
      var ranges = x.shape.dimensions.map { _ in Primitives.Slice.Range.all }
      for (axis, (side, wanted)) in zip(axes, zip(sides, wanted)) {
        let kept = max(min(side, wanted), 1)
        ranges[axis] = .init((side - kept) / 2, (side - kept) / 2 + kept)
      }
      return try apply(Primitives.Slice(ranges), to: x)
    }
    let margins = zip(sides, wanted).map { (max($0, $1) - $0) / 2 }
    guard let index = margins.firstIndex(where: { $0 > 0 }) else { return x }
    let amounts = x.shape.dimensions.indices.map {
      $0 == axes.lowerBound + index ? margins[index] : 0
    }
    let padded = try padding(x, before: amounts, after: amounts)
    return number == 0
      ? padded : try filled(padded, around: x, amounts.flatMap { [$0, $0] }, with: number)
  }
}
