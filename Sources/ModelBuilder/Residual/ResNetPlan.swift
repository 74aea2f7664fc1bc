internal import ModelGraph

/// What tells one residual network from another.
struct ResNetPlan {
  /// What a network begins with.
  enum Stem {
    /// A 7×7 convolution and a pooling, both of stride 2.
    case large
    /// A 3×3 convolution.
    case small
  }

  /// Blocks of one size of feature maps.
  struct Stage {
    /// Channels inside a block; a bottleneck makes four times as many.
    let width: Int
    let blockCount: Int
    /// The stride of the stage's first block, or, in version 2 of the large networks, of its last.
    let stride: Int
  }

  static let depths = [18, 20, 34, 50, 56, 101, 110, 152]

  let version: ResNetVersion
  let stem: Stem
  let isBottleneck: Bool
  let stages: [Stage]

  /// - Returns: `nil` for a depth that is not one of the papers'.
  init?(depth: Int, version: ResNetVersion) {
    self.version = version
    let counts: [Int]
    switch depth {
    case 18: counts = [2, 2, 2, 2]
    case 34, 50: counts = [3, 4, 6, 3]
    case 101: counts = [3, 4, 23, 3]
    case 152: counts = [3, 8, 36, 3]
    case 20, 56, 110: counts = Array(repeating: (depth - 2) / 6, count: 3)
    default: return nil
    }
    stem = counts.count == 3 ? .small : .large
    isBottleneck = depth >= 50 && stem == .large
    let firstWidth = stem == .small ? 16 : 64
    // Keras's version 2 makes maps smaller at the end of a stage, all others at its beginning.
    let isLate = version == .v2 && isBottleneck
    stages = counts.enumerated().map { index, count in
      let isStrided = isLate ? index < counts.count - 1 : index > 0
      return Stage(width: firstWidth << index, blockCount: count, stride: isStrided ? 2 : 1)
    }
  }

  /// Height, width and channels of the images that the papers use.
  var inputShape: [Int?] { stem == .small ? [32, 32, 3] : [224, 224, 3] }

  /// All layers up to the last feature maps.
  func body(
    _ input: SymbolicTensor, file: StaticString, line: UInt
  ) -> SymbolicTensor {
    let layers = ResNetLayers(version: version, file: file, line: line)
    var maps =
      switch stem {
      // Keras's networks have a bias in front of their first normalization, the papers' have none.
      case .large: layers.largeStem(input, useBias: isBottleneck || version == .v2)
      case .small: layers.smallStem(input)
      }
    for (index, stage) in stages.enumerated() {
      for number in 1...stage.blockCount {
        let name = "conv\(index + 2)_block\(number)"
        maps =
          isBottleneck
          ? bottleneck(maps, stage, number, layers, name)
          : layers.basicBlock(
            maps, width: stage.width, stride: number == 1 ? stage.stride : 1, name)
      }
    }
    return version == .v2 ? layers.activated(maps, "post") : maps
  }

  private func bottleneck(
    _ maps: SymbolicTensor, _ stage: Stage, _ number: Int, _ layers: ResNetLayers, _ name: String
  ) -> SymbolicTensor {
    switch version {
    case .v1:
      layers.bottleneckV1(
        maps, width: stage.width, stride: number == 1 ? stage.stride : 1,
        isProjected: number == 1, name)
    case .v2:
      layers.bottleneckV2(
        maps, width: stage.width, stride: number == stage.blockCount ? stage.stride : 1,
        isProjected: number == 1, name)
    }
  }
}
