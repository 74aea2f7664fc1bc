import Residual

/// Times the reference pass of a model on one random input, and building a network.
///
///     Benchmarks model.pb 7
///
/// Prints a line for each precision, and one for ResNet152 without its weights: the name, then the
/// best and the median time in seconds.
@main
struct Benchmarks {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let runs = Int(arguments[2]), runs > 0 else {
      fatalError("usage: Benchmarks model.pb RUNS")
    }
    let model = try Model(contentsOfFile: arguments[1])
    try measurePass(Float.self, model, runs: runs)
    try measurePass(Double.self, model, runs: runs)
    try measure("build", runs: runs) { _ = try ResNet(depth: 152) }
  }

  /// The first run is not counted.
  static func measure(_ name: String, runs: Int, _ body: () throws -> Void) rethrows {
    let clock = ContinuousClock()
    try body()
    let times = try (0..<runs).map { _ in try clock.measure(body) }.sorted()
    print(name, times[0] / .seconds(1), times[runs / 2] / .seconds(1))
  }

  static func measurePass<Scalar: ReferenceScalar>(
    _: Scalar.Type, _ model: Model, runs: Int
  ) throws {
    let executor = try ReferenceExecutor<Scalar>(model)
    let names = model.graph.inputs.map(\.layer)
    let arrays = model.graph.inputShapes.map { shape in
      noise(shape.dimensions.map { $0 ?? 1 }, Scalar.self)
    }
    // The first run also reads the weights.
    try measure(Scalar.dtype.rawValue, runs: runs) {
      _ = try executor.run(.init(uniqueKeysWithValues: zip(names, arrays)))
    }
  }

  /// Values between -1 and 1, the same on every run.
  static func noise<Scalar: ReferenceScalar>(_ dimensions: [Int], _: Scalar.Type) -> NDArray<Scalar>
  {
    var state: UInt32 = 1
    let elements = (0..<dimensions.reduce(1, *)).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Scalar(Int32(bitPattern: state) >> 8) / Scalar(1 << 23)
    }
    return NDArray(dimensions, elements)
  }
}
