/// What a layer computes, for inputs of given types: primitives, one after the other, from the
/// inputs and weights to the outputs.
///
/// A layer writes it once, in `Layer.define`. Everything else is read off it: the shapes and
/// weights (which come about while it is written), the values, how far rounding may move them, the
/// cost, whether the items of a batch are computed apart, and what an engine runs.
public struct Definition: Sendable {
  /// A tensor inside a definition.
  public struct Value: Hashable, Sendable {
    /// Its number among the tensors of the definition.
    package let number: Int
    /// What is known of it.
    public let type: TensorType

    /// The size of each axis, batch axis first.
    public var shape: Shape { type.shape }
  }

  /// A primitive applied to tensors.
  package struct Step: Sendable {
    package let primitive: any Primitive
    package let inputs: [Int]
    package let outputs: Range<Int>
  }

  /// What a tensor is that no step makes.
  package enum Origin: Hashable, Sendable {
    /// The input of this number.
    case input(Int)
    /// The weight of this role.
    case weight(String)
    /// Numbers that are part of the definition, row-major.
    case constant([Double])
  }

  /// What is known of each tensor, by its number.
  package private(set) var types: [TensorType] = []
  /// Where each tensor comes from, by its number; `nil` for one that a step makes.
  package private(set) var origins: [Origin?] = []
  /// The weights, in Keras's order; some may have no use at inference.
  package private(set) var weights: [ParameterSpecification] = []
  /// The primitives, each after those it needs.
  package private(set) var steps: [Step] = []
  /// The results.
  package private(set) var outputs: [Value] = []
  /// Between which integers the elements of some inputs have to be, by the inputs' places.
  package private(set) var ranges: [Int: Range<Int>] = [:]
  /// The places of inputs whose elements have to be whole numbers.
  package private(set) var wholeInputs: Set<Int> = []
  /// Between which integers the elements of some inputs usually are, by the inputs' places.
  package private(set) var usualRanges: [Int: Range<Int>] = [:]
  /// The texts that the elements of some inputs have to be, by the inputs' places.
  package private(set) var texts: [Int: Set<[UInt8]>] = [:]
  /// Whether integers are made that may not be exact: then results have to be checked, and computed
  /// as they are written.
  package private(set) var makesIntegers = false

  /// What stands before the roles of weights that are asked for: whose they are among layers inside.
  private var scope = ""

  private init() {}

  /// Writes a definition.
  ///
  /// - Parameter body: Is given the inputs, and returns the outputs.
  /// - Throws: What a primitive throws that cannot take its inputs.
  package init(
    for inputs: [TensorType],
    _ body: ([Value], inout Definition) throws(ModelError) -> [Value]
  ) throws(ModelError) {
    types.reserveCapacity(inputs.count + 8)
    origins.reserveCapacity(inputs.count + 8)
    var values: [Value] = []
    values.reserveCapacity(inputs.count)
    for (index, type) in inputs.enumerated() { values.append(add(type, .input(index))) }
    outputs = try body(values, &self)
    let hasConstants = origins.contains { if case .constant = $0 { true } else { false } }
    makesIntegers =
      hasConstants && outputs.contains { $0.type.dtype.isInteger }
      || steps.contains {
        // A place that an axis does not have, or a text no vocabulary, gives what no integer is.
        type(of: $0.primitive) == Primitives.IntegerArithmetic.self
          || $0.primitive is Primitives.TextPlacement || $0.primitive is Primitives.Tokenization
          || $0.primitive is Primitives.Crossing
          || type(of: $0.primitive) == Primitives.Gather.self
            && !types[$0.outputs.lowerBound].isReal
      }
  }

  private mutating func add(_ type: TensorType, _ origin: Origin? = nil) -> Value {
    let value = Value(number: types.count, type: type)
    types.append(type)
    origins.append(origin)
    return value
  }
}

// MARK: - Writing

