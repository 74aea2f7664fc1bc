internal import OrderedCollections
internal import ModelGraph

/// How the places of a tensor's elements relate to those of a tensor that it descends from.
///
/// Only strides count: cropping, padding and upsampling fit shapes together, but bring back
/// nothing of what a stride has skipped.
struct SpatialTrace: Hashable {
  /// The tensor that strides are counted from.
  let origin: String
  /// The product of all strides since, along each spatial axis; axes that are left out have 1.
  private(set) var steps: [Int] = []

  /// The strides along a number of axes.
  func steps(count: Int) -> [Int] {
    steps + Array(repeating: 1, count: max(0, count - steps.count))
  }

  /// Whether elements of the same index stand for the same place.
  func isAligned(with other: SpatialTrace) -> Bool {
    let count = max(steps.count, other.steps.count)
    return origin == other.origin && steps(count: count) == other.steps(count: count)
  }

  /// The trace behind a layer of these strides.
  func strided(by strides: [Int]) -> SpatialTrace {
    let count = max(steps.count, strides.count)
    var result = self
    result.steps = zip(steps(count: count), strides + Array(repeating: 1, count: count)).map {
      let (product, overflow) = $0.multipliedReportingOverflow(by: $1)
      return overflow ? .max : product
    }
    return result
  }

  /// The trace of what a layer makes; `fresh` where places are not kept.
  init(
    behind layer: any Layer, _ inputs: [SpatialTrace], shapes: ResolvedCall?, fresh: SpatialTrace
  ) {
    switch layer {
    case is Flatten, is Permute, is RepeatVector, is Reshape:
      self = fresh
    case is GlobalAveragePooling1D, is GlobalAveragePooling2D, is GlobalAveragePooling3D,
      is GlobalMaxPooling1D, is GlobalMaxPooling2D, is GlobalMaxPooling3D:
      let sizes = (shapes?.inputs.first ?? nil).flatMap { Self.spatialSizes(of: $0, layer) }
      self = inputs.first.flatMap { input in sizes.map { input.strided(by: $0) } } ?? fresh
    case _ where layer.isElementwiseMerge:
      // What is broadcast has no places of its own: the others say where the elements lie.
      let whole = zip(inputs, shapes?.inputs ?? []).filter { $1 == shapes?.outputs.first }
      self = Self.common(whole.map(\.0)) ?? fresh
    default:
      var strides: [Int] = []
      if case .ints(let list) = layer.attributes["strides"] { strides = list }
      self = Self.common(inputs)?.strided(by: strides) ?? fresh
    }
  }

  init(origin: String) {
    self.origin = origin
  }

  /// The trace that all have, if they agree.
  private static func common(_ traces: [SpatialTrace]) -> SpatialTrace? {
    guard let first = traces.first, traces.allSatisfy({ $0.isAligned(with: first) }) else {
      return nil
    }
    return first
  }

  private static func spatialSizes(of shape: Shape, _ layer: any Layer) -> [Int]? {
    guard case .string(let name) = layer.attributes["data_format"],
      let format = DataFormat(rawValue: name), shape.rank > 2
    else { return nil }
    return Shape(format.spatialAxes(rank: shape.rank).map { shape[$0] }).known
  }
}
