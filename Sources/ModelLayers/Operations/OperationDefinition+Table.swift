internal import Glibc
internal import OrderedCollections

// The table: one line an operation, by its class in Keras 3 (`keras/src/ops`).

extension OperationDefinition {
  static let all: [OperationDefinition] =
    arithmetic + elementwise + activations + reductions + products + shapes + joining + choosing
    + searching + filling + statistics + normalizing + images + resizing

  private static let arithmetic: [OperationDefinition] = [
    combination("Add", .add), combination("Subtract", .subtract),
    combination("Multiply", .multiply), combination("Divide", .divide, elements: .converted),
    combination("TrueDivide", .divide, elements: .converted), combination("Maximum", .maximum),
    combination("Minimum", .minimum), combination("Power", .power),
  ]

  private static let elementwise: [OperationDefinition] = [
    function("Negative", .negative, elements: .common),
    function("Absolute", .absolute, elements: .common),
    function("Abs", .absolute, elements: .common),
    function("Sign", .sign, elements: .common), function("Square", .square, elements: .common),
    function("Sqrt", .squareRoot, elements: .converted),
    function("Rsqrt", .reciprocalSquareRoot),
    function("Reciprocal", .reciprocal, elements: .converted),
    function("Exp", .exp, elements: .converted), function("Expm1", .expm1, elements: .converted),
    function("Log", .log, elements: .converted),
    function("Log1p", .log1p, elements: .converted), function("Log2", .log2, elements: .converted),
    function("Log10", .log10, elements: .converted),
    function("Sin", .sin, elements: .converted), function("Cos", .cos, elements: .converted),
    function("Tan", .tan, elements: .converted),
    function("Arcsin", .arcsin, elements: .converted),
    function("Arccos", .arccos, elements: .converted),
    function("Arctan", .arctan, elements: .converted),
    function("Sinh", .sinh, elements: .converted), function("Cosh", .cosh, elements: .converted),
    function("Arcsinh", .arcsinh, elements: .converted),
    function("Arccosh", .arccosh, elements: .converted),
    function("Arctanh", .arctanh, elements: .converted), function("Erf", .erf),
    .init("Exp2", elements: .converted) { x, _, d throws(ModelError) in
      [try d.combination(.power, d.constant([2], []), x[0])]
    },
    function("Floor", .floor, elements: .converted), function("Ceil", .ceil, elements: .converted),
    function("Trunc", .trunc, elements: .common),
    .init("Round", [.init(name: "decimals", form: .int, fallback: .int(0))]) {
      x, settings, d throws(ModelError) in
      let decimals = try settings.int("decimals")
      guard decimals != 0 else { return [try d.function(.round, x[0])] }
      guard (-30...30).contains(decimals) else {
        throw .attribute("decimals", expected: "-30 to 30", found: "\(decimals)")
      }
      let scale = Glibc.pow(10, Double(decimals))
      let rounded = try d.function(.round, d.combination(.multiply, x[0], scale))
      return [try d.combination(.divide, rounded, scale)]
    },
    .init("Clip", [.double("x_min"), .double("x_max")], elements: .counted) {
      x, settings, d throws(ModelError) in
      let raised = try d.combination(.maximum, x[0], settings.double("x_min"))
      return [try d.combination(.minimum, raised, settings.double("x_max"))]
    },
    .init("FloorDivide", ["x1", "x2"], elements: .common) { x, _, d throws(ModelError) in
      [try d.function(.floor, d.combination(.divide, x[0], x[1]))]
    },
    // The remainder has the sign of the divisor.
    .init("Mod", ["x1", "x2"], elements: .common) { x, _, d throws(ModelError) in
      let whole = try d.function(.floor, d.combination(.divide, x[0], x[1]))
      return [try d.combination(.subtract, x[0], d.combination(.multiply, whole, x[1]))]
    },
    .init("DivideNoNan", ["x1", "x2"]) { x, _, d throws(ModelError) in
      let zero = d.constant([0], [])
      let isZero = try d.apply(Primitives.Comparison(.equal), to: x[1], zero)
      let quotient = try d.combination(.divide, x[0], x[1])
      return [try d.apply(Primitives.Selection(), to: isZero, zero, quotient)]
    },
    .init("AddN", ["inputs"], counts: 1...Int.max, elements: .common) {
      x, _, d throws(ModelError) in
      x.count == 1 ? x : [try d.apply(Primitives.Combination(.add), toAll: x)[0]]
    },
    .init("SquaredDifference", ["x1", "x2"], elements: .common) { x, _, d throws(ModelError) in
      [try d.function(.square, d.combination(.subtract, x[0], x[1]))]
    },
    .init("Hypot", ["x1", "x2"]) { x, _, d throws(ModelError) in
      let squares = [try d.function(.square, x[0]), try d.function(.square, x[1])]
      return [try d.function(.squareRoot, d.combination(.add, squares[0], squares[1]))]
    },
    // The larger is taken out, so that no power is too large.
    .init("Logaddexp", ["x1", "x2"]) { x, _, d throws(ModelError) in
      let difference = try d.function(.absolute, d.combination(.subtract, x[0], x[1]))
      let rest = try d.function(.log1p, d.function(.exp, d.function(.negative, difference)))
      return [try d.combination(.add, d.combination(.maximum, x[0], x[1]), rest)]
    },
    .init("Deg2rad") { x, _, d throws(ModelError) in
      [try d.combination(.multiply, x[0], Double.pi / 180)]
    },
    .init("Rad2deg") { x, _, d throws(ModelError) in
      [try d.combination(.multiply, x[0], 180 / Double.pi)]
    },
    identity("Copy"), identity("StopGradient"), identity("Identity"), identity("Conj"),
    identity("Conjugate"), identity("Real"),
  ]

