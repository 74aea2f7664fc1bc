public import ModelGraph

/// The two kinds of residual networks.
public enum ResNetVersion: String, CaseIterable, Sendable {
  /// Convolution, normalization, activation; an activation after each addition (He et al., 2015).
  case v1
  /// Normalization, activation, convolution; nothing after the addition (He et al., 2016).
  case v2
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Makes a residual network.
///
/// Depths of 50, 101 and 152 are the networks of keras.applications: the same layers by name, order,
/// shape and number of parameters, so that Keras's weight files bind to them. 18 and 34 are those
/// of the same paper, with blocks of two 3×3 convolutions; 20, 56 and 110 are its networks for
/// CIFAR-10, with three stages of 16, 32 and 64 channels. Where a shortcut changes its shape it is
/// projected (option B).
///
/// - Parameters:
///   - depth: 18, 34, 50, 101 or 152 for large images, 20, 56 or 110 for small ones.
///   - version: The order of normalization, activation and convolution.
///   - inputShape: Height, width and channels; `[224, 224, 3]` or `[32, 32, 3]` by default; `nil`
///     for a size that is only known when the model runs.
///   - classes: The number of classes; `nil` for a network that ends with its feature maps.
///   - classifierActivation: What is applied to the classes' scores; `.linear` for logits.
///   - name: The name, as `resnet50v2` by default.
///   - seed: What the weights begin with.
/// - Throws: `BuildError` for another depth, and an image that is too small.
public func ResNet(
  depth: Int, version: ResNetVersion = .v1, inputShape: [Int?]? = nil, classes: Int? = 1000,
  classifierActivation: ActivationFunction = .softmax, name: String? = nil, seed: UInt64 = 0,
  file: StaticString = #fileID, line: UInt = #line
) throws(BuildError) -> Model {
  guard let plan = ResNetPlan(depth: depth, version: version) else {
    let depths = ResNetPlan.depths.map(String.init).joined(separator: ", ")
    throw .model(
      SourcePlace(file: file, line: line),
      .attribute("depth", expected: "one of \(depths)", found: "\(depth)"))
  }
  let input = Input(shape: inputShape ?? plan.inputShape, file: file, line: line)
  var output = plan.body(input, file: file, line: line)
  if let classes {
    output = GlobalAveragePooling2D(name: "avg_pool")(output, file: file, line: line)
    output = Dense(classes, activation: classifierActivation, name: "predictions")(
      output, file: file, line: line)
  }
  let suffix = version == .v2 ? "v2" : ""
  return try Model(
    inputs: input, outputs: output, name: name ?? "resnet\(depth)\(suffix)", seed: seed,
    file: file, line: line)
}
