import FoundationEssentials
import ProtobufFormat
import ResidualCore
import TestSupport
import Testing

@Suite struct LoadingTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A model of one layer that halves and shifts, and what it makes of 1 and 2.
  private func smallModel() throws -> Model {
    let input = LayerNode(name: "x", body: .layer(InputLayer(batchShape: [nil, 2])))
    let layer = LayerNode(
      name: "dense", body: .layer(try Dense(attributes: ["units": .int(1)])),
      parameters: ["kernel": "dense/kernel", "bias": "dense/bias"])
    let graph = try Graph(
      name: "small", form: .functional, layers: [input, layer],
      calls: [Call("x", inputs: []), Call("dense", inputs: [TensorReference("x")])],
      inputs: [TensorReference("x")], outputs: [TensorReference("dense")])
    return try Model(
      graph: graph,
      tensors: [
        "dense/kernel": Tensor(NDArray<Float>([2, 1], elements: [0.5, 0.25])),
        "dense/bias": Tensor(NDArray<Float>([1], elements: [3])),
      ])
  }

  private func result(of model: Model) throws -> [Float] {
    let session = try ReferenceEngine(Float.self).session(for: model)
    let fed = Tensor(try NDArray<Float>([1, 2], elements: [1, 2]))
    return try #require(try session.outputs(of: ["x": fed])["dense"]).array(Float.self).elements
  }

  @Test func `a protobuf file is loaded and run, by path, by URL and from memory`() throws {
    let path = folder.file("model.pb")
    try ProtobufWriter().write(smallModel(), to: path)
    #expect(try result(of: Model(contentsOfFile: path)) == [4])
    #expect(try result(of: Model(contentsOf: URL(filePath: path))) == [4])
    let bytes = try Array(Data(contentsOf: URL(filePath: path)))
    #expect(try result(of: Model(bytes: bytes)) == [4])
  }

  @Test func `a Keras file is refused with the remedy, from memory too`() throws {
    let path = Repository.fixture("dense/keras3.h5")
    let remedy =
      "is a Keras HDF5 file, which the library ResidualCore does not read; "
      + "'resconv' converts it to '.pb'"
    #expect(refusal { try Model(contentsOfFile: path) } == "\(path): \(remedy)")
    let bytes = try Array(Data(contentsOf: URL(filePath: path)))
    #expect(refusal { try Model(bytes: bytes, name: "upload 7") } == "upload 7: \(remedy)")
  }

  @Test func `what is no model is refused as by the whole library`() throws {
    #expect(refusal { try Model(bytes: []) } == "model: is empty")
    #expect(
      refusal { try Model(bytes: [1, 2, 3]) }
        == "model: is neither a Keras file nor a residual protobuf file")
    let missing = folder.file("missing.pb")
    #expect(
      refusal { try Model(contentsOfFile: missing) }
        == "\(missing): cannot be opened: No such file or directory")
  }

  @Test func `a damaged weight names the file once`() throws {
    let path = folder.file("model.pb")
    try ProtobufWriter().write(smallModel(), to: path)
    var bytes = try Array(Data(contentsOf: URL(filePath: path)))
    bytes[bytes.count - 1] ^= 1
    let model = try Model(bytes: bytes)
    let error = #expect(throws: (any Error).self) { try model.verifyTensors() }
    #expect(error.map { "\($0)" }?.hasPrefix("model: tensor 'dense/") == true)
  }
}
