/// A window that moves along one axis: of a convolution, of pooling.
///
/// The rules are those of TensorFlow, which Keras follows, with e = (size - 1)·dilation + 1
/// and n elements along the axis:
/// - valid: ⌊(n - e) ÷ stride⌋ + 1 outputs, no padding;
/// - same: o = ⌈n ÷ stride⌉ outputs; p = max((o - 1)·stride + e - n, 0) elements of
///   padding, ⌊p ÷ 2⌋ before the input and the rest after it;
/// - causal: ⌈n ÷ stride⌉ outputs; e - 1 elements of padding before the input.
///
/// Sizes may come from a hostile file: nothing here traps, whatever they are.
package struct Window: Hashable, Sendable {
  /// The number of elements that the window sees.
  package var size: Int
  /// The distance between two positions of the window.
  package var stride: Int
  /// The distance between two elements that the window sees.
  package var dilation: Int
  /// What is put around the input.
  package var padding: Padding

  /// Makes a window; size, stride and dilation are at least 1.
  package init(size: Int, stride: Int, dilation: Int = 1, padding: Padding) {
    self.size = size
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
  }

  /// The number of elements from the first to the last that the window sees, or
  /// `nil` where it does not fit an `Int`.
  package var extent: Int? {
    let (gaps, overflow) = (size - 1).multipliedReportingOverflow(by: dilation)
    return overflow || gaps == Int.max ? nil : gaps + 1
  }

  /// The number of outputs for an axis of `count` elements, or `nil` where
  /// there is none.
  package func outputSize(_ count: Int) -> Int? {
    guard count > 0, let extent else { return nil }
    guard padding == .valid else { return (count - 1) / stride + 1 }
    return count < extent ? nil : (count - extent) / stride + 1
  }

  /// The elements of padding before and after an axis of `count` elements.
  ///
  /// There is none where there is no output.
  package func padding(for count: Int) -> (before: Int, after: Int) {
    guard let extent, let outputSize = outputSize(count) else { return (0, 0) }
    switch padding {
    case .valid: return (0, 0)
    case .causal: return (extent - 1, 0)
    case .same:
      // (outputSize - 1)·stride is less than `count`.
      let total = max((outputSize - 1) * stride - count + extent, 0)
      return (total / 2, total - total / 2)
    }
  }
}

// MARK: - Several axes

extension Collection<Window> {
  /// The sizes that windows along the spatial axes of an input make; unknown
  /// where the input's are.
  ///
  /// - Throws: `ModelError.rank` where the input has other axes,
  ///   `ModelError.emptyOutput` where a window has no place.
  package func outputSizes(
    for input: Shape, _ dataFormat: DataFormat
  ) throws(ModelError) -> [Int?] {
    try checkRank(input, dataFormat)
    var sizes: [Int?] = []
    for (window, axis) in zip(self, dataFormat.spatialAxes(rank: input.rank)) {
      guard let count = input[axis] else {
        sizes.append(nil)
        continue
      }
      guard let size = window.outputSize(count) else {
        throw .emptyOutput(input: input, axis: axis)
      }
      sizes.append(size)
    }
    return sizes
  }

  /// The padding as before/after pairs per spatial axis; empty for `valid`.
  ///
  /// - Throws: `ModelError.unknownDimension` where it depends on a size that is
  ///   not known: `same` with a stride.
  package func explicitPadding(
    for input: Shape, _ dataFormat: DataFormat
  ) throws(ModelError) -> [Int] {
    try checkRank(input, dataFormat)
    guard contains(where: { $0.padding != .valid }) else { return [] }
    var pads: [Int] = []
    for (window, axis) in zip(self, dataFormat.spatialAxes(rank: input.rank)) {
      // Without a stride the padding is the same for every size.
      guard let count = input[axis] ?? (window.stride == 1 ? 1 : nil) else {
        throw .unknownDimension(shape: input, needed: "the size that 'same' pads")
      }
      let (before, after) = window.padding(for: count)
      pads += [before, after]
    }
    return pads
  }

  private func checkRank(_ input: Shape, _ dataFormat: DataFormat) throws(ModelError) {
    guard input.rank == count + 2 else {
      let spatial = count == 1 ? "length" : count == 2 ? "height, width" : "depth, height, width"
      let axes = dataFormat == .channelsLast ? "\(spatial), channels" : "channels, \(spatial)"
      throw .rank(expected: "[batch, \(axes)]", found: input)
    }
  }
}