  private static let activations: [OperationDefinition] = [
    activation("Relu", .relu, elements: .common), activation("Relu6", .relu6),
    activation("Selu", .selu),
    activation("Sigmoid", .sigmoid), activation("Tanh", .tanh, elements: .converted),
    activation("Silu", .silu),
    activation("Softplus", .softplus), activation("Softsign", .softsign),
    activation("LogSigmoid", .logSigmoid), activation("HardSigmoid", .hardSigmoid()),
    activation("HardSilu", .hardSilu), activation("HardTanh", .hardTanh),
    activation("TanhShrink", .tanhShrink), activation("SparsePlus", .sparsePlus),
    activation("SparseSigmoid", .sparseSigmoid), activation("Mish", .mish),
    activation(
      "ReLU",
      [
        .double("negative_slope", 0), .init(name: "max_value", form: .double),
        .double("threshold", 0),
      ]
    ) { s throws(ModelError) in
      .relu(
        maximum: try s.optionalDouble("max_value"), negativeSlope: try s.double("negative_slope"),
        threshold: try s.double("threshold"))
    },
    activation("Elu", [.double("alpha", 1)]) { s throws(ModelError) in
      .elu(alpha: try s.double("alpha"))
    },
    activation("Celu", [.double("alpha", 1)]) { s throws(ModelError) in
      .celu(alpha: try s.double("alpha"))
    },
    activation("LeakyRelu", [.double("negative_slope", 0.2)]) { s throws(ModelError) in
      .leakyReLU(negativeSlope: try s.double("negative_slope"))
    },
    activation("Gelu", [.bool("approximate", true)]) { s throws(ModelError) in
      .gelu(approximate: try s.bool("approximate", default: true))
    },
    activation("HardShrink", [.double("threshold", 0.5)]) { s throws(ModelError) in
      .hardShrink(threshold: try s.double("threshold"))
    },
    activation("SoftShrink", [.double("threshold", 0.5)]) { s throws(ModelError) in
      .softShrink(threshold: try s.double("threshold"))
    },
    activation("Threshold", [.double("threshold"), .double("default_value")]) {
      s throws(ModelError) in
      .threshold(
        threshold: try s.double("threshold"), value: try s.double("default_value"))
    },
    activation("Squareplus", [.double("b", 4)]) { s throws(ModelError) in
      .squareplus(b: try s.double("b"))
    },
    activation("Glu", [.axis(-1)]) { s throws(ModelError) in .glu(axis: try s.int("axis")) },
    activation("Sparsemax", [.axis(-1)]) { s throws(ModelError) in
      .sparsemax(axis: try s.int("axis"))
    },
    // Without an axis the elements of the whole tensor are taken together, all items' too.
    .init("Softmax", [.axes()]) { x, s, d throws(ModelError) in
      [try d.activation(.softmax(axes: x[0].shape.resolvedAxes(s)), x[0])]
    },
    .init("LogSoftmax", [.axes()]) { x, s, d throws(ModelError) in
      [try d.activation(.logSoftmax(axes: x[0].shape.resolvedAxes(s)), x[0])]
    },
  ]

