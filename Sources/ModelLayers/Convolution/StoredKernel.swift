/// In which order a file keeps the axes of a convolution's kernel, and whether its ends are exchanged.
///
/// Keras 2 and 3 have one order. Keras 1 had others, which depended on where the channels of images
/// were, and on Theano multiplied the first element of a window with the last of the kernel. Weights
/// stay as they are in the file; a definition puts them in order.
public struct StoredKernel: Hashable, Sendable {
  /// An order of the axes; the raw values are names in the schema.
  public enum Layout: String, CaseIterable, Hashable, Sendable {
    /// That of Keras 2 and 3.
    case usual
    /// `(spatial…, channels, filters)`.
    case filtersLast = "filters_last"
    /// `(filters, channels, spatial…)`.
    case filtersFirst = "filters_first"
    /// `(length, 1, channels, filters)`.
    case planarFiltersLast = "planar_filters_last"
    /// `(filters, channels, length, 1)`.
    case planarFiltersFirst = "planar_filters_first"
  }

  /// The order of the axes.
  public internal(set) var layout = Layout.usual
  /// Whether the last element along each spatial axis is multiplied with the first of a window.
  public internal(set) var isFlipped = false

  static let fields: [AttributeField<StoredKernel>] = [
    .deviation("kernel_layout", \.layout, from: .usual),
    .impliedFlag("flips_kernel", \.isFlipped, usual: false),
  ]

  /// Throws `ModelError.attribute` for an order that kernels of another rank have.
  func check(rank: Int) throws(ModelError) {
    let isPlanar = [.planarFiltersLast, .planarFiltersFirst].contains(layout)
    guard !isPlanar || rank == 1 else {
      throw .attribute(
        "kernel_layout", expected: "an order of \(rank + 2) axes", found: "'\(layout.rawValue)'")
    }
  }

  /// Asks for a kernel as it is kept, and puts it in the usual order.
  ///
  /// - Parameters:
  ///   - sizes: The spatial sizes.
  ///   - channels: The size of the axis of the input's channels.
  ///   - filters: The size of the axis of the output's.
  ///   - isTransposed: Whether the axis of the filters usually comes before that of the channels.
  func kernel(
    _ sizes: [Int], channels: Int, filters: Int, isTransposed: Bool = false,
    in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let rank = sizes.count
    let usual = sizes + (isTransposed ? [filters, channels] : [channels, filters])
    var kernel: Definition.Value
    switch layout {
    case .usual: kernel = definition.weight("kernel", usual)
    case .filtersLast, .planarFiltersLast:
      let one = layout == .planarFiltersLast ? [1] : []
      kernel = definition.weight("kernel", sizes + one + [channels, filters])
      if isTransposed {
        kernel = try definition.transpose(kernel, Array(0..<rank) + [rank + 1, rank])
      }
    case .filtersFirst, .planarFiltersFirst:
      let one = layout == .planarFiltersFirst ? [1] : []
      kernel = definition.weight("kernel", [filters, channels] + sizes + one)
      let spatial = Array(2..<rank + 2 + one.count)
      kernel = try definition.transpose(kernel, spatial + (isTransposed ? [0, 1] : [1, 0]))
    }
    if kernel.shape.rank > usual.count {
      kernel = try definition.reshape(kernel, usual, keepsFirstAxis: false)
    }
    return isFlipped ? try definition.reversed(kernel, along: Array(0..<rank)) : kernel
  }
}
