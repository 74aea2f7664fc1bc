internal import OrderedCollections
internal import ModelGraph

/// What may be wrong with what goes into a layer.
extension SuspectCall {
  func hypothesis(
    _ mistake: Diagnosis.Mistake, _ difference: String, fix: String, input: NDArray<Double>,
    at index: Int = 0
  ) -> Hypothesis {
    var hypothesis = Hypothesis(mistake, difference, fix: fix, of: self)
    hypothesis.inputs[index] = input
    return hypothesis
  }

  /// The model's input scaled otherwise, its channels in another order, or the axes of what is
  /// flattened.
  func otherInputs() -> [Hypothesis] {
    var hypotheses: [Hypothesis] = []
    for (index, input) in inputs.enumerated() where areModelInputs[index] {
      for scaling in Self.scalings {
        guard let scaled = scaling.scaled(input) else { continue }
        var hypothesis = hypothesis(
          .inputScale, scaling.name, fix: "feed the model its input \(scaling.name)",
          input: scaled, at: index)
        hypothesis.roundedInputs = hypothesis.inputs
        hypothesis.roundedInputs?[index] = scaling.scaledInFloat32(input) ?? scaled
        hypotheses.append(hypothesis)
      }
    }
    if layer.itself is Flatten || layer.itself is Reshape, let input = inputs.first,
      input.dimensions.count > 2
    {
      let rank = input.dimensions.count
      let first = [0, rank - 1] + Array(1..<(rank - 1))
      let last = [0] + Array(2..<rank) + [1]
      hypotheses.append(
        hypothesis(
          .inputOrder, "the channels first",
          fix: "bring the channels first before '\(node.name)'", input: input.transposed(first)))
      hypotheses.append(
        hypothesis(
          .inputOrder, "the channels last",
          fix: "bring the channels last before '\(node.name)'", input: input.transposed(last)))
    }
    return hypotheses
  }

  /// A way of scaling images.
  private struct Scaling {
    let name: String
    var factor = 1.0
    var shift = 0.0
    var reversesChannels = false
    /// Taken away from the channels, and what they are divided by; of images of three channels.
    var means: [Double]?
    var deviations: [Double]?

    /// The image, its channels last; `nil` for what has not as many channels.
    func scaled<Scalar: ReferenceScalar>(_ image: NDArray<Scalar>) -> NDArray<Scalar>? {
      let rank = image.dimensions.count
      let needsColors = reversesChannels || means != nil
      guard rank > 1, !needsColors || image.dimensions[rank - 1] == 3 else { return nil }
      var scaled = reversesChannels ? image.reversed(along: [rank - 1]) : image
      for index in scaled.elements.indices {
        var value = scaled.elements[index] * Scalar(factor) + Scalar(shift)
        if let means { value -= Scalar(means[index % 3]) }
        if let deviations { value /= Scalar(deviations[index % 3]) }
        scaled.elements[index] = value
      }
      return scaled
    }

    /// The same with the roundings of float32, in which programs scale images.
    func scaledInFloat32(_ image: NDArray<Double>) -> NDArray<Double>? {
      scaled(image.mapped { Float($0) }).map { $0.mapped { Double($0) } }
    }
  }

  /// What keras.applications and PyTorch do to images, from and to bytes.
  private static let scalings: [Scaling] = [
    Scaling(name: "in [0, 1], not [0, 255]", factor: 1 / 255.0),
    Scaling(name: "in [0, 255], not [0, 1]", factor: 255),
    Scaling(name: "in [-1, 1], not [0, 255]", factor: 1 / 127.5, shift: -1),
    Scaling(name: "in [0, 255], not [-1, 1]", factor: 127.5, shift: 127.5),
    Scaling(name: "in [-1, 1], not [0, 1]", factor: 2, shift: -1),
    Scaling(name: "in [0, 1], not [-1, 1]", factor: 0.5, shift: 0.5),
    Scaling(name: "in BGR", reversesChannels: true),
    Scaling(
      name: "in BGR less ImageNet's mean", reversesChannels: true,
      means: [103.939, 116.779, 123.68]),
    Scaling(name: "less ImageNet's mean", means: [123.68, 116.779, 103.939]),
    Scaling(
      name: "in BGR, with ImageNet's mean left in", reversesChannels: true,
      means: [-123.68, -116.779, -103.939]),
    Scaling(name: "with ImageNet's mean left in", means: [-103.939, -116.779, -123.68]),
    Scaling(
      name: "in [0, 1] less ImageNet's mean, divided by its deviation", factor: 1 / 255.0,
      means: [0.485, 0.456, 0.406], deviations: [0.229, 0.224, 0.225]),
    Scaling(
      name: "less ImageNet's mean of [0, 1], divided by its deviation",
      means: [0.485, 0.456, 0.406], deviations: [0.229, 0.224, 0.225]),
  ]
}
