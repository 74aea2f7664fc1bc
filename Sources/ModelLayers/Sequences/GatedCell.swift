/// A cell of sums `x·kernel + h₋·recurrent_kernel + bias`, one or several for each unit, with the
/// weights kernel `(features, gates·units)`, recurrent_kernel `(units, gates·units)` and bias
/// `(gates·units)`.
public protocol GatedCell: RecurrentCell {
  /// The number of sums for each unit.
  static var gateCount: Int { get }
  /// The size of each state.
  var units: Int { get }
  /// Whether a bias is added.
  var useBias: Bool { get }
  /// The size of each axis of the bias.
  var biasSizes: [Int] { get }
}

extension GatedCell {
  /// One.
  public var stateCount: Int { 1 }

  /// Two kernels, and the bias if there is one.
  public var weightCount: Int { useBias ? 3 : 2 }

  /// One number for each sum.
  public var biasSizes: [Int] { [Self.gateCount * units] }

  /// As many vectors as there are states.
  public func stateSizes(for slice: Shape) throws(ModelError) -> [[Int?]] {
    guard slice.rank == 2 else {
      throw .rank(expected: "[batch, features] in each step", found: slice)
    }
    return Array(repeating: [units], count: stateCount)
  }

  /// Kernel, recurrent kernel and bias.
  public func weights(for slice: Shape) throws(ModelError) -> [ParameterSpecification] {
    _ = try stateSizes(for: slice)
    guard let features = slice[-1] else {
      throw .unknownDimension(shape: slice, needed: "the number of features")
    }
    let (width, overflow) = units.multipliedReportingOverflow(by: Self.gateCount)
    guard !overflow else {
      throw .attribute("units", expected: "less", found: "\(units)")
    }
    return [
      ParameterSpecification("kernel", [features, width]),
      ParameterSpecification("recurrent_kernel", [units, width]),
    ] + (useBias ? [ParameterSpecification("bias", biasSizes)] : [])
  }

  /// The products with the kernel.
  public func project(
    _ x: Definition.Value, weights: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] { [try definition.product(x, weights[0])] }

  /// The sums for all gates side by side, in any order of their terms.
  func sums(
    _ projected: Definition.Value, _ h: Definition.Value, _ weights: [Definition.Value],
    in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    let recurrent = try definition.product(h, weights[1])
    return try definition.apply(
      Primitives.Combination(.add), toAll: [projected, recurrent] + weights.dropFirst(2))[0]
  }
}
