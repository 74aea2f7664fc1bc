internal import ModelGraph

/// The pieces of residual networks, with the names that keras.applications gives their layers
/// (`resnet.py` of Keras 2 and 3).
struct ResNetLayers {
  let version: ResNetVersion
  let file: StaticString
  let line: UInt

  // MARK: - Stems

  /// To a quarter of the height and width.
  func largeStem(_ input: SymbolicTensor, useBias: Bool) -> SymbolicTensor {
    var maps = padded(input, by: 3, "conv1_pad")
    maps = convolution(maps, 64, 7, stride: 2, useBias: useBias, "conv1_conv")
    if version == .v1 { maps = activated(maps, "conv1") }
    maps = padded(maps, by: 1, "pool1_pad")
    return MaxPooling2D(poolSize: (3, 3), strides: (2, 2), name: "pool1_pool")(
      maps, file: file, line: line)
  }

  /// Of the input's height and width.
  func smallStem(_ input: SymbolicTensor) -> SymbolicTensor {
    let maps = convolution(
      input, 16, 3, padding: .same, useBias: version == .v2, "conv1_conv")
    return version == .v1 ? activated(maps, "conv1") : maps
  }

  // MARK: - Blocks

  /// Two 3×3 convolutions.
  func basicBlock(
    _ input: SymbolicTensor, width: Int, stride: Int, _ name: String
  ) -> SymbolicTensor {
    let begin = version == .v2 ? activated(input, "\(name)_preact") : input
    var shortcut = input
    if stride > 1 || input.shape?.dimensions.last != width {
      shortcut = convolution(
        begin, width, 1, stride: stride, padding: .same, useBias: version == .v2, "\(name)_0_conv")
      if version == .v1 { shortcut = normalized(shortcut, "\(name)_0_bn") }
    }
    var branch = convolution(
      begin, width, 3, stride: stride, padding: .same, useBias: false, "\(name)_1_conv")
    branch = activated(branch, "\(name)_1")
    branch = convolution(
      branch, width, 3, padding: .same, useBias: version == .v2, "\(name)_2_conv")
    if version == .v2 { return sum(shortcut, branch, "\(name)_out") }
    branch = normalized(branch, "\(name)_2_bn")
    return rectified(sum(shortcut, branch, "\(name)_add"), "\(name)_out")
  }

  /// 1×1, 3×3 and 1×1 convolutions, the first of them strided.
  func bottleneckV1(
    _ input: SymbolicTensor, width: Int, stride: Int, isProjected: Bool, _ name: String
  ) -> SymbolicTensor {
    var shortcut = input
    if isProjected {
      shortcut = convolution(input, 4 * width, 1, stride: stride, "\(name)_0_conv")
      shortcut = normalized(shortcut, "\(name)_0_bn")
    }
    var branch = convolution(input, width, 1, stride: stride, "\(name)_1_conv")
    branch = activated(branch, "\(name)_1")
    branch = convolution(branch, width, 3, padding: .same, "\(name)_2_conv")
    branch = activated(branch, "\(name)_2")
    branch = convolution(branch, 4 * width, 1, "\(name)_3_conv")
    branch = normalized(branch, "\(name)_3_bn")
    return rectified(sum(shortcut, branch, "\(name)_add"), "\(name)_out")
  }

  /// 1×1, 3×3 and 1×1 convolutions behind an activation, the second of them strided.
  func bottleneckV2(
    _ input: SymbolicTensor, width: Int, stride: Int, isProjected: Bool, _ name: String
  ) -> SymbolicTensor {
    let begin = activated(input, "\(name)_preact")
    var shortcut = input
    if isProjected {
      shortcut = convolution(begin, 4 * width, 1, stride: stride, "\(name)_0_conv")
    } else if stride > 1 {
      // Keras lets this layer have a name made for it.
      shortcut = MaxPooling2D(poolSize: (1, 1), strides: (stride, stride))(
        input, file: file, line: line)
    }
    var branch = convolution(begin, width, 1, useBias: false, "\(name)_1_conv")
    branch = activated(branch, "\(name)_1")
    branch = padded(branch, by: 1, "\(name)_2_pad")
    branch = convolution(branch, width, 3, stride: stride, useBias: false, "\(name)_2_conv")
    branch = activated(branch, "\(name)_2")
    branch = convolution(branch, 4 * width, 1, "\(name)_3_conv")
    return sum(shortcut, branch, "\(name)_out")
  }

  // MARK: - Layers

  /// Normalized and rectified.
  func activated(_ input: SymbolicTensor, _ name: String) -> SymbolicTensor {
    rectified(normalized(input, "\(name)_bn"), "\(name)_relu")
  }

  private func convolution(
    _ input: SymbolicTensor, _ filters: Int, _ size: Int, stride: Int = 1,
    padding: Padding = .valid, useBias: Bool = true, _ name: String
  ) -> SymbolicTensor {
    Conv2D(
      filters, kernelSize: (size, size), strides: (stride, stride), padding: padding,
      useBias: useBias, name: name)(input, file: file, line: line)
  }

  private func normalized(_ input: SymbolicTensor, _ name: String) -> SymbolicTensor {
    BatchNormalization(axis: 3, epsilon: 1.001e-5, name: name)(input, file: file, line: line)
  }

  private func rectified(_ input: SymbolicTensor, _ name: String) -> SymbolicTensor {
    Activation(.relu, name: name)(input, file: file, line: line)
  }

  private func sum(
    _ shortcut: SymbolicTensor, _ branch: SymbolicTensor, _ name: String
  ) -> SymbolicTensor {
    Add(name: name)(shortcut, branch, file: file, line: line)
  }

  private func padded(
    _ input: SymbolicTensor, by margin: Int, _ name: String
  ) -> SymbolicTensor {
    ZeroPadding2D(padding: ((margin, margin), (margin, margin)), name: name)(
      input, file: file, line: line)
  }
}
