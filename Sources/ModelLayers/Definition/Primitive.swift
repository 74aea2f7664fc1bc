/// One of the few things that definitions are made of: something that every implementation
/// computes, in its own order of operations.
///
/// A primitive knows all there is to know of it: its results' types, their values, how far
/// rounding may move them, its cost, and what it does to the items of a batch. An engine that has
/// words of its own for a primitive is held against these.
public protocol Primitive: Sendable {
  /// The types of the results; every rule about the inputs is checked here.
  func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType]

  /// Computes the results. The inputs have been checked against `results(for:)`.
  func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>]

  /// How far the results may be moved by the rounding of the primitive itself and by what its
  /// inputs may be off already.
  ///
  /// - Parameter results: The values, computed only where they are asked for.
  func bounds<Scalar: ReferenceScalar>(
    _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
  ) -> [RoundingBound<Scalar>]

  /// The number of products that are added, two operations each, or of elements that are reduced;
  /// 0 for what does not count. `Int.max` where there are more.
  ///
  /// - Throws: `ModelError.unknownDimension` where a size is not known.
  func operationCount(
    for inputs: [TensorType], results: [TensorType]
  ) throws(ModelError) -> Int

  /// How many steps computing the results and their bounds takes, whatever counts as an operation:
  /// an upper limit, by which what would not end is known before. `Int.max` where there are more.
  ///
  /// - Throws: `ModelError.unknownDimension` where a size is not known.
  func work(for inputs: [TensorType], results: [TensorType]) throws(ModelError) -> Int

  /// The zeros that `same`, `causal` and the like put around the first input, as before/after pairs
  /// per spatial axis; empty where nothing is padded.
  func explicitPadding(for inputs: [TensorType]) throws(ModelError) -> [Int]

  /// Whether a result may jump: the smallest change of an input may make another number of it.
  var hasSteps: Bool { get }

  /// Where the items of a batch are in the results.
  ///
  /// - Parameter inputs: Where they are in the inputs, and these inputs' types.
  func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis
}

extension Primitive {
  /// Does not count.
  public func operationCount(
    for inputs: [TensorType], results: [TensorType]
  ) throws(ModelError) -> Int { 0 }

  /// The operations or, where there are more of them, the elements that are read and made.
  public func work(for inputs: [TensorType], results: [TensorType]) throws(ModelError) -> Int {
    let elements = try (inputs + results).map(\.shape).operationCount(perElement: [1])
    return max(elements, try operationCount(for: inputs, results: results))
  }

  /// No jumps.
  public var hasSteps: Bool { false }

  /// No padding.
  public func explicitPadding(for inputs: [TensorType]) throws(ModelError) -> [Int] { [] }

  /// Mixes the items, as far as anybody knows.
  public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
    inputs.allSatisfy { $0.0 == .absent } ? .absent : .mixed
  }
}

/// Where the items of a batch are in a tensor.
public enum ItemAxis: Hashable, Sendable {
  /// The tensor is the same for all items, as weights are.
  case absent
  /// Along this axis, each computed by itself.
  case axis(Int)
  /// An element may depend on several items.
  case mixed

  /// The axis that all of several tensors have their items along; those without items do not
  /// count.
  static func common(_ places: some Sequence<ItemAxis>) -> ItemAxis {
    places.reduce(.absent) { common, place in
      place == .absent || place == common ? common : common == .absent ? place : .mixed
    }
  }
}

/// A tensor as the interpreter of bounds has it: its value, if somebody needs it, and how far an
/// evaluation may be from it.
public struct Inexact<Scalar: ReferenceScalar>: Sendable {
  let source: Deferred<NDArray<Scalar>>
  /// The size of each axis.
  public let dimensions: [Int]
  /// How far the value may be off; without elements where it is exact.
  public let bound: RoundingBound<Scalar>
  /// The unit of the bound: that of the coarsest type that an evaluation may compute in.
  public let unitRoundoff: Double
  /// Whether bounds count what jumps where a number is beside a step.
  public let countsJumps: Bool

  init(
    _ source: Deferred<NDArray<Scalar>>, _ dimensions: [Int], _ bound: RoundingBound<Scalar>,
    _ unitRoundoff: Double, countsJumps: Bool
  ) {
    self.source = source
    self.dimensions = dimensions
    self.bound = bound
    self.unitRoundoff = unitRoundoff
    self.countsJumps = countsJumps
  }

  /// The value; it is computed when it is first asked for.
  public var value: NDArray<Scalar> { source.value }

  /// What a jump of a height adds to a bound, if bounds count jumps.
  func jump(_ height: Scalar) -> Scalar { countsJumps ? height / Scalar(unitRoundoff) : 0 }

  /// Whether the value is not off at all.
  public var isExact: Bool { bound.isExact }
}