  private static let reductions: [OperationDefinition] = [
    reduction("Sum", .sum, elements: .widened), reduction("Mean", .mean, elements: .converted),
    reduction("Prod", .product, elements: .widened), reduction("Max", .maximum),
    reduction("Min", .minimum), reduction("Amax", .maximum), reduction("Amin", .minimum),
    // As TensorFlow takes integers together: in their own type, and a mean without its fraction.
    reduction("IntegerSum", .sum), reduction("IntegerProd", .product),
    .init("IntegerMean", [.axes(), .keepdims], elements: .common) { x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      let mean = try d.apply(Primitives.Reduction(.mean, over: axes), to: x[0])
      return [try d.restoring(axes, of: x[0], d.function(.trunc, mean), s)]
    },
    // The largest is taken out, so that no power is too large.
    .init("Logsumexp", [.axes(), .keepdims], elements: .converted) { x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      let kept: Attributes = ["keepdims": .bool(true)]
      let largest = try d.apply(Primitives.Reduction(.maximum, over: axes), to: x[0])
      let spread = try d.restoring(axes, of: x[0], largest, kept)
      let powers = try d.function(.exp, d.combination(.subtract, x[0], spread))
      let sum = try d.apply(Primitives.Reduction(.sum, over: axes), to: powers)
      let result = try d.combination(.add, d.function(.log, sum), largest)
      return [try d.restoring(axes, of: x[0], result, s)]
    },
    .init("Var", [.axes(), .keepdims], elements: .converted) { x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      return [try d.restoring(axes, of: x[0], d.moments(x[0], over: axes).variance, s)]
    },
    .init("Std", [.axes(), .keepdims], elements: .converted) { x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      let variance = try d.moments(x[0], over: axes).variance
      return [try d.restoring(axes, of: x[0], d.function(.squareRoot, variance), s)]
    },
  ]

