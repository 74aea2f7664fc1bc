#if OneDNN

import OneDNNEngine
import OrderedCollections
import Residual
import TestSupport
import Testing

/// Results in the middle of a model that oneDNN runs, where others are fused and overwritten.
@Suite struct TapTests {
  /// How far the tapped tensors of an engine are from those of the reference pass in float64, each
  /// in units of the largest element of its own.
  private func errors(
    of model: Model, _ inputs: OrderedDictionary<String, Tensor>, _ taps: [String], threads: Int = 2
  ) throws -> OrderedDictionary<String, Double> {
    let found = try OneDNNEngine(threads: threads).session(for: model).run(inputs, taps: taps)
    let expected = try ReferenceEngine(Double.self).session(for: model).run(inputs, taps: taps)
    #expect(found.taps.keys == expected.taps.keys)
    var errors: OrderedDictionary<String, Double> = [:]
    for (name, tensor) in found.taps {
      errors[name] = try error(of: tensor, try #require(expected.taps[name]))
    }
    for (index, output) in found.outputs.enumerated() {
      errors["output \(index)"] = try error(of: output, expected.outputs[index])
    }
    return errors
  }

  private func error(of found: Tensor, _ expected: Tensor) throws -> Double {
    guard found.dimensions == expected.dimensions else { return .infinity }
    let (found, expected) = (try found.array(Double.self), try expected.array(Double.self))
    let largest = expected.elements.map(abs).max() ?? 0
    let differences = zip(found.elements, expected.elements).map { abs($0 - $1) }
    return (differences.max() ?? 0) / max(largest, .leastNormalMagnitude)
  }

  private func image(_ batch: Int) -> Tensor {
    let elements = (0..<batch * 16 * 16 * 8).map { Float(($0 * 7919) % 211) / 105 - 1 }
    return Tensor(NDArray([batch, 16, 16, 8], elements))
  }

  /// A block in which oneDNN fuses all it can, and reuses memory.
  private func block() throws -> Model {
    let input = Input(shape: [16, 16, 8], name: "image")
    var x = ZeroPadding2D(name: "pad")(input)
    x = Conv2D(8, kernelSize: (3, 3), name: "conv1")(x)
    x = BatchNormalization(name: "bn1")(x)
    x = ReLU(name: "relu1")(x)
    x = Dropout(0.5, name: "drop")(x)
    x = Conv2D(8, kernelSize: (3, 3), padding: .same, name: "conv2")(x)
    x = BatchNormalization(name: "bn2")(x)
    x = Add(name: "sum")(x, input)
    x = ReLU(name: "relu2")(x)
    x = Concatenate(name: "both")(x, input)
    x = MaxPooling2D(name: "pool")(x)
    return try Model(inputs: input, outputs: Dense(4, name: "logits")(Flatten(name: "flat")(x)))
  }

  @Test func `what would be fused is made where it is tapped`() throws {
    let model = try block()
    let names = try model.graph.resolved().tensorNames
    #expect(names.count == 14)
    let inputs: OrderedDictionary = ["image": image(1)]
    for taps in [names] + names.map({ [$0] }) {
      for (name, error) in try errors(of: model, inputs, taps) {
        #expect(error < 1e-5, "\(name) of \(taps)")
      }
    }
  }

  @Test(arguments: [1, 2, 5], [1, 3])
  func `a batch that is run in groups is tapped as a whole`(batch: Int, threads: Int) throws {
    let model = try block()
    let inputs: OrderedDictionary = ["image": image(batch)]
    for (name, error) in try errors(
      of: model, inputs, ["bn1", "logits", "image"], threads: threads)
    {
      #expect(error < 1e-5, "\(name)")
    }
  }

  @Test func `a tensor whose items do not lie along its first axis is tapped as a whole`() throws {
    let input = Input(shape: [16, 16, 8], name: "image")
    let turned = input.operation(
      "Transpose", settings: ["axes": .ints([3, 1, 2, 0])], named: "turned")[0]
    let back = (turned * 2).operation(
      "Transpose", settings: ["axes": .ints([3, 1, 2, 0])], named: "back")[0]
    let model = try Model(inputs: input, outputs: back)
    for threads in [1, 2] {
      let errors = try errors(
        of: model, ["image": image(4)], ["turned", "back"], threads: threads)
      #expect(errors.values.allSatisfy { $0 < 1e-6 }, "\(errors)")
    }
  }

  @Test func `a session taps something else each time`() throws {
    let model = try block()
    let session = try OneDNNEngine(threads: 2).session(for: model)
    let plain = try session.run(["image": image(2)])
    for name in ["conv1", "sum", "conv1"] {
      let run = try session.run(["image": image(2)], taps: [name])
      #expect(Array(run.taps.keys) == [name])
      #expect(try error(of: run.outputs[0], plain[0]) < 1e-5)
    }
    #expect(throws: ModelError.tapUnknown("conv3", nearest: "conv1")) {
      try session.run(["image": image(2)], taps: ["conv3"])
    }
  }

  /// Models of every shape: nested, shared, of several outputs, with operations.
  private static let fixtures = [
    "applications", "block_expand_contract", "chunked_weight_names", "digits_resnet", "multi_io",
    "nested", "nested_deep", "nested_multi_io", "nested_output", "nested_residual",
    "nested_sequential", "nested_twice", "ops_joining", "several_outputs", "shared_layer",
    "shared_layer_outputs", "slash_names",
  ]

  @Test(arguments: Fixture.valid.filter { $0.golden != nil && fixtures.contains($0.name) })
  func `both engines give every recorded call under the name that it is recorded by`(
    fixture: Fixture
  ) throws {
    let model = try Model(contentsOfFile: fixture.path)
    let golden = try Golden(contentsOfFile: Repository.fixture(try #require(fixture.golden)))
      .resolved(for: model)
    let engines: [any Engine] = [ReferenceEngine(Float.self), OneDNNEngine(threads: 2)]
    for golden in golden.cases {
      for engine in engines {
        let run = try engine.session(for: model)
          .run(golden.inputs, taps: Array(golden.calls.keys))
        for (name, recorded) in golden.calls {
          let tapped = try #require(run.taps[name])
          #expect(try error(of: tapped, recorded) < 1e-4, "\(name) by \(engine.name)")
        }
      }
    }
  }
}

#endif
