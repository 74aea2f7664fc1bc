#if OneDNN

internal import ModelGraph

/// How a batch is run whose items are computed each by itself: in groups of equal size, one after
/// the other on all threads, or at once on one thread each.
///
/// Small groups keep tensors in the caches, and groups on one thread each need not wait for each
/// other. But each group reads all weights anew, which is why those of networks that have far
/// more weights than tensors are larger.
struct BatchSplit: Equatable {
  /// How many items are run as one.
  let groupSize: Int
  let groupCount: Int

  /// The whole batch as one.
  static func whole(_ batch: Int) -> BatchSplit { BatchSplit(groupSize: batch, groupCount: 1) }

  /// Groups that suit a model.
  ///
  /// - Parameter item: The model for one item.
  static func groups(of batch: Int, _ item: LoweredModel, threadCount: Int) -> BatchSplit {
    let worthwhile = item.weightByteCount / (weightShare * max(1, item.largestStepByteCount))
    // No thread is left without a group, and all groups are equal.
    let limit = min(worthwhile, largestGroup, batch / threadCount)
    let size = (1...max(1, limit)).last { batch.isMultiple(of: $0) } ?? 1
    return BatchSplit(groupSize: size, groupCount: batch / size)
  }

  /// The weights of a model that is run in groups are at least so many times what the items of a
  /// group read and write in the largest step: ResNet50 gained by that; MobileNetV2, DenseNet121
  /// and Xception, with shares of 2 to 5 for one item, lost on two threads.
  private static let weightShare = 3
  /// Larger groups were seen to gain no more.
  private static let largestGroup = 4
}

extension LoweredModel {
  /// The size of all weights of convolutions and products, as float32.
  fileprivate var weightByteCount: Int {
    var sizes: [String: Int] = [:]
    for operation in operations {
      switch operation.kind {
      case .convolution(let filters, _, _), .product(let filters):
        sizes[filters.name] = filters.kernel.elementCount * MemoryLayout<Float>.stride
      case .recurrence(let weights, _, _):
        sizes[weights.kernel.name] = weights.elementCount * MemoryLayout<Float>.stride
      default: break
      }
    }
    return sizes.values.reduce(0, +)
  }

  /// The most that one operation reads and writes, besides weights.
  fileprivate var largestStepByteCount: Int {
    operations.map { operation in
      (operation.reads + operation.outputs).reduce(0) { sum, value in
        sum + shapes[value].reduce(MemoryLayout<Float>.stride, *)
      }
    }.max() ?? 0
  }
}

#endif
