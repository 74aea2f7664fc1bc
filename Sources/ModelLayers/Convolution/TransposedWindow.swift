/// The window of a transposed convolution along one axis: it is put at every element of the input, and
/// the output is the sum of what is put there.
///
/// With e = (size - 1)·dilation + 1 and n elements along the axis, element i of the input counts for
/// the outputs `i·stride + t·dilation - before`, t from 0 to size - 1, as far as there are such.
/// As `keras/src/backend/common/backend_utils.py` and `deconv_output_length` of Keras 2:
/// - without an output padding, valid: n·stride + max(e - stride, 0) outputs; same: n·stride;
/// - with an output padding p: (n - 1)·stride + e + p outputs, same: 2·⌊e ÷ 2⌋ fewer.
///
/// Sizes may come from a hostile file: nothing here traps, whatever they are.
package struct TransposedWindow: Hashable, Sendable {
  /// The number of elements that are put at each element of the input.
  package var size: Int
  /// The distance between what is put for two neighbours of the input.
  package var stride: Int
  /// The distance between two elements that are put.
  package var dilation: Int
  /// Whether the output is cut as `same` padding of a convolution adds zeros.
  var isSame: Bool
  /// How many more outputs there are; `nil` for as many as need be.
  var outputPadding: Int?

  /// What is longer is not computed with.
  private static let longest = 1 << 40

  /// The number of elements from the first to the last that are put; `nil` where it is too large.
  private var extent: Int? {
    guard let gaps = [size - 1, dilation].checkedProduct(), gaps < Self.longest else { return nil }
    return gaps + 1
  }

  /// The number of outputs for an axis of `count` elements; `nil` where there is none of which a
  /// convolution would make `count` elements, as TensorFlow demands.
  func outputSize(_ count: Int) -> Int? {
    guard let extent, count > 0, (outputPadding ?? 0) < Self.longest,
      let whole = [count, stride].checkedProduct(), whole < Self.longest
    else { return nil }
    let size =
      if let outputPadding {
        whole - stride + extent - (isSame ? extent / 2 * 2 : 0) + outputPadding
      } else {
        whole + (isSame ? 0 : max(extent - stride, 0))
      }
    let convolved = Window(
      size: self.size, stride: stride, dilation: dilation, padding: isSame ? .same : .valid
    ).outputSize(size)
    return convolved == count ? size : nil
  }

  /// How much is cut off before the first output.
  func before(_ count: Int) -> Int {
    guard isSame, let extent, let outputSize = outputSize(count) else { return 0 }
    return max((count - 1) * stride + extent - outputSize, 0) / 2
  }

  /// How much is cut off before the first output and after the last; what is added there is less than
  /// nothing cut off.
  package func cut(_ count: Int) -> [Int] {
    guard let extent, let outputSize = outputSize(count) else { return [0, 0] }
    let before = before(count)
    return [before, (count - 1) * stride + extent - outputSize - before]
  }

  /// The most elements of the input that count for one output.
  var largestCount: Int { dilation == 1 ? (size - 1) / stride + 1 : size }
}

extension [TransposedWindow] {
  /// The shape of the output.
  ///
  /// - Throws: `ModelError.rank` where the input has other axes, `ModelError.emptyOutput` where an axis
  ///   has no outputs.
  func outputShape(
    for input: Shape, _ dataFormat: DataFormat, channels: Int
  ) throws(ModelError) -> Shape {
    try dataFormat.checkSpatialRank(count, of: input)
    var sizes: [Int?] = []
    for (window, axis) in zip(self, dataFormat.spatialAxes(rank: input.rank)) {
      guard let size = input[axis] else {
        sizes.append(nil)
        continue
      }
      guard let made = window.outputSize(size) else {
        throw .emptyOutput(input: input, axis: axis)
      }
      sizes.append(made)
    }
    return dataFormat.shape(batch: input[0], spatial: sizes, channels: channels)
  }
}

/// For each output of a transposed convolution, the elements of the input that count for it, beside
/// one another as the kernel has its elements: zeros where there are none.
struct TransposedPatches<Scalar: ReferenceScalar>: RowSource {
  private let image: NDArray<Scalar>
  private let axes: [Axis]
  private let channelCount: Int

  /// One axis: which element of the input each element of the window comes from.
  private struct Axis {
    let inputSize: Int
    let outputSize: Int
    let tapCount: Int
    /// For each output the taps that something is put by, with the element of the input.
    let sources: [[(tap: Int, element: Int)]]

    init(_ window: TransposedWindow, inputSize: Int) {
      self.inputSize = inputSize
      outputSize = window.outputSize(inputSize) ?? 0
      tapCount = window.size
      let before = window.before(inputSize)
      sources = (0..<outputSize).map { output in
        (0..<window.size).compactMap { tap in
          let (element, rest) = (output + before - tap * window.dilation)
            .quotientAndRemainder(dividingBy: window.stride)
          return rest == 0 && (0..<inputSize).contains(element) ? (tap, element) : nil
        }
      }
    }
  }

  /// Takes an input that is channels last.
  init(_ windows: [TransposedWindow], _ image: NDArray<Scalar>) {
    self.image = image
    axes = zip(windows, image.dimensions.dropFirst()).map { Axis($0, inputSize: $1) }
    channelCount = image.dimensions.last ?? 0
  }

  var rowCount: Int { axes.reduce(image.dimensions[0]) { $0 * $1.outputSize } }
  var rowLength: Int { axes.reduce(channelCount) { $0 * $1.tapCount } }

  func write(row: Int, to elements: inout MutableSpan<Scalar>) {
    var places: [Int] = []
    var rest = row
    for axis in axes.reversed() {
      places.append(rest % axis.outputSize)
      rest /= axis.outputSize
    }
    let pixels = image.elements.span
    write(0, places.reversed(), tap: 0, pixel: rest, pixels, to: &elements)
  }

  /// Goes through the elements of the window along an axis and those behind it.
  private func write(
    _ axis: Int, _ places: [Int], tap: Int, pixel: Int, _ pixels: Span<Scalar>,
    to elements: inout MutableSpan<Scalar>
  ) {
    guard axis < axes.count else {
      var part = elements._mutatingExtracting(tap * channelCount..<(tap + 1) * channelCount)
      part.copy(pixels.extracting(pixel * channelCount..<(pixel + 1) * channelCount))
      return
    }
    for source in axes[axis].sources[places[axis]] {
      write(
        axis + 1, places, tap: tap * axes[axis].tapCount + source.tap,
        pixel: pixel * axes[axis].inputSize + source.element, pixels, to: &elements)
    }
  }
}