  private static let shapes: [OperationDefinition] = [
    // Of tensors that sizes were taken of the shape knows already all there is to know.
    .init(
      "Reshape", ["x", "sizes"], counts: 1...Int.max,
      [.ints("newshape"), .flag("copies_zeros")], elements: .any
    ) { x, s, d throws(ModelError) in
      let wanted = try s.ints("newshape")
      let sizes =
        try s.bool("copies_zeros", default: false)
        ? x[0].shape.reshaped(copying: wanted) : x[0].shape.reshaped(to: wanted)
      return [
        try d.reshape(x[0], sizes, keepsFirstAxis: sizes.first == x[0].shape.dimensions.first)
      ]
    },
    .init("ExpandDims", [.ints("axis")], elements: .any) { x, s, d throws(ModelError) in
      let list = try s.ints("axis")
      let rank = x[0].shape.rank + list.count
      let axes = try Shape(Array(repeating: 1, count: rank)).axes(list)
      var rest = x[0].shape.dimensions[...]
      let sizes = (0..<rank).map { axes.contains($0) ? 1 : rest.removeFirst() }
      return [try d.reshape(x[0], sizes, keepsFirstAxis: !axes.contains(0))]
    },
    .init("Squeeze", [.axes()], elements: .any) { x, s, d throws(ModelError) in
      let shape = x[0].shape
      let axes =
        s["axis"] == nil
        ? shape.dimensions.indices.filter { shape[$0] == 1 } : try shape.axes(s.ints("axis"))
      if let axis = axes.first(where: { shape[$0] ?? 1 != 1 }) {
        throw .attribute("axis", expected: "axes of size 1 of shape \(shape)", found: "\(axis)")
      }
      let kept = shape.dimensions.indices.filter { !axes.contains($0) }
      // Without axes a batch of one item would lose its axis too: it is not like others.
      return [
        try d.reshape(
          x[0], kept.map { shape[$0] }, keepsFirstAxis: s["axis"] != nil && !axes.contains(0))
      ]
    },
    .init("Transpose", [.init(name: "axes", form: .ints)], elements: .any) {
      x, s, d throws(ModelError) in
      let shape = x[0].shape
      guard s["axes"] != nil else {
        return [try d.transpose(x[0], Array(shape.dimensions.indices.reversed()))]
      }
      var order: [Int] = []
      for axis in try s.ints("axes") { order.append(try shape.axis(axis, attribute: "axes")) }
      guard order.sorted().elementsEqual(shape.dimensions.indices) else {
        throw .attribute("axes", expected: "each axis of shape \(shape) once", found: "\(order)")
      }
      return [try d.transpose(x[0], order)]
    },
    .init("Swapaxes", [.int("axis1"), .int("axis2")], elements: .any) {
      x, s, d throws(ModelError) in
      var order = Array(x[0].shape.dimensions.indices)
      order.swapAt(
        try x[0].shape.axis(s.int("axis1"), attribute: "axis1"),
        try x[0].shape.axis(s.int("axis2"), attribute: "axis2"))
      return [try d.transpose(x[0], order)]
    },
    .init("Flip", [.axes()], elements: .any) { x, s, d throws(ModelError) in
      [try d.reversed(x[0], along: x[0].shape.resolvedAxes(s))]
    },
    .init("Repeat", [.int("repeats"), .axis()], elements: .any) { x, s, d throws(ModelError) in
      let axis = try x[0].shape.axis(s.int("axis"))
      return [try d.repetition(x[0], axis: axis, count: s.positiveInt("repeats"))]
    },
    .init("Tile", [.ints("repeats")], elements: .any) { x, s, d throws(ModelError) in
      [try d.tiled(x[0], s.ints("repeats"))]
    },
    .init("Ravel", elements: .any) { x, _, d throws(ModelError) in
      let count = try x[0].shape.dimensions.product(of: x[0].shape)
      return [try d.reshape(x[0], [count], keepsFirstAxis: false)]
    },
    .init("Moveaxis", [.ints("source"), .ints("destination")], elements: .any) {
      x, s, d throws(ModelError) in
      let shape = x[0].shape
      var (from, to): ([Int], [Int]) = ([], [])
      for axis in try s.ints("source") { from.append(try shape.axis(axis, attribute: "source")) }
      for axis in try s.ints("destination") {
        to.append(try shape.axis(axis, attribute: "destination"))
      }
      guard from.count == to.count, Set(from).count == from.count, Set(to).count == to.count else {
        throw .attribute("destination", expected: "as many axes as sources", found: "\(to)")
      }
      var rest = shape.dimensions.indices.filter { !from.contains($0) }[...]
      let order = shape.dimensions.indices.map { axis in
        to.firstIndex(of: axis).map { from[$0] } ?? rest.removeFirst()
      }
      return [try d.transpose(x[0], order)]
    },
    .init("Roll", [.ints("shift"), .axes()], elements: .any) { x, s, d throws(ModelError) in
      let (shifts, axes) = (try s.ints("shift"), try s.ints("axis"))
      guard shifts.count == axes.count else {
        throw .attribute("shift", expected: "one for each axis of \(axes)", found: "\(shifts)")
      }
      var rolled = x[0]
      for (shift, axis) in zip(shifts, axes) {
        rolled = try d.rolled(rolled, by: shift, along: x[0].shape.axis(axis))
      }
      return [rolled]
    },
    .init(
      "Pad",
      [
        .ints("pad_width"), .init(name: "mode", form: .text, fallback: .string("constant")),
        .double("constant_values", 0),
      ], elements: .any
    ) { x, s, d throws(ModelError) in
      var widths = try s.ints("pad_width")
      let rank = x[0].shape.rank
      // One size is for all sides, and two are for both sides of each axis.
      if widths.count == 1 { widths += widths }
      if widths.count == 2 { widths = (0..<rank).flatMap { _ in widths } }
      guard widths.count == 2 * rank, widths.allSatisfy({ $0 >= 0 }) else {
        throw .attribute(
          "pad_width", expected: "two sizes for each of \(rank) axes", found: "\(widths)")
      }
      let mode = try s.string("mode")
      guard mode == "constant" else {
        guard mode == "reflect" || mode == "symmetric" else {
          throw .attribute(
            "mode", expected: "'constant', 'reflect' or 'symmetric'", found: "'\(mode)'")
        }
        return [try d.mirrored(x[0], widths, skipping: mode == "reflect" ? 1 : 0)]
      }
      let padded = try d.padding(
        x[0], before: (0..<rank).map { widths[2 * $0] },
        after: (0..<rank).map { widths[2 * $0 + 1] })
      let number = try s.double("constant_values")
      return [number == 0 ? padded : try d.filled(padded, around: x[0], widths, with: number)]
    },
    .init("BroadcastTo", [.ints("shape")], elements: .any) { x, s, d throws(ModelError) in
      let wanted = Shape(try s.ints("shape").map { $0 < 0 ? nil : $0 })
      let made = try Broadcasting.shape(of: [x[0].shape, wanted], keepingFirstAxis: false)
      guard made.rank == wanted.rank, let known = wanted.known, known == made.known else {
        throw .attribute(
          "shape", expected: "sizes that \(x[0].shape) broadcasts to", found: "\(wanted)")
      }
      let spread = try d.combination(.add, x[0], d.constant([0], []), zeros(known, &d))
      return [try d.converted(spread, to: x[0].type.dtype)]
    },
    .init("GetItem", ["x"], [.init(name: "key", form: .texts, isRequired: true)], elements: .any) {
      x, s, d throws(ModelError) in
      guard case .strings(let key)? = s["key"] else { throw .attributeMissing("key") }
      return [try IndexKey(key).applied(to: x[0], in: &d)]
    },
  ]

