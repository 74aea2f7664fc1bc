import Foundation
import ProtobufFormat
import ModelGraph
@testable import Residual
import TestSupport
import Testing

@Suite struct ConversionTests {
  private let folder: TemporaryFolder
  private var conversion = Conversion(tool: "tests 1")

  init() throws {
    folder = try TemporaryFolder()
    conversion.checks = true
  }

  private func fails(_ conversion: Conversion, _ input: String, _ output: String) -> String {
    do {
      _ = try conversion.convert(folder.file(input), to: folder.file(output))
      return "did not fail"
    } catch {
      return "\(error)".replacing("\(folder.path)/", with: "")
    }
  }

  @Test func `a model comes back as it was written`() throws {
    let model = try smallModel()
    try model.write(toFile: folder.file("a.pb"))
    let summary = try conversion.convert(folder.file("a.pb"), to: folder.file("b.pb"))
    #expect(summary.layerCount == 2)
    #expect(summary.tensorCount == 1)
    #expect(summary.byteCount == 16)
    #expect(try bytes(ofFile: folder.file("a.pb")) == bytes(ofFile: folder.file("b.pb")))
    #expect(try model.difference(from: Model(contentsOfFile: folder.file("b.pb"))) == nil)
  }

  @Test func `what training left beside weights is not dropped unless that is asked for`() throws {
    let fixture = Repository.fixture("compiled_adam/keras3.keras")
    let file = try ModelFile(weights: fixture, architecture: fixture)
    var conversion = conversion
    #expect {
      _ = try conversion.convert(file, to: folder.file("a.h5"))
    } throws: {
      "\($0)".contains(
        "has what training left, \(file.trainingTensorCount) tensors of an optimizer or of metrics, which is "
          + "not bound beside an architecture; '--drop-optimizer' leaves it out")
    }
    #expect(try folder.names.isEmpty)
    conversion.dropsOptimizer = true
    _ = try conversion.convert(file, to: folder.file("a.h5"))
    #expect(try folder.names == ["a.h5"])
  }

  @Test func `goldens that a file does not hold are counted`() throws {
    let fixture = Repository.fixture("digits_resnet/keras3")
    var embedding = conversion
    embedding.goldens = [("golden", try Golden(contentsOfFile: fixture + ".golden.h5"))]
    let first = try embedding.convert(fixture + ".h5", to: folder.file("a.pb"))
    #expect(first.droppedGoldenCaseCount == 0)
    let summary = try conversion.convert(folder.file("a.pb"), to: folder.file("a.h5"))
    #expect(summary.droppedGoldenCaseCount == first.goldenCaseCount)
    #expect(summary.goldenCaseCount == 0)
  }

  @Test func `shards of the model that is replaced do not stay behind`() throws {
    let model = try smallModel()
    try ProtobufWriter(shardByteLimit: 1).write(model, to: folder.file("a.pb"))
    try model.write(toFile: folder.file("b.pb"))
    #expect(try folder.names.count == 3)
    _ = try conversion.convert(folder.file("b.pb"), to: folder.file("a.pb"))
    #expect(try folder.names == ["a.pb", "b.pb"])
    #expect(try model.difference(from: Model(contentsOfFile: folder.file("a.pb"))) == nil)
  }

  @Test func `shards that the input is in too do not go with the model that is replaced`() throws {
    let model = try smallModel()
    try ProtobufWriter(shardByteLimit: 1).write(model, to: folder.file("a.pb"))
    try FileManager.default.copyItem(atPath: folder.file("a.pb"), toPath: folder.file("b.pb"))
    let names = try folder.names
    _ = try conversion.convert(folder.file("b.pb"), to: folder.file("a.pb"))
    #expect(try folder.names == names)
    #expect(try model.difference(from: Model(contentsOfFile: folder.file("b.pb"))) == nil)
  }

  @Test func `a model is spread over shards of the size that is asked for`() throws {
    let model = try smallModel()
    try model.write(toFile: folder.file("a.pb"))
    var conversion = conversion
    conversion.shardByteLimit = 1
    _ = try conversion.convert(folder.file("a.pb"), to: folder.file("b.pb"))
    #expect(try folder.names.count == 3)
    #expect(try model.difference(from: Model(contentsOfFile: folder.file("b.pb"))) == nil)
  }

  @Test func `a sharded model may be converted into itself`() throws {
    let model = try smallModel()
    try ProtobufWriter(shardByteLimit: 1).write(model, to: folder.file("a.pb"))
    _ = try conversion.convert(folder.file("a.pb"), to: folder.file("a.pb"))
    #expect(try folder.names == ["a.pb"])
    #expect(try model.difference(from: Model(contentsOfFile: folder.file("a.pb"))) == nil)
  }

  @Test func `a file may be converted into itself`() throws {
    try smallModel().write(toFile: folder.file("a.pb"))
    let before = try bytes(ofFile: folder.file("a.pb"))
    _ = try conversion.convert(folder.file("a.pb"), to: folder.file("a.pb"))
    #expect(try bytes(ofFile: folder.file("a.pb")) == before)
    #expect(try folder.names == ["a.pb"])
  }

  @Test func `goldens are embedded and told of in the history`() throws {
    try smallModel().write(toFile: folder.file("a.pb"))
    var conversion = conversion
    conversion.goldens = [("golden.h5", try smallGolden())]
    #expect(
      try conversion.convert(folder.file("a.pb"), to: folder.file("b.pb")).goldenCaseCount == 1)
    let model = try Model(contentsOfFile: folder.file("b.pb"))
    #expect(model.goldens.first?.cases.map(\.name) == ["one"])
    #expect(
      model.provenance.history
        == [Provenance.Step(operation: "embed-goldens", tool: "tests 1", detail: "'one'")])
  }

  @Test func `goldens do not go into Keras files`() throws {
    try smallModel().write(toFile: folder.file("a.pb"))
    var conversion = conversion
    conversion.goldens = [("golden.h5", try smallGolden())]
    #expect(
      fails(conversion, "a.pb", "b.h5")
        == "b.h5: goldens cannot be stored in a Keras HDF5 file")
  }

  @Test func `a model that never was a Keras file becomes one`() throws {
    let model = try smallModel()
    try model.write(toFile: folder.file("a.pb"))
    var conversion = conversion
    conversion.checks = true
    _ = try conversion.convert(folder.file("a.pb"), to: folder.file("b.h5"))
    let found = try Model(contentsOfFile: folder.file("b.h5"))
    #expect(found.graph.difference(from: model.graph) == nil)
    #expect(
      try found.tensors["dense/kernel"]?.array(Float.self).elements == [1, 2, 3, 4])
  }

  @Test func `a model that no Keras file can hold is refused by layer and reason`() throws {
    try smallModel(isSupported: false).write(toFile: folder.file("a.pb"))
    var conversion = conversion
    conversion.allowsUnsupported = true
    #expect(
      fails(conversion, "a.pb", "b.h5")
        == "a.pb: layer 'dense' (Lambda): cannot be written to a Keras file: it stores Python code")
    #expect(try folder.names == ["a.pb"])
  }

  @Test func `a layer that cannot be run is refused unless it is allowed`() throws {
    try smallModel(isSupported: false).write(toFile: folder.file("a.pb"))
    #expect(
      fails(conversion, "a.pb", "b.pb")
        == "a.pb: layer 'dense' (Lambda) is not supported; it stores Python code")
    #expect(try folder.names == ["a.pb"])
    var conversion = conversion
    conversion.allowsUnsupported = true
    _ = try conversion.convert(folder.file("a.pb"), to: folder.file("b.pb"))
    #expect(try Model(contentsOfFile: folder.file("b.pb")).unsupportedLayers.count == 1)
  }

  @Test func `a check sees one changed bit, a renamed layer and another source record`() throws {
    let model = try smallModel()
    #expect(try model.difference(from: smallModel()) == nil)
    #expect(
      try model.difference(from: smallModel(kernel: [1, 2, 3, Float(4).nextUp]))
        == .tensorBytes("dense/kernel"))
    #expect(try model.difference(from: smallModel(layerName: "other")) != nil)
    let sourced = try Model(
      graph: model.graph, tensors: model.tensors,
      source: SourceRecord(format: "keras-hdf5", objects: []))
    #expect(try model.difference(from: sourced) == .sourceRecordMissing)
  }

  @Test func `each difference has a sentence`() throws {
    let model = try smallModel()
    func sentence(_ other: Model) throws -> String? {
      try model.difference(from: other)?.description
    }
    #expect(
      try sentence(smallModel(kernel: [0, 0, 0, 0])) == "tensor 'dense/kernel' has other bytes")
    #expect(try sentence(smallModel(layerName: "other")) == "layer 'dense' is missing")
    #expect(try sentence(smallModel(isSupported: false)) == "layer 'dense' is of kind Lambda")
    #expect("\(ModelDifference.format(.protobuf))" == "it is residual protobuf")
    #expect(
      "\(ModelDifference.sourceObjectOrder("/b", inPlaceOf: "/a"))"
        == "source object '/b' is in the place of '/a'")
  }

  @Test func `a file is named once, whatever its errors name`() throws {
    let absent = FileError(path: "a.pb", operation: .open, code: 2)
    let told = "a.pb: cannot be opened: No such file or directory"
    #expect("\(ResidualError.inFile("a.pb", absent))" == told)
    #expect("\(ResidualError.inFile("b.pb", absent))" == "b.pb: \(told)")
    #expect(
      "\(ResidualError.inFile("b.pb", absent, alias: "a.pb"))"
        == "b.pb: cannot be opened: No such file or directory")
    let cut = ShortenedFileError(path: "a.pb", byteCount: 1, expected: 2)
    #expect("\(ResidualError.inFile("a.pb", cut))" == "\(cut)")
    let damaged = ProtobufFormatError.inFile("a.pb", .shardsAndTensors)
    #expect("\(ResidualError.inFile("a.pb", damaged))" == "\(damaged)")
    #expect("\(ResidualError.inFile("a.pb", ResidualError.emptyFile("a.pb")))" == "a.pb: is empty")
    // A layer's name that looks like a file's is no file's.
    #expect(
      "\(ResidualError.inFile("layer 'a'", ModelError.engine("layer 'a': b")))"
        == "layer 'a': layer 'a': b")
  }

  @Test func `an error of a file names it first, and once`() throws {
    try folder.write("x".utf8, to: "notes.txt")
    for name in ["notes.txt", "none.h5"] {
      let path = folder.file(name)
      let error = #expect(throws: ResidualError.self) { try Model(contentsOfFile: path) }
      let sentence = error.map { "\($0)" } ?? ""
      #expect(sentence.hasPrefix("\(path): "))
      #expect(!sentence.dropFirst(path.count).contains(path))
    }
  }
}
