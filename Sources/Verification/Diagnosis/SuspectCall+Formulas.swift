internal import OrderedCollections
internal import ModelGraph

/// What other programs compute under the same name.
extension SuspectCall {
  /// The call by another program's formula.
  func formulas() -> [Hypothesis] {
    alignedCorners + scatteredGroups + scaledScores + updatesTheOtherWay
  }

  /// Groups of channels that are as far apart as there are groups, rather than neighbours.
  private var scatteredGroups: [Hypothesis] {
    guard let layer = layer.itself as? GroupNormalization, let x = inputs.first else { return [] }
    let rank = x.dimensions.count
    let axis = layer.axis < 0 ? layer.axis + rank : layer.axis
    guard x.dimensions.indices.contains(axis), layer.groups > 1,
      case let channels = x.dimensions[axis], channels > layer.groups,
      channels.isMultiple(of: layer.groups)
    else { return [] }
    // Channel c is in group c mod groups: so ordered, the groups are neighbours.
    let (groups, size) = (layer.groups, channels / layer.groups)
    let (before, after) = (Array(x.dimensions[..<axis]), Array(x.dimensions[(axis + 1)...]))
    let turned = Array(0..<axis) + [axis + 1, axis] + Array((axis + 2)..<(rank + 1))
    let input = x.reshaped(before + [size, groups] + after).transposed(turned)
    var hypothesis = Hypothesis(
      .formula, "groups of channels that are \(groups) apart",
      fix: "reorder the channels around '\(node.name)' so that those of a group are neighbours",
      of: self)
    hypothesis.inputs = [input.reshaped(x.dimensions)]
    hypothesis.weights = {
      self.weights.mapValues { weight in
        weight.reshaped([size, groups]).transposed([1, 0]).reshaped([channels])
      }
    }
    hypothesis.layer = layer.followed(at: output) { (value, definition) throws(ModelError) in
      let apart = try definition.reshape(value, before + [groups, size] + after)
      return try definition.reshape(definition.transpose(apart, turned), x.dimensions)
    }
    return [hypothesis]
  }

  /// The interpolation that has the first and last pixels where they were.
  private var alignedCorners: [Hypothesis] {
    guard let resizing = layer.itself as? UpSampling2D, resizing.dataFormat == .channelsLast,
      resizing.interpolation == .bilinear, let input = inputs.first
    else { return [] }
    var hypothesis = Hypothesis(
      .formula, "aligned corners",
      fix: "replace '\(node.name)' by a resizing that aligns the corners, which Keras has not",
      of: self)
    hypothesis.follower = { _ in input.resizedWithAlignedCorners(by: resizing.size) }
    return [hypothesis]
  }
}

extension NDArray<Double> {
  /// Images, channels last, with the first and last pixels of each axis where they were.
  fileprivate func resizedWithAlignedCorners(by factors: [Int]) -> NDArray {
    var resized = self
    for (axis, factor) in factors.enumerated() {
      resized = resized.resizedWithAlignedEnds(axis: axis + 1, factor: factor)
    }
    return resized
  }

  private func resizedWithAlignedEnds(axis: Int, factor: Int) -> NDArray {
    let size = dimensions[axis]
    let newSize = size * factor
    let inner = dimensions[(axis + 1)...].reduce(1, *)
    let outer = dimensions[..<axis].reduce(1, *)
    var sizes = dimensions
    sizes[axis] = newSize
    var resized = NDArray(repeating: 0, sizes)
    for index in 0..<newSize {
      let place = newSize > 1 ? Double(index) * Double(size - 1) / Double(newSize - 1) : 0
      let lower = Swift.min(Int(place), Swift.max(size - 2, 0))
      let upper = Swift.min(lower + 1, size - 1)
      let weight = place - Double(lower)
      for row in 0..<outer {
        for element in 0..<inner {
          let (a, b) = (
            elements[(row * size + lower) * inner + element],
            elements[(row * size + upper) * inner + element]
          )
          resized.elements[(row * newSize + index) * inner + element] = a + (b - a) * weight
        }
      }
    }
    return resized
  }
}