  private static let joining: [OperationDefinition] = [
    .init("Concatenate", ["xs"], counts: 1...Int.max, [.axis(0)], elements: .joined) {
      x, s, d throws(ModelError) in
      let axis = try x[0].shape.axis(s.int("axis"))
      return x.count == 1 ? x : [try d.concatenation(x, axis: axis)]
    },
    .init("Stack", ["x"], counts: 1...Int.max, [.axis(0)], elements: .joined) {
      x, s, d throws(ModelError) in
      let shape = x[0].shape
      let axis = try Shape(shape.dimensions + [1]).axis(s.int("axis"))
      var sizes = shape.dimensions
      sizes.insert(1, at: axis)
      var expanded: [Definition.Value] = []
      for value in x {
        expanded.append(try d.reshape(value, sizes, keepsFirstAxis: axis > 0))
      }
      return [x.count == 1 ? expanded[0] : try d.concatenation(expanded, axis: axis)]
    },
    splitting("Split"), splitting("ArraySplit", isUneven: true), splitting("Vsplit", axis: 0),
    splitting("Hsplit", axis: 1), splitting("Dsplit", axis: 2),
    .init("Unstack", [.init(name: "num", form: .int), .axis(0)], elements: .any) {
      x, s, d throws(ModelError) in
      let axis = try x[0].shape.axis(s.int("axis"))
      guard let size = x[0].shape[axis], size <= Operation.maximumPartCount else {
        throw .unknownDimension(shape: x[0].shape, needed: "the size of axis \(axis)")
      }
      var sizes = x[0].shape.dimensions
      sizes.remove(at: axis)
      var made: [Definition.Value] = []
      for place in 0..<size {
        let slice = try d.part(x[0], axis, place..<place + 1)
        made.append(try d.reshape(slice, sizes, keepsFirstAxis: axis > 0))
      }
      return made
    },
  ]

