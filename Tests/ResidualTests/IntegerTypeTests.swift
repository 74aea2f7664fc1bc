import ModelGraph
import Residual
import TestSupport
import Testing

/// The types of what operations make, against those that Keras recorded.
@Suite struct IntegerTypeTests {
  private static let fixtures = Fixture.valid.filter {
    ["ops_integers", "ops_integer_functions", "ops_positions", "ops_promotion"].contains($0.name)
  }

  /// The type by which a golden has what is of a type here.
  private func recorded(_ type: DType, by fixture: Fixture, _ kind: String) -> DType {
    // JAX has no integers of 64 bits unless it is told to, and goldens no real numbers but float32.
    if fixture.file.hasSuffix("keras3.h5"), type == .int64 { return .int32 }
    // Places are int64 in TensorFlow, and here no larger than int32.
    if fixture.file.hasSuffix("keras2.h5"), kind == "ops.Argmax" { return .int64 }
    return type
  }

  @Test(arguments: fixtures)
  func `what an operation makes has the type that Keras makes`(fixture: Fixture) throws {
    let model = try Model(contentsOfFile: fixture.path)
    let golden = try Golden(contentsOfFile: Repository.fixture(#require(fixture.golden)))
    let calls = try #require(golden.cases.first).calls
    var found: [String: DType] = [:]
    for call in try model.graph.resolved().calls {
      let path = call.path.description
      for (index, type) in call.outputTypes.enumerated() {
        guard let type else { continue }
        let made = recorded(type.dtype, by: fixture, call.layer.kind)
        if index == 0 { found[path] = made }
        // The result of a nested model has no shorter name.
        found["\(path):0:\(index)"] = made
      }
    }
    #expect(calls.count > 10)
    for (name, tensor) in calls { #expect(found[name] == tensor.dtype, "\(name)") }
  }

  @Test func `the fixture of sums has every two types`() throws {
    let fixture = try #require(Self.fixtures.first { $0.name == "ops_promotion" })
    let model = try Model(contentsOfFile: fixture.path)
    let pairs = try model.graph.resolved().calls.map { call in
      call.inputTypes.compactMap { $0?.dtype }
    }
    let types: [DType] = [
      .bool, .uint8, .int8, .uint16, .int16, .uint32, .int32, .float32,
    ]
    for first in types {
      for second in types where (first, second) != (.bool, .bool) {
        #expect(pairs.contains([first, second]), "\(first) \(second)")
      }
    }
  }

  @Test(arguments: [ReferenceEngine(Float.self) as any Engine, ReferenceEngine(Double.self)])
  func `an integer that is not exact is an error that names the layer`(engine: any Engine) throws {
    let x = Input(shape: [2], dtype: .int32, name: "x")
    let quotient = x.operation("FloorDivide", [0])[0]
    let session = try engine.session(for: Model(inputs: x, outputs: quotient))
    let fed = Tensor(try NDArray<Float>([1, 2], elements: [4, 5]))
    #expect(
      refusal { try session.run(["x": fed]) }.hasPrefix(
        "layer 'floor_divide' (ops.FloorDivide): comes upon inf on the way to int32; expected an integer from"
      ))
  }
}
