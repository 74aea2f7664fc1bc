@testable import Residual
import TestSupport
import Testing

@Suite struct InspectionTests {
  @Test func `a file is told in numbers`() throws {
    let folder = try TemporaryFolder()
    try smallModel(goldens: [smallGolden()]).write(toFile: folder.file("a.pb"))
    let inspection = try Inspection(ModelFile(path: folder.file("a.pb")))
    #expect(inspection.format == .protobuf)
    #expect(inspection.parameterCount == 4)
    #expect(inspection.trainableParameterCount == 4)
    #expect(inspection.weightByteCount == 16)
    #expect(inspection.otherTensorCount == 0)
    #expect(inspection.inputs == [.init(name: "input", shape: [nil, 2])])
    #expect(inspection.outputs == [.init(name: "dense", shape: [nil, 2])])
    #expect(inspection.calls.map(\.inputs) == [[], ["input"]])
    #expect(inspection.goldens.map(\.cases) == [["one"]])
  }

  @Test func `a layer that cannot be run has no shape and a reason`() throws {
    let folder = try TemporaryFolder()
    try smallModel(isSupported: false).write(toFile: folder.file("a.pb"))
    let inspection = try Inspection(ModelFile(path: folder.file("a.pb")))
    #expect(inspection.outputs == [.init(name: "dense", shape: nil)])
    #expect(inspection.unsupported.map(\.kind) == ["Lambda"])
  }

  @Test func `what later versions make of a file of Keras 1 is noted`() throws {
    func notes(_ name: String) throws -> [Inspection.Note] {
      try Inspection(ModelFile(path: Repository.fixture("keras1/\(name).h5"))).notes
    }
    let loads = "the file is of Keras 1.2.2, which neither Keras 2.15 nor Keras 3 loads"
    #expect(try notes("residual").map(\.sentence) == [loads])
    let flipped = try notes("theano_first")
    #expect(flipped.map(\.concern) == ["keras1", "flipped-kernel"])
    #expect(
      flipped.last?.sentence
        == "layer 'convolution2d_1' (Conv2D): its kernel is turned round, as Theano does, and so are those of "
        + "1 more layer; the file does not say so, and a Keras on TensorFlow takes it as it is")
    // Keras 3 loads one without weights, and has another 'hard_sigmoid'.
    #expect(
      try notes("cosines").map(\.sentence) == [
        "the file is of Keras 1.2.2, which Keras 2.15 does not load, and of which Keras 3 may take words for "
          + "others: its 'hard_sigmoid' is another function"
      ])
  }
}
