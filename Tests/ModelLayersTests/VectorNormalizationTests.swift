import ModelLayers
import TestSupport
import Testing

/// Normalizations by groups of channels, mean squares and lengths.
@Suite struct VectorNormalizationTests {
  @Test(arguments: [(1, 2), (2, 5), (3, 3), (-2, 1), (-1, 6), (-1, -1)], [true, false])
  func `groups of channels are normalized by their own statistics`(
    _ setting: (axis: Int, groups: Int), _ hasWeights: Bool
  ) throws {
    let layer = GroupNormalization(
      groups: setting.groups, axis: setting.axis, epsilon: 0.25, center: hasWeights,
      scale: hasWeights)
    let trial = try LayerTrial(layer, [2, 4, 5, 6])
    let x = trial.inputs[0]
    let axis = setting.axis < 0 ? 4 + setting.axis : setting.axis
    let width = setting.groups == -1 ? 1 : x.dimensions[axis] / setting.groups
    var groups: [[Int]: [Double]] = [:]
    func group(_ place: [Int]) -> [Int] { [place[0], place[axis] / width] }
    let expected = { () -> NDArray<Double> in
      _ = NDArray<Double>.generate(x.dimensions) { place in
        let element = x.at(place[0], place[1], place[2], place[3])
        groups[group(place), default: []].append(element)
        return element
      }
      return .generate(x.dimensions) { place in
        let members = groups[group(place)] ?? []
        let mean = members.reduce(0, +) / Double(members.count)
        let variance = members.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(members.count)
        let normal =
          (x.at(place[0], place[1], place[2], place[3]) - mean) / (variance + 0.25).squareRoot()
        let gamma = trial.parameters["gamma"]?.at(place[axis]) ?? 1
        return normal * gamma + (trial.parameters["beta"]?.at(place[axis]) ?? 0)
      }
    }()
    #expect(trial.parameters.isEmpty == !hasWeights)
    #expect(trial.distance(to: expected) < 1e-13)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `a group must be a part of the channels`() throws {
    func refused(_ layer: any Layer, _ shape: Shape) -> String {
      refusal { try layer.outputShapes(for: [shape]) }
    }
    #expect(
      refused(GroupNormalization(groups: 4), [nil, 5, 6])
        == "attribute 'groups' is 4; expected a divisor of the input's 6 channels")
    #expect(
      refused(GroupNormalization(groups: 2, axis: 0), [2, 5, 6])
        == "attribute 'axis' is 0; expected another axis than that of the batch")
    #expect(
      refusal { try GroupNormalization(attributes: ["groups": .int(0)]) }
        == "attribute 'groups' is 0; expected at least 1, or -1")
  }

  @Test(arguments: [[-1], [-2, -1], [2]])
  func `the mean square of all axes is that of each sample`(_ axes: [Int]) throws {
    let trial = try LayerTrial(RMSNormalization(axes: axes, epsilon: 0.125), [2, 4, 5])
    let x = trial.inputs[0]
    let scale = try #require(trial.parameters["scale"])
    let isWhole = axes.count == 2
    #expect(scale.dimensions == (isWhole ? [4, 5] : [5]))
    let expected = NDArray<Double>.generate(x.dimensions) { place in
      let members = (isWhole ? Array(0..<4) : [place[1]]).flatMap { row in
        (0..<5).map { x.at(place[0], row, $0) }
      }
      let mean = members.reduce(0) { $0 + $1 * $1 } / Double(members.count)
      return x.at(place[0], place[1], place[2]) / (mean + 0.125).squareRoot()
        * (isWhole ? scale.at(place[1], place[2]) : scale.at(place[2]))
    }
    #expect(trial.distance(to: expected) < 1e-14)
    #expect(trial.roundingShare() <= 1)
  }

  @Test func `a vector of nearly no length is divided by the least that counts`() throws {
    let x = NDArray<Double>([3, 2], [3, 4, 3e-8, 4e-8, 3e-13, 4e-13])
    let today = UnitNormalization().forward([x], Parameters())[0]
    let before = try UnitNormalization(attributes: ["limit": .string("square")])
      .forward([x], Parameters())[0]
    for (found, expected) in zip(today.elements, [0.6, 0.8, 0.6, 0.8, 0.3, 0.4]) {
      #expect(abs(found - expected) < 1e-12)
    }
    for (found, expected) in zip(before.elements, [0.6, 0.8, 0.03, 0.04, 3e-7, 4e-7]) {
      #expect(abs(found - expected) < 1e-12)
    }
    let trial = try LayerTrial(UnitNormalization(axes: [1, 2]), [2, 3, 4])
    #expect(trial.roundingShare() <= 1)
  }
}
