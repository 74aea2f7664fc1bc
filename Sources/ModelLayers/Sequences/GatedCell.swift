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
  /// The names of the sums, in the order in which those of Keras 1 keep weights of their own.
  static var gates: [String] { get }
  /// The same in the order in which all of them are kept side by side.
  static var gateOrder: [String] { get }
  /// Whether each sum has weights of its own, as in Keras 1.
  var splitsGates: Bool { get }
}

extension GatedCell {
  /// One.
  public var stateCount: Int { 1 }

  /// Two kernels, and the bias if there is one; as many for each sum where those are kept apart.
  public var weightCount: Int { (useBias ? 3 : 2) * (splitsGates ? Self.gateCount : 1) }

  /// No names.
  public static var gates: [String] { [] }

  /// As they are kept.
  public static var gateOrder: [String] { gates }

  /// All are side by side.
  public var splitsGates: Bool { false }

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
    if splitsGates {
      return Self.gates.flatMap { gate in
        [
          ParameterSpecification("kernel_\(gate)", [features, units]),
          ParameterSpecification("recurrent_kernel_\(gate)", [units, units]),
        ] + (useBias ? [ParameterSpecification("bias_\(gate)", [units])] : [])
      }
    }
    return [
      ParameterSpecification("kernel", [features, width]),
      ParameterSpecification("recurrent_kernel", [units, width]),
    ] + (useBias ? [ParameterSpecification("bias", biasSizes)] : [])
  }

  /// The weights of all sums side by side.
  public func arrange(
    _ weights: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard splitsGates else { return weights }
    let each = useBias ? 3 : 2
    let places = Self.gateOrder.map { (Self.gates.firstIndex(of: $0) ?? 0) * each }
    var arranged: [Definition.Value] = []
    for (offset, axis) in [1, 1, 0].prefix(each).enumerated() {
      arranged.append(
        try definition.concatenation(places.map { weights[$0 + offset] }, axis: axis))
    }
    return arranged
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
