internal import ModelGraph

extension ResidualBlock {
  /// Makes the layers of the block, and calls them.
  ///
  /// With a name, layers are called `NAME_conv1`, `NAME_bn1`, `NAME_act1`, …, `NAME_shortcut_conv`,
  /// `NAME_add` and `NAME_out`.
  ///
  /// - Parameter input: `(batch, height, width, channels)`; the channels must be known unless the
  ///   block has a number of filters.
  /// - Returns: The block's output, or the first error on the way to it, with the line of this call.
  public func callAsFunction(
    _ input: SymbolicTensor, file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    let place = Place(file: file, line: line)
    // Where the channels are not known, the first convolution says so.
    let filters = filters ?? input.shape?.dimensions.last.flatMap(\.self) ?? 1
    var branch = input
    var projected = input
    for (index, convolution) in convolutions.enumerated() {
      let isLast = index == convolutions.count - 1
      let number = convolutions.count == 1 ? "" : "\(index + 1)"
      if activationOrder == .pre {
        branch = normalized(branch, as: "bn\(number)", place)
        branch = activated(branch, number, place)
        // A projection begins where the branch does, behind the first activation.
        if index == 0 { projected = branch }
      }
      branch = Conv2D(
        filters * convolution.expansion / convolution.contraction,
        kernelSize: convolution.kernelSize, strides: index == stridedConvolution ? strides : (1, 1),
        padding: .same, useBias: !isNormalized(index), kernelInitializer: .heNormal(),
        name: layerName("conv\(number)"))(branch, file: file, line: line)
      if activationOrder == .post {
        branch = normalized(branch, as: "bn\(number)", place)
        if !isLast || activatesLastConvolution { branch = activated(branch, number, place) }
      }
    }
    let around = shortcut(of: input, projecting: projected, to: branch, filters, place)
    let sum = Add(name: layerName("add"))(branch, around, file: file, line: line)
    guard let activationAfterAddition else { return sum }
    return Activation(activationAfterAddition, name: layerName("out"))(sum, file: file, line: line)
  }

  private typealias Place = (file: StaticString, line: UInt)

  private func layerName(_ part: String) -> String? { name.map { "\($0)_\(part)" } }

  /// A bias before a normalization would be taken away again.
  private func isNormalized(_ convolution: Int) -> Bool {
    normalization != nil && (activationOrder == .post || convolution < convolutions.count - 1)
  }

  private func normalized(
    _ tensor: SymbolicTensor, as part: String, _ place: Place
  ) -> SymbolicTensor {
    guard let normalization else { return tensor }
    return BatchNormalization(
      momentum: normalization.momentum, epsilon: normalization.epsilon,
      name: layerName(part))(tensor, file: place.file, line: place.line)
  }

  private func activated(
    _ tensor: SymbolicTensor, _ number: String, _ place: Place
  ) -> SymbolicTensor {
    Activation(activation, name: layerName("act\(number)"))(
      tensor, file: place.file, line: place.line)
  }

  /// The input, or its projection where that is asked for or the shapes differ.
  private func shortcut(
    of input: SymbolicTensor, projecting projected: SymbolicTensor, to branch: SymbolicTensor,
    _ filters: Int, _ place: Place
  ) -> SymbolicTensor {
    let isProjected =
      switch shortcut {
      case .automatic: input.shape != branch.shape
      case .identity: false
      case .projection: true
      }
    guard isProjected else { return input }
    let isNormalized = normalization != nil && activationOrder == .post
    let projection = Conv2D(
      filters, kernelSize: (1, 1), strides: strides, padding: .same, useBias: !isNormalized,
      kernelInitializer: .heNormal(), name: layerName("shortcut_conv"))(
        projected, file: place.file, line: place.line)
    return isNormalized ? normalized(projection, as: "shortcut_bn", place) : projection
  }
}
