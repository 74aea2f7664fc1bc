/// What a recurrent layer computes in one step of a sequence, of a slice of the sequence and of the
/// states that the step before has left.
///
/// A cell is a layer by itself too: called on a slice and states, it makes its output and the next
/// states.
public protocol RecurrentCell: DeclaredLayer {
  /// The kind of the layer that goes along sequences with such a cell.
  static var sequenceKind: String { get }

  /// The number of states.
  var stateCount: Int { get }

  /// Which of the next states the output is.
  var outputState: Int { get }

  /// The number of weights.
  var weightCount: Int { get }

  /// The size of each state for slices `(batch, …)`, without the batch axis; `nil` for what is only
  /// known when the model runs.
  ///
  /// - Throws: `ModelError` where the cell cannot take such slices.
  func stateSizes(for slice: Shape) throws(ModelError) -> [[Int?]]

  /// The weights for slices `(batch, …)`, in Keras's order.
  ///
  /// - Throws: `ModelError` where the cell cannot take such slices.
  func weights(for slice: Shape) throws(ModelError) -> [ParameterSpecification]

  /// Whether a step may be left out where a mask says so.
  var heedsMask: Bool { get }

  /// The weights as the steps take them, of the weights as they are kept.
  ///
  /// - Parameter weights: Those of ``weights(for:)``.
  func arrange(
    _ weights: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value]

  /// What of a step depends on no state: it is computed for all steps at once.
  ///
  /// - Parameters:
  ///   - x: A slice, or a sequence of them along any axis but the last.
  ///   - weights: Those of ``arrange(_:in:)``.
  func project(
    _ x: Definition.Value, weights: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value]

  /// One step.
  ///
  /// - Parameters:
  ///   - projected: What ``project(_:weights:in:)`` has made, for this step.
  ///   - states: Those of the step before.
  ///   - weights: Those of ``arrange(_:in:)``.
  /// - Returns: The output and the next states.
  func step(
    _ projected: [Definition.Value], states: [Definition.Value], weights: [Definition.Value],
    in definition: inout Definition
  ) throws(ModelError) -> (output: Definition.Value, states: [Definition.Value])
}

extension RecurrentCell {
  /// It may.
  public var heedsMask: Bool { true }

  /// The weights as they are kept.
  public func arrange(
    _ weights: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] { weights }

  /// The slice itself.
  public func project(
    _ x: Definition.Value, weights: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] { [x] }

  /// The first.
  public var outputState: Int { 0 }

  /// The slice and the states.
  public var signature: Signature {
    Signature([
      Signature.Parameter("inputs", .operand), Signature.Parameter("states", .operand),
      Signature.Parameter("training", .training),
    ])
  }

  /// One step: the output, and then the next states.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard let x = inputs.first else { throw .inputCount(expected: "a slice", found: 0) }
    let states = Array(inputs.dropFirst())
    try check(states, for: x.shape)
    let kept = try weights(for: x.shape).map { definition.weight($0) }
    let weights = try arrange(kept, in: &definition)
    let projected = try project(x, weights: weights, in: &definition)
    let made = try step(projected, states: states, weights: weights, in: &definition)
    return [made.output] + made.states
  }

  /// Checks that states that are given are those of the cell.
  func check(_ states: [Definition.Value], for slice: Shape) throws(ModelError) {
    let sizes = try stateSizes(for: slice)
    guard states.count == sizes.count else {
      throw .inputCount(expected: "a slice and \(sizes.count) states", found: 1 + states.count)
    }
    for (state, sizes) in zip(states, sizes)
    where state.shape.rank != sizes.count + 1
      || !zip(state.shape.dimensions.dropFirst(), sizes).allSatisfy({
        $0 == nil || $1 == nil || $0 == $1
      })
    {
      throw .argument(
        "initial_state", found: "a state of shape \(state.shape)",
        expected: "one of shape \(Shape([slice[0]] + sizes))")
    }
  }
}

extension Definition {
  /// Asks for a weight as it is specified.
  mutating func weight(_ specification: ParameterSpecification) -> Value {
    weight(
      specification.role, specification.shape, isTrainable: specification.isTrainable)
  }
}

extension LayerDeclaration {
  /// Declares a recurrent layer or a cell by how its weights begin.
  init(name: String?, kernel: Initializer, recurrentKernel: Initializer, bias: Initializer) {
    self.init(
      name: name,
      initializers: ["kernel": kernel, "recurrent_kernel": recurrentKernel, "bias": bias])
  }
}
