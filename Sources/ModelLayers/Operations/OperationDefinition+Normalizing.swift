internal import OrderedCollections

// Lines of the table that normalize: by statistics, by the tensor's own, and by norms.

extension OperationDefinition {
  static let normalizing: [OperationDefinition] = [
    // One axis has statistics that are given.
    .init(
      "BatchNorm", ["x", "mean", "variance", "offset", "scale"], counts: 3...5,
      [.axis(), .double("epsilon", 1e-3), .given]
    ) { x, s, d throws(ModelError) in
      let given = try s.given(x, ["x", "mean", "variance", "offset", "scale"])
      let axis = try x[0].shape.axis(s.int("axis"))
      guard let mean = given["mean"], let variance = given["variance"] else {
        throw .inputCount(expected: "x, mean and variance", found: x.count)
      }
      for other in x.dropFirst() {
        guard other.shape.rank == 1, other.shape[0] == x[0].shape[axis] else {
          throw .incompatibleShapes(
            x.map(\.shape), rule: "what is normalized by must be a row for axis \(axis)")
        }
      }
      return [
        try d.normalization(
          x[0], mean: mean, variance: variance, gamma: given["scale"], beta: given["offset"],
          epsilon: s.epsilon(), statisticsAxes: [axis], parameterAxes: [axis])
      ]
    },
    .init(
      "LayerNorm", ["x", "gamma", "beta"], counts: 1...3,
      [.axes([-1]), .double("epsilon", 1e-7), .bool("rms_scaling", false), .given]
    ) { x, s, d throws(ModelError) in
      let given = try s.given(x, ["x", "gamma", "beta"])
      let axes = try x[0].shape.resolvedAxes(s)
      let others = x[0].shape.dimensions.indices.filter { !axes.contains($0) }
      let isScaled = try s.bool("rms_scaling", default: false)
      for name in ["gamma", "beta"] {
        if let parameter = given[name] { try x[0].shape.checkParameter(parameter.shape, axes) }
      }
      let (mean, variance) = try d.moments(x[0], over: axes)
      return [
        try d.normalization(
          x[0], mean: isScaled ? nil : mean, variance: variance, gamma: given["gamma"],
          beta: isScaled ? nil : given["beta"], epsilon: s.epsilon(), statisticsAxes: others,
          parameterAxes: axes)
      ]
    },
    // x ÷ √(mean x² + ε) · scale, broadcast as NumPy does.
    .init(
      "RMSNorm", ["x", "scale"], counts: 1...2, [.axes([-1]), .double("epsilon", 1e-7)]
    ) { x, s, d throws(ModelError) in
      let normalized = try d.rootMeanSquareNormalization(
        x[0], over: x[0].shape.resolvedAxes(s), epsilon: s.epsilon())
      return [x.count == 1 ? normalized : try d.combination(.multiply, normalized, x[1])]
    },
    // x ÷ √max(Σx², ε).
    .init("L2Normalize", [.axes(), .double("epsilon", 1e-12)]) { x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      return [try d.unitVectors(x[0], over: axes, leastSquare: s.double("epsilon"))]
    },
    // x ÷ max(‖x‖, ε), as a product with the inverse for the Euclidean norm.
    .init("Normalize", [.axes([-1]), .double("order", 2), .double("epsilon", 1e-7)]) {
      x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      let (order, epsilon) = (try s.double("order"), try s.epsilon())
      guard order == 2 else {
        let norm = try d.norm(of: x[0], order, over: axes)
        return [try d.combination(.divide, x[0], d.combination(.maximum, norm, epsilon))]
      }
      return [try d.unitVectors(x[0], over: axes, leastLength: epsilon)]
    },
    // x ÷ ‖x‖, and the norm.
    .init("NormalizeByNorm", [.axes(), .double("order", 2)]) { x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      let norm = try d.norm(of: x[0], s.double("order"), over: axes)
      return [try d.combination(.divide, x[0], norm), norm]
    },
    // Of vectors; of a matrix the Euclidean one alone.
    .init("Norm", [.init(name: "ord", form: .double), .axes(), .keepdims]) {
      x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      guard axes.count == 1 || s["ord"] == nil else {
        throw .attribute(
          "ord", expected: "none for \(axes.count) axes", found: "\(try s.double("ord"))")
      }
      let norm = try d.norm(of: x[0], s.optionalDouble("ord") ?? 2, over: axes)
      guard try !s.bool("keepdims", default: false) else { return [norm] }
      let rest = x[0].shape.dimensions.indices.filter { !axes.contains($0) }
      return [
        try d.reshape(norm, rest.map { x[0].shape[$0] }, keepsFirstAxis: !axes.contains(0))
      ]
    },
    .init("EuclideanNorm", [.axes(), .keepdims]) { x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      let squares = try d.apply(
        Primitives.Reduction(.sum, over: axes), to: d.function(.square, x[0]))
      return [try d.restoring(axes, of: x[0], d.function(.squareRoot, squares), s)]
    },
  ]
}

extension OperationDefinition.Setting {
  /// Which operands there are, where some in the middle may be left out; the first ones by default.
  static let given = Self(name: "given", form: .texts, isForeign: true)
}

extension Attributes {
  /// What a variance or a norm is kept from 0 by.
  fileprivate func epsilon() throws(ModelError) -> Double {
    let epsilon = try double("epsilon")
    guard epsilon > 0, epsilon.isFinite else {
      throw .attribute("epsilon", expected: "more than 0", found: "\(epsilon)")
    }
    return epsilon
  }

  /// The operands by their names.
  fileprivate func given(
    _ x: [Definition.Value], _ names: [String]
  ) throws(ModelError) -> [String: Definition.Value] {
    var given = Array(names.prefix(x.count))
    if case .strings(let list)? = self["given"] { given = list }
    guard given.count == x.count, Set(given).count == given.count, given.first == names[0],
      given.allSatisfy(names.contains)
    else {
      throw .attribute(
        "given", expected: "the \(x.count) operands that there are", found: "\(given)")
    }
    return Dictionary(uniqueKeysWithValues: zip(given, x))
  }
}

extension Shape {
  /// Checks that a parameter has an element for each place of the axes that are normalized.
  fileprivate func checkParameter(_ parameter: Shape, _ axes: [Int]) throws(ModelError) {
    let sizes = axes.map { self[$0] }
    let spread = dimensions.indices.map { axes.contains($0) ? self[$0] : 1 }
    guard parameter.dimensions == sizes || parameter.dimensions == spread else {
      throw .incompatibleShapes(
        [self, parameter], rule: "a parameter must have the sizes of axes \(axes)")
    }
  }
}

extension Definition {
  /// A norm along axes, which stay with size 1.
  fileprivate mutating func norm(
    of x: Value, _ order: Double, over axes: [Int]
  ) throws(ModelError) -> Value {
    let kept: Attributes = ["keepdims": .bool(true)]
    let sizes = try function(.absolute, x)
    switch order {
    case 1:
      return try restoring(
        axes, of: x, apply(Primitives.Reduction(.sum, over: axes), to: sizes), kept)
    case 2:
      let sum = try apply(Primitives.Reduction(.sum, over: axes), to: function(.square, x))
      return try restoring(axes, of: x, function(.squareRoot, sum), kept)
    default:
      throw .attribute("order", expected: "1 or 2", found: "\(order)")
    }
  }
}
