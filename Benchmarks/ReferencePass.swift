import Residual

/// Times the reference pass of a model on one random input.
///
///     Benchmarks model.pb 7
///
/// Prints a line for each precision: its name, then the best and the median time in seconds.
@main
struct ReferencePass {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let runs = Int(arguments[2]), runs > 0 else {
      fatalError("usage: Benchmarks model.pb RUNS")
    }
    let model = try Model(contentsOfFile: arguments[1])
    try measure(Float.self, model, runs: runs)
    try measure(Double.self, model, runs: runs)
  }

  static func measure<Scalar: ReferenceScalar>(
    _: Scalar.Type, _ model: Model, runs: Int
  ) throws {
    let executor = try ReferenceExecutor<Scalar>(model)
    let names = model.graph.inputs.map(\.layer)
    let arrays = model.graph.inputShapes.map { shape in
      noise(shape.dimensions.map { $0 ?? 1 }, Scalar.self)
    }
    let clock = ContinuousClock()
    var times: [Duration] = []
    // The first run also reads the weights: it is not counted.
    for run in 0...runs {
      let start = clock.now
      _ = try executor.run(.init(uniqueKeysWithValues: zip(names, arrays)))
      if run > 0 { times.append(clock.now - start) }
    }
    times.sort()
    print(Scalar.dtype.rawValue, times[0] / .seconds(1), times[runs / 2] / .seconds(1))
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