extension Definition {
  /// Asks for a weight, in Keras's order.
  ///
  /// - Parameters:
  ///   - role: What the weight is to the layer, in Keras 3's words: `kernel`.
  ///   - isTrainable: Whether training changes it.
  @discardableResult
  public mutating func weight(
    _ role: String, _ shape: [Int], isTrainable: Bool = true
  ) -> Value {
    // As many as most layers have that have any.
    if weights.isEmpty { weights.reserveCapacity(4) }
    let role = scope + role
    weights.append(ParameterSpecification(role, shape, isTrainable: isTrainable))
    return add(TensorType(Shape(shape)), .weight(role))
  }

  /// Writes what a layer inside computes: its weights' roles have its name before them, as in
  /// `forward/kernel`.
  mutating func within<Result>(
    _ name: String, _ body: (inout Definition) throws(ModelError) -> Result
  ) throws(ModelError) -> Result {
    let outer = scope
    scope += name + "/"
    defer { scope = outer }
    return try body(&self)
  }

  /// Says that the elements of an input, cut towards zero, have to be in a range: a run refuses
  /// others.
  ///
  /// - Throws: `ModelError.elementOutOfRange` for a constant that is not, `ModelError.argument` for
  ///   what a step makes.
  public mutating func expect(_ x: Value, in range: Range<Int>) throws(ModelError) {
    switch origins[x.number] {
    case .input(let place): ranges[place] = ranges[place].map { $0.clamped(to: range) } ?? range
    case .constant(let numbers):
      if let outside = numbers.first(where: { !range.holds($0) }) {
        throw .elementOutOfRange(outside, range)
      }
    case .weight, nil:
      throw .argument("inputs", found: "what is computed", expected: "a tensor or a constant")
    }
  }

  /// Says that the elements of an input, texts, have to be some of these: of others nothing is known.
  mutating func expect(_ x: Value, among known: some Sequence<[UInt8]>) {
    guard case .input(let place) = origins[x.number] else { return }
    let known = Set(known)
    texts[place] = texts[place]?.intersection(known) ?? known
  }

  /// Says that the elements of an input have to be whole numbers: a run refuses others, as versions of
  /// Keras make different things of them.
  ///
  /// - Throws: `ModelError.argument` for what is not an input.
  public mutating func expectWhole(_ x: Value) throws(ModelError) {
    guard case .input(let place) = origins[x.number] else {
      throw .argument("inputs", found: "what is computed", expected: "a tensor")
    }
    if x.type.isReal { wholeInputs.insert(place) }
  }

  /// Says between which integers the elements of an input usually are: those that are made up are.
  mutating func usually(_ x: Value, in range: Range<Int>) {
    guard case .input(let place) = origins[x.number] else { return }
    usualRanges[place] = usualRanges[place].map { $0.clamped(to: range) } ?? range
  }

  /// Numbers that are part of the definition, as many as the sizes say.
  public mutating func constant(
    _ numbers: [Double], _ sizes: [Int], _ type: DType = .float32
  ) -> Value {
    precondition(numbers.count == sizes.reduce(1, *), "numbers do not fill \(sizes)")
    return add(TensorType(Shape(sizes), type.numberType), .constant(numbers))
  }

  /// A tensor that is fed from outside, such as a model's input.
  mutating func fed(_ type: TensorType) -> Value { add(type, .input(0)) }

  /// Applies a primitive that makes one tensor.
  ///
  /// - Throws: What the primitive throws where it cannot take the inputs.
  public mutating func apply(
    _ primitive: some Primitive, to inputs: Value...
  ) throws(ModelError) -> Value {
    try apply(primitive, toAll: inputs)[0]
  }

  /// Applies a primitive.
  ///
  /// - Returns: All that it makes.
  /// - Throws: What the primitive throws where it cannot take the inputs.
  public mutating func apply(
    _ primitive: some Primitive, toAll inputs: [Value]
  ) throws(ModelError) -> [Value] {
    try apply(erased: primitive, toAll: inputs)
  }

  /// Applies a primitive of any type.
  package mutating func apply(
    erased primitive: any Primitive, toAll inputs: [Value]
  ) throws(ModelError) -> [Value] {
    let made = try primitive.results(for: inputs.map(\.type))
    let first = types.count
    let values = made.map { add($0) }
    steps.append(
      Step(primitive: primitive, inputs: inputs.map(\.number), outputs: first..<types.count))
    return values
  }
}

