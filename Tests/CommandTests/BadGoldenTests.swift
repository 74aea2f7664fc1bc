import Residual
import TestSupport
import Testing

/// What `resverify` says of goldens that nothing can be proved with; none of them passes.
@Suite struct BadGoldenTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(bytes(ofFile: Programs.model), to: "model.h5")
  }

  private func verify() throws -> Program.Outcome {
    try Programs.resverify.run(["model.h5", "--golden", "golden.h5", "--quiet"], in: folder.path)
  }

  private func expectRefusal(_ sentence: String) throws {
    let outcome = try verify()
    #expect(outcome.code == 2)
    #expect(outcome.output == "")
    #expect(outcome.error.hasPrefix("golden.h5: \(sentence)"), "\(outcome.error)")
    #expect(outcome.error.filter { $0 == "\n" }.count == 1)
  }

  @Test(arguments: [1, 8, 100, 2048, 20_000])
  func `a golden that was cut is refused`(count: Int) throws {
    try folder.write(Array(bytes(ofFile: Programs.golden).prefix(count)), to: "golden.h5")
    try expectRefusal("")
  }

  @Test func `the golden of another model is refused`() throws {
    let other = Repository.fixture("block_identity/keras2.h5")
    _ = try Programs.resverify.run(
      ["record", other, "--out", "golden.h5", "--quiet"], in: folder.path)
    try expectRefusal("is the golden of another model: 0 of the 18 weights of 'block_projection'")
  }

  @Test func `the golden of another model is none of this, even if it does not know its weights`()
    throws
  {
    let other = Repository.fixture("block_identity/keras2.golden.h5")
    try folder.write(bytes(ofFile: other), to: "golden.h5")
    try expectRefusal("case '")
  }

  @Test func `a model with one wrong weight is not another model`() throws {
    let model = try Model(contentsOfFile: Programs.model)
    var tensors = model.tensors
    var kernel: NDArray<Float> = try #require(tensors["conv2/kernel"]).array()
    kernel.elements[0] += 0.5
    tensors["conv2/kernel"] = Tensor(kernel)
    try Model(graph: model.graph, tensors: tensors).write(toFile: folder.file("wrong.pb"))
    _ = try Programs.resverify.run(
      ["record", "model.h5", "--out", "golden.h5", "--quiet"], in: folder.path)
    let outcome = try Programs.resverify.run(
      ["wrong.pb", "--golden", "golden.h5"], in: folder.path)
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("\n1 of 18 weights is not the golden's: 'conv2/kernel'\n"))
  }

  @Test func `what the golden lacks or has too much, and what is none, is said`() throws {
    func conclusion(_ change: (inout GoldenCase) throws -> Void) throws -> String {
      var golden = try Golden(contentsOfFile: Programs.golden)
      try change(&golden.cases[0])
      try golden.write(toFile: folder.file("golden.h5"))
      let outcome = try verify()
      #expect(outcome.code == 2, "\(outcome)")
      return outcome.output.replacing("model.h5: could not tell: ", with: "")
    }
    #expect(
      try conclusion { $0.calls["conv3"] = $0.calls["conv1"] }
        == "the model has no tensors for 'calls/conv3' of the golden\n")
    #expect(
      try conclusion {
        $0.outputs = [:]
        $0.calls["relu2"] = nil
      }.hasSuffix("output 'relu2': not recorded\n"))
    #expect(
      try conclusion {
        var array: NDArray<Float> = try #require($0.calls["conv1"]).array()
        array.elements[3] = .nan
        $0.calls["conv1"] = Tensor(array)
      }.hasSuffix("call 'conv1': golden holds NaN\n"))
    #expect(
      try conclusion {
        let old = try #require($0.calls["add"])
        let zeros = OwnedBytes([UInt8](repeating: 0, count: old.elementCount * 2))
        $0.calls["add"] = try Tensor(dtype: .int16, dimensions: old.dimensions, bytes: zeros)
      }.hasSuffix("call 'add': golden is int16, which hides faults\n"))
  }

  @Test func `all zeros differ`() throws {
    var golden = try Golden(contentsOfFile: Programs.golden)
    for index in golden.cases.indices {
      for (name, tensor) in golden.cases[index].calls {
        golden.cases[index].calls[name] = Tensor(NDArray<Float>(repeating: 0, tensor.dimensions))
      }
    }
    try golden.write(toFile: folder.file("golden.h5"))
    #expect(try verify().code == 1)
  }
}
