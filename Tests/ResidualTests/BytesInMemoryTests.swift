import HDF5
import ProtobufFormat
@testable import Residual
import TestSupport
import Testing

@Suite struct BytesInMemoryTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func refusal(_ bytes: [UInt8], name: String = "model") -> String {
    do {
      _ = try Model(bytes: bytes, name: name)
      return "is read"
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    "digits_resnet/keras2.h5", "digits_resnet/keras3.h5", "nested/keras3.h5",
    "chunked_weight_names/keras2.h5", "compiled_adam/keras3.h5", "float16/keras3.h5",
    "bfloat16/keras3.h5",
  ])
  func `a model in memory is the one in the file, in both formats`(fixture: String) throws {
    let path = Repository.fixture(fixture)
    let model = try Model(contentsOfFile: path)
    let file = try ModelFile(bytes: bytes(ofFile: path))
    #expect(file.format == .kerasHDF5)
    #expect(try model.difference(from: file.model) == nil)
    #expect(try file.bindings == ModelFile(path: path).bindings)
    try model.write(toFile: folder.file("model.pb"))
    let written = try ModelFile(bytes: bytes(ofFile: folder.file("model.pb")))
    #expect(written.format == .protobuf)
    #expect(try model.difference(from: written.model) == nil)
    #expect(try folder.names == ["model.pb"])
  }

  @Test func `models in memory are told apart`() throws {
    let names = ["digits_resnet/keras2.h5", "digits_resnet/keras3.h5", "nested/keras3.h5"]
    let files = try names.map { try bytes(ofFile: Repository.fixture($0)) }
    let models = try files.map { try Model(bytes: $0, name: "same") }
    for (name, model) in zip(names, models) {
      let expected = try Model(contentsOfFile: Repository.fixture(name))
      #expect(try expected.difference(from: model) == nil)
    }
  }

  @Test func `a model in memory is written as the file that it was`() throws {
    let path = Repository.fixture("compiled_adam/keras3.h5")
    let model = try Model(bytes: bytes(ofFile: path))
    try model.write(toFile: folder.file("again.h5"))
    let again = try Model(contentsOfFile: folder.file("again.h5"))
    #expect(try Model(contentsOfFile: path).difference(from: again) == nil)
  }

  @Test func `what holds no model is refused under the name that it is given`() throws {
    #expect(refusal([]) == "model: is empty")
    #expect(refusal([], name: "upload 7") == "upload 7: is empty")
    #expect(
      refusal([1, 2, 3]) == "model: is neither a Keras file nor a residual protobuf file")
    #expect(refusal([0x50, 0x4B, 3, 4, 0]).hasPrefix("model: cannot be read as a zip file"))
    let keras = try bytes(ofFile: Repository.fixture("dense/keras3.h5"))
    #expect(
      refusal(Array(keras.dropLast(8)))
        == "model: ends after \(keras.count - 8) of \(keras.count) bytes")
    let golden = try bytes(ofFile: Repository.fixture("dense/keras3.golden.h5"))
    #expect(
      refusal(golden)
        == "model: is HDF5 but holds no Keras model; it is a golden; give it with --golden")
  }

  @Test func `a damaged tensor in memory is found when it is used`() throws {
    try smallModel(kernel: [3, 1, 4, 1]).write(toFile: folder.file("model.pb"))
    var bytes = try bytes(ofFile: folder.file("model.pb"))
    bytes[bytes.count - 1] ^= 1
    let model = try Model(bytes: bytes)
    let error = #expect(throws: (any Error).self) { try model.verifyTensors() }
    #expect(
      error.map { "\($0)" }?.hasPrefix("model: tensor 'dense/kernel' is damaged: ") == true)
    #expect(refusal(bytes.dropLast(1)).hasPrefix("model: ends after"))
  }

  @Test func `a model of several files is read from these`() throws {
    try ProtobufWriter(shardByteLimit: 1).write(smallModel(), to: folder.file("a.pb"))
    let shard = try #require(folder.names.first { $0 != "a.pb" })
    #expect(
      try refusal(bytes(ofFile: folder.file("a.pb")))
        == "model: has tensors in other files, such as '\(shard)'; "
        + "read the model from its file")
  }

  @Test func `limits hold for a file in memory`() throws {
    let file = try bytes(ofFile: Repository.fixture("dense/keras3.h5"))
    var limits = Limits()
    limits.objectCount = 1
    #expect(throws: HDF5Error.self) {
      try FileReader(bytes: file, name: "model", limits: limits).walk()
    }
  }
}