  private static let choosing: [OperationDefinition] = [
    comparison("Equal", .equal), comparison("NotEqual", .notEqual), comparison("Less", .less),
    comparison("LessEqual", .lessEqual), comparison("Greater", .greater),
    comparison("GreaterEqual", .greaterEqual),
    .init("LogicalAnd", ["x1", "x2"], elements: .bool, makes: .bool) {
      x, _, d throws(ModelError) in
      [try d.truth(d.combination(.minimum, x[0], x[1]))]
    },
    .init("LogicalOr", ["x1", "x2"], elements: .bool, makes: .bool) {
      x, _, d throws(ModelError) in
      [try d.truth(d.combination(.maximum, x[0], x[1]))]
    },
    .init("LogicalXor", ["x1", "x2"], elements: .bool, makes: .bool) {
      x, _, d throws(ModelError) in
      [try d.apply(Primitives.Comparison(.notEqual), to: x[0], x[1])]
    },
    .init("Any", [.axes(), .keepdims], elements: .bool, makes: .bool) {
      x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      let reduced = try d.apply(Primitives.Reduction(.maximum, over: axes), to: x[0])
      return [try d.truth(d.restoring(axes, of: x[0], reduced, s))]
    },
    .init("All", [.axes(), .keepdims], elements: .bool, makes: .bool) {
      x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      let reduced = try d.apply(Primitives.Reduction(.minimum, over: axes), to: x[0])
      return [try d.truth(d.restoring(axes, of: x[0], reduced, s))]
    },
    .init("LogicalNot", elements: .bool, makes: .bool) { x, _, d throws(ModelError) in
      [try d.apply(Primitives.Comparison(.equal), to: x[0], d.constant([0], []))]
    },
    .init("Where", ["condition", "x1", "x2"], elements: .choice) { x, _, d throws(ModelError) in
      [try d.apply(Primitives.Selection(), toAll: x)[0]]
    },
    .init("Cast", [.init(name: "dtype", form: .text, isRequired: true)], elements: .any) {
      x, s, d throws(ModelError) in
      let type = try s.numberType("dtype")
      switch type {
      case .bool:
        return [try d.truth(x[0])]
      case _ where type.isInteger:
        let own = x[0].type.dtype
        guard own.promoted(with: type) != type else { return [try d.converted(x[0], to: type)] }
        // Towards zero; what is no number of the type is nobody's to say, unless it was an integer.
        return try d.integers(x, as: type, wraps: own.isInteger) { x, d throws(ModelError) in
          [own.isInteger ? x[0] : try d.function(.trunc, x[0])]
        }
      case .float16, .bfloat16:
        return [try d.apply(Primitives.Rounding(), to: x[0])]
      default: return [try d.converted(x[0], to: .float32)]
      }
    },
  ]
}

// MARK: - Kinds of lines

extension OperationDefinition {
  private static func combination(
    _ name: String, _ function: Primitives.Combination.Function, elements: Elements = .common
  ) -> OperationDefinition {
    .init(name, ["x1", "x2"], elements: elements) { x, _, d throws(ModelError) in
      [try d.combination(function, x[0], x[1])]
    }
  }

  private static func comparison(
    _ name: String, _ relation: Primitives.Comparison.Relation
  ) -> OperationDefinition {
    .init(name, ["x1", "x2"], elements: .compared) { x, _, d throws(ModelError) in
      [try d.apply(Primitives.Comparison(relation), to: x[0], x[1])]
    }
  }

  private static func function(
    _ name: String, _ function: Primitives.ElementFunction.Function, elements: Elements = .real
  ) -> OperationDefinition {
    .init(name, elements: elements) { x, _, d throws(ModelError) in [try d.function(function, x[0])]
    }
  }

  private static func identity(_ name: String) -> OperationDefinition {
    .init(name, elements: .any) { x, _, _ throws(ModelError) in x }
  }

