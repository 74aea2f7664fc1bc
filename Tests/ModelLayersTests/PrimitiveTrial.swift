import Testing

@testable import ModelLayers

/// A definition in primitives, with inputs that both precisions hold exactly.
struct PrimitiveTrial {
  typealias Body = (
    [Definition.Value], inout Definition
  ) throws(ModelError) -> [Definition.Value]

  let inputs: [NDArray<Double>]
  let definition: Definition
  private let body: Body

  /// Takes the inputs and what is computed of them.
  init(_ inputs: [NDArray<Double>], _ body: @escaping Body) throws(ModelError) {
    self.inputs = inputs
    self.body = body
    definition = try Definition(for: inputs.map { TensorType($0.shape) }, body)
  }

  /// Draws inputs of these dimensions from -1 to 1.
  init(_ inputs: [[Int]], seed: UInt64 = 1, _ body: @escaping Body) throws(ModelError) {
    var generator = Generator(state: seed)
    try self.init(inputs.map { generator.array($0) }, body)
  }

  /// The outputs in double precision.
  var outputs: [NDArray<Double>] { definition.values(inputs, Parameters()) }

  /// The outputs in single precision.
  var singleOutputs: [NDArray<Float>] {
    definition.values(inputs.map(\.single), Parameters())
  }
}

// MARK: - Values

extension PrimitiveTrial {
  /// The largest distance of any output in double precision from what is expected; infinite where
  /// the dimensions differ, or where those that were announced do.
  func distance(to expected: NDArray<Double>...) -> Double {
    guard definition.outputShapes == expected.map(\.shape) else { return .infinity }
    return Self.distance(outputs, expected)
  }

  /// The same in single precision.
  func singleDistance(to expected: NDArray<Double>...) -> Double {
    Self.distance(singleOutputs.map(\.double), expected)
  }

  static func distance(_ found: [NDArray<Double>], _ expected: [NDArray<Double>]) -> Double {
    guard found.map(\.dimensions) == expected.map(\.dimensions) else { return .infinity }
    return zip(found, expected).flatMap { zip($0.elements, $1.elements) }.map { abs($0 - $1) }
      .max() ?? 0
  }
}

// MARK: - Bounds

extension PrimitiveTrial {
  /// How far each element of each output may be off in single precision.
  func bounds(within given: [RoundingBound<Double>]? = nil) -> [[Double]] {
    let outputs = outputs
    return zip(definition.bounds(inputs, within: given, Parameters(), outputs: outputs), outputs)
      .map { $0.total(count: $1.elements.count) }
  }

  /// The largest share of its bound that an element is off by in single precision.
  func roundingShare() -> Double {
    Self.share(of: bounds(), singleOutputs.map(\.double), outputs)
  }

  /// What is added to the bounds by what one input may be off by, and the largest share of this
  /// that elements move by where it is off by as much, either way: at most 1.
  ///
  /// - Parameter isSum: Whether the input may be off as a sum may, else by a fixed amount.
  func perturbationShare(of input: Int, asSum isSum: Bool) -> Double {
    let count = inputs[input].elements.count
    let units = (0..<count).map { 256.0 * Double($0 % 3) + 256 }
    var given = inputs.map { _ in RoundingBound<Double>.exact }
    given[input] =
      isSum
      ? RoundingBound(length: 16, magnitude: units.map { $0 / 16 }, fixed: [])
      : RoundingBound(length: 0, magnitude: [], fixed: units)
    let plain = bounds()
    let added = zip(bounds(within: given), plain).map { zip($0, $1).map { $0 - $1 } }
    var generator = Generator(state: 7)
    return (0..<6).map { round in
      let signs = generator.array([count]).elements
      var moved = inputs
      for index in 0..<count {
        let sign = round == 0 ? 1 : round == 1 ? -1 : signs[index] < 0 ? -1.0 : 1
        moved[input].elements[index] += sign * units[index] * 0x1p-24
      }
      return Self.share(of: added, definition.values(moved, Parameters()), outputs)
    }.max() ?? 0
  }

  /// The largest share for any input, in both forms of a bound.
  func perturbationShare() -> Double {
    inputs.indices.flatMap { input in
      [false, true].map { perturbationShare(of: input, asSum: $0) }
    }.max() ?? 0
  }

  /// The largest share of a bound that two evaluations differ by.
  static func share(
    of bounds: [[Double]], _ found: [NDArray<Double>], _ exact: [NDArray<Double>]
  ) -> Double {
    var largest = 0.0
    for (bound, (found, exact)) in zip(bounds, zip(found, exact)) {
      for (limit, (first, second)) in zip(bound, zip(found.elements, exact.elements)) {
        let error = abs(first - second)
        // Double precision rounds too.
        if error > 1e-14 { largest = max(largest, error / max(limit, 0)) }
      }
    }
    return largest
  }
}

// MARK: - Items

extension PrimitiveTrial {
  /// Where the first output has its items when the inputs have theirs at these places.
  func items(in places: ItemAxis...) -> ItemAxis { definition.items(in: places)[0] }

  /// The largest distance between the items of the outputs, computed together and each by itself.
  func distanceOfItems(in places: ItemAxis...) throws -> Double {
    try distanceOfItems(in: places)
  }

  /// The same for a list of places.
  func distanceOfItems(in places: [ItemAxis]) throws -> Double {
    let together = outputs
    let made = definition.items(in: places)
    var count: Int?
    for (input, place) in zip(inputs, places) {
      if case .axis(let axis) = place { count = input.dimensions[axis] }
    }
    return try (0..<(try #require(count))).map { item in
      let apart = try PrimitiveTrial(zip(inputs, places).map { $0.item(item, $1) }, body).outputs
      return Self.distance(apart, zip(together, made).map { $0.item(item, $1) })
    }.max() ?? 0
  }
}

// MARK: - Arrays

extension NDArray {
  /// The element at a place.
  subscript(place: [Int]) -> Scalar {
    elements[zip(place, dimensions).reduce(0) { $0 * $1.1 + $1.0 }]
  }

  /// What belongs to one item; all where there are no items.
  fileprivate func item(_ item: Int, _ place: ItemAxis) -> NDArray {
    guard case .axis(let axis) = place else { return self }
    var made = dimensions
    made[axis] = 1
    return .generate(made) { place in
      var source = place
      source[axis] = item
      return self[source]
    }
  }
}

extension NDArray<Double> {
  /// The array in single precision.
  var single: NDArray<Float> { NDArray<Float>(dimensions, elements.map { Float($0) }) }

  /// The array with a function applied to each element.
  func map(_ transform: (Double) -> Double) -> NDArray {
    NDArray(dimensions, elements.map(transform))
  }
}

extension NDArray<Float> {
  /// The array in double precision.
  var double: NDArray<Double> { NDArray<Double>(dimensions, elements.map { Double($0) }) }
}

extension RoundingBound<Double> {
  /// The bound in single precision, for each element.
  func total(count: Int) -> [Double] {
    let sum = Double(length) * 0x1p-24 / (1 - Double(length) * 0x1p-24)
    return (0..<count).map { index in
      (magnitude.isEmpty ? 0 : sum * magnitude[index])
        + (fixed.isEmpty ? 0 : 0x1p-24 * fixed[index])
    }
  }
}
