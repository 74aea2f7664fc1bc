internal import OrderedCollections
internal import ModelGraph

/// What a layer may be set to instead.
extension SuspectCall {
  /// The values that an attribute often has, by its name.
  private static let commonValues: [String: [AttributeValue]] = [
    // Keras's default, keras.applications', PyTorch's and others'.
    "epsilon": [1e-3, 1.001e-5, 1e-5, 1e-4, 1e-6, 1e-7, 1e-8, 1e-12, 2e-5, 0].map(
      AttributeValue.double),
    "negative_slope": [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5].map(AttributeValue.double),
    "alpha": [0.1, 0.2, 0.3, 0.5, 1, 1.5, 2].map(AttributeValue.double),
    "max_value": [6, 1, 20].map(AttributeValue.double),
    "threshold": [0, 0.5, 1].map(AttributeValue.double),
    "half_pixel_centers": [.bool(true), .bool(false)],
    "interpolation": [.string("nearest"), .string("bilinear")],
    "data_format": [.string("channels_last"), .string("channels_first")],
    "keepdims": [.bool(true), .bool(false)],
    "axis": [-1, 1, 2, 3].map(AttributeValue.int),
    "groups": [1, 2, 4, 8, 16, 32, -1].map(AttributeValue.int),
    "merge_mode": ["sum", "ave", "mul", "concat"].map(AttributeValue.string),
    "score_mode": ["dot", "concat"].map(AttributeValue.string),
    "zero_output_for_mask": [.bool(true), .bool(false)],
    "causal": [.bool(true), .bool(false)],
    "mode": STFTSpectrogram.Mode.allCases.map { .string($0.rawValue) },
    "expand_dims": [.bool(true), .bool(false)],
  ]

  /// The call with each setting at another of its usual values.
  func settings() -> [Hypothesis] {
    layer.attributes.values.flatMap { name, value -> [Hypothesis] in
      otherValues(of: name, value).compactMap { other in
        hypothesis(.setting, name, other)
      }
    }
  }

  private func otherValues(of name: String, _ value: AttributeValue) -> [AttributeValue] {
    // The parameters of a function are tried with the function.
    let key = name.contains("activation.") ? name : name.lastPart
    var values = Self.commonValues[key] ?? []
    // Padding has its own rules.
    if key != "padding", case .ints(let numbers) = value {
      values.append(.ints(numbers.reversed()))
      // Margins before and after exchanged along each axis.
      if key == "cropping", numbers.count.isMultiple(of: 2) {
        values.append(.ints(numbers.indices.map { numbers[$0 ^ 1] }))
      }
      if key == "dilation_rate" || key == "strides" {
        values += (1...(key == "strides" ? 3 : 1)).map { size in .ints(numbers.map { _ in size }) }
      }
    }
    return values.filter { $0 != value && $0.isSameKind(as: value) }
  }

  /// The call with an attribute changed; `nil` where the layer cannot have it.
  func hypothesis(
    _ mistake: Diagnosis.Mistake, _ name: String, _ value: AttributeValue
  ) -> Hypothesis? {
    guard let changed = layer(with: [name: value]) else { return nil }
    var hypothesis = Hypothesis(
      mistake, "\(name) \(value)", fix: "set '\(name)' of layer '\(node.name)' to \(value)",
      of: self)
    hypothesis.layer = changed
    return hypothesis
  }

  /// The layer with other attributes; `nil` where it cannot have them.
  func layer(with others: Attributes, without prefix: String? = nil) -> (any Layer)? {
    layer(layer, with: others, without: prefix)
  }

  private func layer(
    _ layer: any Layer, with others: Attributes, without prefix: String? = nil
  ) -> (any Layer)? {
    var attributes = layer.attributes
    if let prefix {
      attributes.values.removeAll { $0.key == prefix || $0.key.hasPrefix(prefix + ".") }
    }
    return try? layer.replaced(by: attributes.merging(others))
  }
}

extension String {
  /// What stands behind the last point: the name of an attribute of a layer inside another.
  var lastPart: String { String(split(separator: ".").last ?? "") }
}

extension AttributeValue {
  fileprivate func isSameKind(as other: AttributeValue) -> Bool {
    switch (self, other) {
    case (.bool, .bool), (.int, .int), (.double, .double), (.string, .string), (.ints, .ints),
      (.doubles, .doubles), (.strings, .strings):
      true
    default: false
    }
  }
}

// MARK: - Activation functions

extension SuspectCall {
  /// Functions and the parameters that versions and programs give them.
  private static let functions: [ActivationFunction] =
    ActivationFunction.all
    + [0.01, 0.1, 0.3].map { .leakyReLU(negativeSlope: $0) }
    + [.gelu(approximate: true), .hardSigmoid(slope: 0.2, offset: 0.5)]

