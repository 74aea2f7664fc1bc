extension Primitives {
  /// A window of weights that moves over an image, and what it sees, multiplied and added up: the
  /// inputs are the image, the kernel and, if there is one, a bias for each filter.
  public struct Convolution: Primitive, Hashable {
    /// How the channels of the image and those of the kernel belong together.
    public enum Form: Hashable, Sendable {
      /// The kernel is `(spatial…, channels ÷ groups, filters)`.
      case groups(Int)
      /// The kernel is `(spatial…, channels, multiplier)`: filters for each channel alone.
      case depthwise
    }

    package var window: ConvolutionWindow
    package var form: Form

    init(_ window: ConvolutionWindow, _ form: Form) {
      self.window = window
      self.form = form
    }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      let shape = try window.outputShape(
        for: inputs[0].shape, channels: filterCount(inputs[1].shape.known ?? []))
      return [TensorType(shape)]
    }

    private func filterCount(_ kernel: [Int]) -> Int {
      switch form {
      case .groups: kernel.last ?? 0
      case .depthwise: kernel.suffix(2).reduce(1, *)
      }
    }

    /// The number of products in one sum, as factors.
    private func productCounts(_ kernel: [Int]) -> [Int] {
      switch form {
      case .groups: kernel.dropLast()
      case .depthwise: window.kernelSize
      }
    }

    /// Two for each product that is added.
    public func operationCount(
      for inputs: [TensorType], results: [TensorType]
    ) throws(ModelError) -> Int {
      try results.map(\.shape).operationCount(
        perElement: [2] + productCounts(inputs[1].shape.known ?? []))
    }

    /// What the window puts around the first input.
    public func explicitPadding(for inputs: [TensorType]) throws(ModelError) -> [Int] {
      try window.explicitPadding(for: inputs[0].shape)
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      inputs.itemsOfFirst(along: 0)
    }

    /// Computes the results.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      [sums(inputs[0], inputs[1], inputs.count > 2 ? inputs[2] : nil, .products)]
    }

    /// The bound of sums of products.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let bias = inputs.count > 2 ? inputs[2] : nil
      return [
        .bilinear(
          inputs[0], inputs[1], bias: bias,
          length: productCounts(inputs[1].dimensions).reduce(1, *) + (bias == nil ? 0 : 1)
        ) { sums($0, $1, $2, .magnitudes) }
      ]
    }

    private func sums<Scalar: ReferenceScalar>(
      _ input: NDArray<Scalar>, _ kernel: NDArray<Scalar>, _ bias: NDArray<Scalar>?, _ terms: Terms
    ) -> NDArray<Scalar> {
      let image = input.channelsLast(from: window.dataFormat)
      let geometry = ConvolutionGeometry(window.windows, image.dimensions)
      let filters = filterCount(kernel.dimensions)
      let elements: [Scalar]
      if isDepthwise(channels: geometry.channelCount) {
        let rows = DepthwiseRows(
          image: image, geometry: geometry, kernel: kernel,
          depthMultiplier: filters / geometry.channelCount, terms: terms)
        elements = collected(rows, bias: bias, terms)
      } else {
        let groups = if case .groups(let groups) = form { groups } else { 1 }
        let width = geometry.channelCount / groups
        let patches = (0..<groups).map {
          Patches(image: image, geometry: geometry, channels: $0 * width..<($0 + 1) * width)
        }
        elements = matrixProduct(patches, kernel, bias: bias, terms)
      }
      let dimensions = geometry.outputDimensions(rank: window.rank, channels: filters)
      return NDArray(dimensions, elements).channelsLast(to: window.dataFormat)
    }

    /// One channel a group is a depthwise convolution, with its weights in the same order.
    private func isDepthwise(channels: Int) -> Bool {
      switch form {
      case .groups(let groups): groups > 1 && groups == channels
      case .depthwise: true
      }
    }
  }
}

extension RoundingBound {
  /// The bound of sums of products of two tensors, and a bias.
  ///
  /// What the factors are off by grows with the sums: (1 + γ(l))·(1 + γ(m))·(1 + γ(n)) ≤
  /// 1 + γ(l + m + n).
  ///
  /// - Parameters:
  ///   - length: The number of terms of one sum, a bias included.
  ///   - sums: The same sums of the magnitudes of two tensors and a bias.
  static func bilinear(
    _ x: Inexact<Scalar>, _ y: Inexact<Scalar>, bias: Inexact<Scalar>?, length: Int,
    sums: (NDArray<Scalar>, NDArray<Scalar>, NDArray<Scalar>?) -> NDArray<Scalar>
  ) -> RoundingBound {
    guard !x.isExact || !y.isExact || bias?.isExact == false else {
      return .sum(of: length, magnitude: sums(x.value, y.value, bias?.value).elements)
    }
    var fixed: [Scalar] = []
    if let errors = x.fixed { fixed = fixed.plus(sums(errors, y.value, nil).elements) }
    if let errors = y.fixed { fixed = fixed.plus(sums(x.value, errors, nil).elements) }
    if let one = x.fixed, let other = y.fixed {
      // Where both are 0 nothing else is left.
      let unit = Scalar(x.unitRoundoff)
      fixed = fixed.plus(sums(one, other, nil).elements.map { unit * $0 })
    }
    if let errors = bias?.fixed {
      let zeros = NDArray<Scalar>(repeating: 0, x.dimensions)
      fixed = fixed.plus(sums(zeros, y.value, errors).elements)
    }
    let magnitude = sums(
      x.coveringMagnitude, y.coveringMagnitude, bias?.coveringMagnitude
    ).elements
    return .sum(
      of: length + x.bound.length + y.bound.length + (bias?.bound.length ?? 0),
      magnitude: magnitude, fixed: fixed)
  }
}

extension [(ItemAxis, TensorType)] {
  /// The items of the first tensor where they are along the given axis and in no other tensor.
  func itemsOfFirst(along axis: Int) -> ItemAxis {
    guard dropFirst().allSatisfy({ $0.0 == .absent }), let first = first?.0 else { return .mixed }
    return first == .absent || first == .axis(axis) ? first : .mixed
  }
}
