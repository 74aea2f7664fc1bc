import OrderedCollections
import ModelGraph
import TestSupport
import Testing

@testable import KerasFormat

/// Calls that are given more than tensors, in composed files.
@Suite struct CallSynthesisTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func model(
    _ arguments: OrderedDictionary<String, CallArgument>, form: Graph.Form = .functional,
    layer: any Layer = Add()
  ) throws -> Model {
    try Model(
      graph: Graph(
        name: "m", form: form,
        layers: [
          LayerNode(name: "x", body: .layer(InputLayer(batchShape: [nil, 3]))),
          LayerNode(name: "y", body: .layer(layer)),
        ],
        calls: [Call("x", inputs: []), Call("y", arguments: arguments)],
        inputs: [TensorReference("x")], outputs: [TensorReference("y")]), tensors: [:])
  }

  @Test func `constants and masks are written as Keras 3 writes them`() throws {
    let x = CallArgument.tensor(TensorReference("x"))
    let half = CallArgument.constant(
      try Constant([0.5, -.infinity, 3], dimensions: [1, 3], dtype: .float16))
    let whole = CallArgument.constant(try Constant([1, 0, -3], dimensions: [1, 3], dtype: .int8))
    let flags = CallArgument.constant(try Constant([1, 0, 1], dimensions: [1, 3], dtype: .bool))
    let cases: [OrderedDictionary<String, CallArgument>] = [
      ["inputs": .list([x, half])], ["inputs": .list([x, whole])],
      ["inputs": .list([x, x, flags])], ["inputs": .list([x, x]), "mask": x],
    ]
    for arguments in cases {
      let model = try model(arguments)
      try KerasWriter().write(model, to: folder.file("calls.h5"))
      let found = try KerasReader().read(path: folder.file("calls.h5")).model
      #expect(model.graph.difference(from: found.graph) == nil)
      let version = found.source?.objects.first?.attributes.first { $0.name == "keras_version" }
      #expect(version?.value.elements == .texts([Array("3.15.1".utf8)]))
    }
  }

  @Test func `what Keras 3 calls no layer on is not written`() throws {
    let x = CallArgument.tensor(TensorReference("x"))
    let constant = CallArgument.constant(try Constant([1, 2, 3], dimensions: [1, 3]))
    let cases: [([CallArgument], String)] = [
      ([constant, x], "Keras 3 calls no layer on a list that begins with a constant"),
      ([x, .setting(.int(3))], "Keras 3 calls no layer on a number, 3"),
      ([.setting(.double(0.5)), x], "Keras 3 calls no layer on a number, 0.5"),
    ]
    for (operands, reason) in cases {
      do {
        try KerasWriter().write(
          model(["inputs": .list(operands)]), to: folder.file("calls.h5"))
        Issue.record("no error")
      } catch {
        #expect("\(error)" == "layer 'y' (Add): cannot be written to a Keras file: \(reason)")
      }
    }
  }

  @Test(arguments: [Int64.max, .min, (1 << 53) + 2])
  func `an integer where float64 has not all of them is not written`(number: Int64) throws {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    let constant = try Constant(dtype: .int64, dimensions: [1, 1], bytes: bytes)
    let model = try model(
      ["inputs": .list([.tensor(TensorReference("x")), .constant(constant)])])
    do {
      try KerasWriter().write(model, to: folder.file("calls.h5"))
      Issue.record("no error")
    } catch {
      #expect(
        "\(error)"
          == "layer 'y' (Add): cannot be written to a Keras file: a constant has the integer "
          + "\(Double(number)), which is beyond 2^53")
    }
  }

  @Test func `a Sequential model has no words for them`() throws {
    let constant = CallArgument.constant(try Constant([1, 2, 3], dimensions: [1, 3]))
    let model = try model(
      ["inputs": .list([.tensor(TensorReference("x")), constant])], form: .sequential)
    do {
      try KerasWriter().write(model, to: folder.file("calls.h5"))
      Issue.record("no error")
    } catch {
      #expect(
        "\(error)"
          == "layer 'y' (Add): cannot be written to a Keras file: a Sequential model cannot call "
          + "it with inputs=[x:0:0, float32[1, 3] [1.0, 2.0, 3.0]]")
    }
  }
}