// MARK: - Reading

extension Definition {
  /// Checks the elements of inputs that have to be in a range.
  ///
  /// - Throws: `ModelError.elementOutOfRange` for the first that is not, `ModelError.textUnknown` for a text
  ///   of which nothing is known.
  package func check<Scalar: ReferenceScalar>(
    _ inputs: [NDArray<Scalar>]
  ) throws(ModelError) {
    for (place, range) in ranges {
      if let outside = inputs[place].elements.first(where: { !range.holds($0) }) {
        throw .elementOutOfRange(Double(outside), range)
      }
    }
    for (place, known) in texts {
      if let unknown = inputs[place].texts.first(where: { !known.contains($0) }) {
        let text = String(decoding: unknown, as: UTF8.self).prefix(bytes: 60)
        throw .textUnknown(text, count: known.count)
      }
    }
    for place in wholeInputs.sorted() {
      if let other = inputs[place].elements.first(where: { !$0.isNearlyWhole }) {
        throw .elementNotWhole(Double(other))
      }
    }
  }

  /// Checks the integers and truth values among the results.
  ///
  /// - Throws: `ModelError.inexactInteger` for the first element that its type does not have, or that
  ///   may have been rounded.
  package func check<Scalar: ReferenceScalar>(
    results: [NDArray<Scalar>]
  ) throws(ModelError) {
    guard makesIntegers else { return }
    for (output, array) in zip(outputs, results) where !output.type.isReal {
      let type = output.type.dtype
      guard let wrong = type.firstForeign(in: array) else { continue }
      throw .inexactInteger(Double(wrong), type, type.exactRange(in: Scalar.self))
    }
  }

  /// Whether both are the same primitives of the same tensors, one by one.
  package func isSame(as other: Definition) -> Bool {
    types == other.types && origins == other.origins && outputs == other.outputs
      && weights == other.weights && ranges == other.ranges && steps.count == other.steps.count
      && zip(steps, other.steps).allSatisfy { step, other in
        guard step.inputs == other.inputs, step.outputs == other.outputs,
          let primitive = step.primitive as? any Hashable,
          let another = other.primitive as? any Hashable
        else { return false }
        return AnyHashable(primitive) == AnyHashable(another)
      }
  }

  /// The shapes of the outputs.
  package var outputShapes: [Shape] { outputs.map(\.type.shape) }

  /// Checks that nothing that is made is too large.
  ///
  /// - Throws: `ModelError.elementCount` where something that is made, on the way or in the end, has
  ///   more elements than the limit, or sizes that are not known.
  package func checkSizes(elementLimit: Int) throws(ModelError) {
    func check(_ shape: Shape) throws(ModelError) {
      // An axis of no size must not hide how large the others are.
      let sizes = shape.known?.map { max($0, 1) }
      guard let count = sizes?.checkedProduct(), count <= elementLimit else {
        throw .elementCount(shape, limit: elementLimit)
      }
    }
    for step in steps {
      for output in step.outputs { try check(types[output].shape) }
      switch step.primitive {
      case let loop as Primitives.Loop: try loop.body.checkSizes(elementLimit: elementLimit)
      case let arithmetic as Primitives.IntegerArithmetic:
        try arithmetic.body.checkSizes(elementLimit: elementLimit)
      // One axis may be made longer before another is made shorter.
      case let resampling as Primitives.Resampling:
        for image in try resampling.images(from: types[step.inputs[0]].shape) {
          try check(image.shape)
        }
      default: break
      }
    }
    for output in outputs { try check(output.shape) }
  }
}

extension ReferenceScalar {
  /// Whether the number is whole but for what a verifier moves inputs by.
  fileprivate var isNearlyWhole: Bool { abs(self - rounded()) <= abs(self) * 0x1p-22 }
}

extension Range<Int> {
  /// Whether a number, cut towards zero, is in the range.
  fileprivate func holds<Scalar: ReferenceScalar>(_ number: Scalar) -> Bool {
    let whole = number.rounded(.towardZero)
    return whole >= Scalar(lowerBound) && whole < Scalar(upperBound)
  }
}