  private static func activation(
    _ name: String, _ function: ActivationFunction, elements: Elements = .real
  ) -> OperationDefinition {
    .init(name, elements: elements) { x, _, d throws(ModelError) in
      [try d.activation(function, x[0])]
    }
  }

  private static func activation(
    _ name: String, _ settings: [Setting],
    _ function: @escaping @Sendable (Attributes) throws(ModelError) -> ActivationFunction
  ) -> OperationDefinition {
    .init(name, settings) { x, s, d throws(ModelError) in
      [try d.activation(function(s), x[0])]
    }
  }

  private static func reduction(
    _ name: String, _ function: Primitives.Reduction.Function, elements: Elements = .common
  ) -> OperationDefinition {
    .init(name, [.axes(), .keepdims], elements: elements) { x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      let reduced = try d.apply(Primitives.Reduction(function, over: axes), to: x[0])
      return [try d.restoring(axes, of: x[0], reduced, s)]
    }
  }

  /// An operation without further operands.
  init(
    _ name: String, _ settings: [Setting], elements: Elements = .real,
    makes elementType: DType? = nil,
    _ define: @escaping Body
  ) {
    self.init(name, ["x"], settings, elements: elements, makes: elementType, define)
  }

  /// Cuts an axis into parts.
  ///
  /// - Parameters:
  ///   - axis: The axis, where it is always the same.
  ///   - isUneven: Whether parts may differ by one element, the larger ones first.
  private static func splitting(
    _ name: String, axis: Int? = nil, isUneven: Bool = false
  ) -> OperationDefinition {
    .init(
      name,
      [.init(name: "sections", form: .int), .init(name: "indices", form: .ints)]
        + (axis == nil ? [.axis(0)] : []), elements: .any
    ) { x, s, d throws(ModelError) in
      var settings = s
      if let axis { settings["axis"] = .int(axis) }
      let axis = try x[0].shape.axis(settings.int("axis"))
      guard let size = x[0].shape[axis] else {
        throw .unknownDimension(shape: x[0].shape, needed: "the size of axis \(axis)")
      }
      var made: [Definition.Value] = []
      for part in try parts(s, of: size, isUneven: isUneven) {
        made.append(try d.part(x[0], axis, part))
      }
      return made
    }
  }

  /// The parts of an axis: a number of equal ones, or those between places to cut at.
  private static func parts(
    _ settings: Attributes, of size: Int, isUneven: Bool
  ) throws(ModelError) -> [Range<Int>] {
    guard settings["indices"] != nil else {
      let count = try settings.int("sections")
      guard count > 0, isUneven || size.isMultiple(of: count), count <= Operation.maximumPartCount
      else {
        throw .attribute(
          "sections", expected: "a divisor of the axis's \(size)", found: "\(count)")
      }
      let (length, rest) = (size / count, size % count)
      return (0..<count).map { index in
        let start = index * length + min(index, rest)
        return start..<start + length + (index < rest ? 1 : 0)
      }
    }
    let list = try settings.ints("indices")
    let cuts = [0] + list + [size]
    guard zip(cuts, cuts.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw .attribute(
        "indices", expected: "ascending places on an axis of \(size)", found: "\(list)")
    }
    return zip(cuts, cuts.dropFirst()).map { $0..<$1 }
  }

  /// Zeros of the given sizes.
  private static func zeros(
    _ sizes: [Int], _ definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    var zeros = definition.constant([0], sizes.map { _ in 1 })
    for (axis, size) in sizes.enumerated() where size != 1 {
      zeros = try definition.repetition(zeros, axis: axis, count: size)
    }
    return zeros
  }
}

extension Definition {
  /// The elements moved along one axis, and those that leave it at its other end.
  mutating func rolled(_ x: Value, by shift: Int, along axis: Int) throws(ModelError) -> Value {
    // Where the size is not known yet, only shapes are asked for.
    let size = x.shape[axis] ?? .max
    let rest = size > 0 ? shift % size : 0
    guard rest != 0 else { return x }
    var head = x.shape.dimensions.map { _ in Primitives.Slice.Range.all }
    var tail = head
    head[axis] = .init(-rest, nil)
    tail[axis] = .init(nil, -rest)
    return try concatenation(
      [apply(Primitives.Slice(head), to: x), apply(Primitives.Slice(tail), to: x)], axis: axis)
  }