  /// Functions that are often put beside an addition, in the wrong place.
  private static let usualFunctions: [ActivationFunction] = [
    .relu(), .relu6, .leakyReLU(), .elu(), .silu, .gelu(), .tanh, .sigmoid,
  ]

  /// The call with another activation function, with none, or with one more.
  func activations() -> [Hypothesis] {
    otherFunctions + withoutFunction + withFollower + aroundAddition
  }

  private var otherFunctions: [Hypothesis] {
    if layer.itself is any ActivationLayer {
      let current = try? ActivationFunction(layer.attributes)
      return Self.functions.filter { $0 != current }.map { function in
        hypothesis("activation", function, layer.replaced(by: Activation(function)))
      }
    }
    // Layers inside of this one may have functions of the same name, which are changed together.
    let keys = layer.attributes.values.filter {
      if case .string = $0.value { $0.key.lastPart.hasSuffix("activation") } else { false }
    }.map(\.key)
    return OrderedSet(keys.map(\.lastPart)).flatMap { name in
      let own = keys.filter { $0.lastPart == name }
      return Self.functions.compactMap { function -> Hypothesis? in
        var changed: (any Layer)? = layer
        for key in own {
          changed = changed.flatMap {
            self.layer($0, with: function.attributes(under: key), without: key)
          }
        }
        guard let changed, changed.attributes != layer.attributes else { return nil }
        return hypothesis(name, function, changed)
      }
    }
  }

  private func hypothesis(
    _ name: String, _ function: ActivationFunction, _ changed: any Layer
  ) -> Hypothesis {
    var hypothesis = Hypothesis(
      .activation, "\(name) \(function.summary)",
      fix: "set the \(name) of layer '\(node.name)' to \(function.summary)", of: self)
    hypothesis.layer = changed
    return hypothesis
  }

  /// What goes in comes out.
  private var withoutFunction: [Hypothesis] {
    guard layer.itself is any ActivationLayer else { return [] }
    var hypothesis = Hypothesis(
      .activation, "no activation", fix: "remove the activation '\(node.name)'", of: self)
    hypothesis.layer = Identity()
    return [hypothesis]
  }

  private var withFollower: [Hypothesis] {
    Self.usualFunctions.map { function in
      var hypothesis = Hypothesis(
        .activation, "\(function.summary) after it",
        fix: "apply \(function.summary) to the result of '\(node.name)'", of: self)
      hypothesis.follower = { function.applied(to: $0) }
      return hypothesis
    }
  }

  /// The function before the addition instead of after it, or after it instead of before.
  private var aroundAddition: [Hypothesis] {
    var hypotheses: [Hypothesis] = []
    if layer.itself is any ActivationLayer {
      for addend in addends {
        var hypothesis = Hypothesis(
          .activation, "the activation after the addition",
          fix: "apply '\(node.name)' after the addition that follows it, not before", of: self)
        hypothesis.inputs = inputs.map { $0.adding(addend) }
        hypothesis.roundedInputs = hypothesis.inputs.map(\.roundedToFloat32)
        hypotheses.append(hypothesis)
      }
    } else if inputs.count > 1 {
      for function in Self.usualFunctions {
        for index in inputs.indices {
          var hypothesis = Hypothesis(
            .activation, "\(function.summary) before the addition",
            fix: "apply \(function.summary) to input \(index) of '\(node.name)'", of: self)
          hypothesis.inputs[index] = function.applied(to: inputs[index])
          hypothesis.roundedInputs = hypothesis.inputs.map(\.roundedToFloat32)
          hypotheses.append(hypothesis)
        }
      }
    }
    return hypotheses
  }
}

extension ActivationFunction {
  /// The function and its parameters: `leaky_relu (negative_slope 0.2)`.
  fileprivate var summary: String {
    let parameters = attributes().values.filter { $0.key != "activation" }.map { key, value in
      "\(key.dropFirst("activation.".count)) \(value)"
    }
    return parameters.isEmpty ? name : "\(name) (\(parameters.joined(separator: ", ")))"
  }

  fileprivate func applied(to array: NDArray<Double>) -> NDArray<Double> {
    let layer = Activation(self)
    guard (try? layer.outputShapes(for: [array.shape])) != nil else { return array }
    return layer.forward([array], Parameters()).first ?? array
  }
}

extension NDArray<Double> {
  /// The sum with an array of the same shape; the array itself where the shapes differ.
  fileprivate func adding(_ other: NDArray) -> NDArray {
    guard other.dimensions == dimensions else { return self }
    return NDArray(dimensions, zip(elements, other.elements).map(+))
  }
}