  /// The tensor several times along its last axes, as NumPy's `tile`.
  mutating func tiled(_ x: Value, _ repeats: [Int]) throws(ModelError) -> Value {
    let limit = Operation.maximumPartCount
    guard repeats.allSatisfy({ (1...limit).contains($0) }) else {
      throw .attribute("repeats", expected: "1 to \(limit)", found: "\(repeats)")
    }
    let rank = max(x.shape.rank, repeats.count)
    let ones = Array(repeating: 1, count: rank - x.shape.rank)
    var tiled =
      ones.isEmpty
      ? x : try reshape(x, ones.map { $0 } + x.shape.dimensions, keepsFirstAxis: false)
    for (place, count) in repeats.enumerated() where count > 1 {
      let axis = rank - repeats.count + place
      tiled = try concatenation(Array(repeating: tiled, count: count), axis: axis)
    }
    return tiled
  }

  /// The axes that were taken together back with size 1, where the settings say so.
  mutating func restoring(
    _ axes: [Int], of x: Value, _ reduced: Value, _ settings: Attributes
  ) throws(ModelError) -> Value {
    guard try settings.bool("keepdims", default: false) else { return reduced }
    return try keeping(axes, of: x, reduced)
  }

  /// The axes that were taken together back with size 1.
  mutating func keeping(_ axes: [Int], of x: Value, _ reduced: Value) throws(ModelError) -> Value {
    let sizes = x.shape.dimensions.enumerated().map { axes.contains($0.offset) ? 1 : $0.element }
    return try reshape(reduced, sizes, keepsFirstAxis: !axes.contains(0))
  }

  /// Numbers that are 0 or 1 as truth values.
  mutating func truth(_ x: Value) throws(ModelError) -> Value {
    try apply(Primitives.Comparison(.notEqual), to: x, constant([0], []))
  }
}

extension Shape {
  /// The axes of a setting, counted from the first, ascending; all where it is absent.
  func resolvedAxes(_ settings: Attributes) throws(ModelError) -> [Int] {
    settings["axis"] == nil ? Array(dimensions.indices) : try axes(settings.ints("axis"))
  }

  /// The sizes of a new shape, one of which may be -1, and 0 is that of the same axis.
  func reshaped(copying list: [Int]) throws(ModelError) -> [Int?] {
    let copied = list.indices.filter { list[$0] == 0 }
    guard copied.allSatisfy({ $0 < rank }) else {
      throw .attribute("newshape", expected: "zeros for axes of \(self)", found: "\(list)")
    }
    // What is copied is the same on both sides.
    let rest = dimensions.indices.filter { !copied.contains($0) }.map { dimensions[$0] }
    var others = try Shape(rest).reshaped(to: list.filter { $0 != 0 })[...]
    return list.indices.map { copied.contains($0) ? dimensions[$0] : others.removeFirst() }
  }

  /// The sizes of a new shape, one of which may be -1.
  func reshaped(to list: [Int]) throws(ModelError) -> [Int?] {
    guard list.allSatisfy({ $0 >= -1 }), list.count(where: { $0 == -1 }) <= 1,
      let rest = list.filter({ $0 != -1 }).checkedProduct()
    else {
      throw .attribute(
        "newshape", expected: "sizes, one of which may be -1", found: "\(list)")
    }
    guard let place = list.firstIndex(of: -1) else { return list.map { $0 } }
    var sizes: [Int?] = list
    sizes[place] = nil
    // What is not known on both sides is the same.
    if let count = try dimensions.product(of: self) {
      guard rest > 0, count.isMultiple(of: rest) else {
        throw .invalidShape(self, reason: "does not have the elements of shape \(list)")
      }
      sizes[place] = count / rest
    }
    return sizes
  }
}
