import OrderedCollections
import ProtobufFormat
import ModelGraph
import TestSupport
import Testing

/// What is read apart from the rest: a large source record, and layers that are equal to others.
@Suite struct HeaderPartTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// A model with a source record that is worth a thread of its own.
  private func largeSource() throws -> Model {
    let small = try Sample.small()
    return try Model(
      graph: small.graph, tensors: small.tensors,
      source: SourceRecord(
        format: "keras-hdf5",
        objects: (0..<4000).map { .init(path: "/model_weights/\($0)", attributes: []) }))
  }

  @Test func `a large source record is read as it was written`() throws {
    let model = try largeSource()
    try expectSame(model, folder.read(folder.written(model)))
  }

  @Test func `a source record in two parts is one`() throws {
    for model in [try Sample.complete(), try largeSource()] {
      let bytes = Wire.unsealed(try folder.written(model))
      let whole = try folder.read(bytes + Wire.bytes(6, Wire.bytes(2, Wire.text(1, "/more"))))
      let added = SourceRecord.Object(path: "/more", attributes: [])
      #expect(whole.source?.objects == (model.source?.objects ?? []) + [added])
    }
  }

  @Test func `what is wrong in a large source record is told with its place in the file`() throws {
    let bytes = Wire.unsealed(try folder.written(largeSource()))
    let source = try #require(Wire.fields(bytes).first { $0.number == 6 })
    // The type of the wire of the first field, a text.
    var damaged = bytes
    damaged[source.value.lowerBound] = 1 << 3 | 5
    #expect(
      try folder.refusal(damaged)
        == "field 'Source.format' at byte \(source.value.lowerBound) is not of the type that the schema says"
    )
    let twice = Array("/model_weights/1111".utf8)
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: twice) })
    damaged = bytes
    damaged[place + twice.count - 1] = UInt8(ascii: "2")
    #expect(
      try folder.refusal(damaged)
        == "the source record has two objects named '/model_weights/1112'")
  }

  @Test func `what is wrong in the rest is told before what is wrong in a large source record`()
    throws
  {
    let bytes = Wire.unsealed(try folder.written(largeSource()))
    let fields = Wire.fields(bytes)
    let graph = try #require(fields.first { $0.number == 5 })
    let source = try #require(fields.first { $0.number == 6 })
    var damaged = bytes
    damaged[source.value.lowerBound] = 1 << 3 | 5
    damaged[graph.value.lowerBound] = 1 << 3 | 5
    for _ in 0..<20 {
      #expect(
        try folder.refusal(damaged)
          == "field 'Graph.name' at byte \(graph.value.lowerBound) is not of the type that the schema says"
      )
    }
  }

  @Test func `equal layers are layers of their own`() throws {
    let names = ["a", "b"]
    let model = try folder.read(
      folder.written(model(names.map { ($0, LeakyReLU(negativeSlope: 0.5)) })))
    let layers = try names.map { name throws -> any Layer in
      guard case .layer(let layer)? = model.graph.layers[name]?.body else {
        throw ModelError.unknownLayer(name, nearest: nil)
      }
      return layer
    }
    #expect(layers[0].attributes == layers[1].attributes)
    #expect(layers[0].declaration.identity !== layers[1].declaration.identity)
  }

  @Test func `a negative zero stays one beside a zero`() throws {
    let slopes = ["a": 0.0, "b": -0.0, "c": 0.0]
    let model = try folder.read(
      folder.written(
        model(slopes.sorted { $0.key < $1.key }.map { ($0, LeakyReLU(negativeSlope: $1)) })))
    for (name, slope) in slopes {
      guard case .layer(let layer)? = model.graph.layers[name]?.body,
        case .double(let found)? = layer.attributes["negative_slope"]
      else {
        Issue.record("'\(name)' has no slope")
        continue
      }
      #expect(found.bitPattern == slope.bitPattern, "\(name)")
    }
  }

  /// A model in which layers without weights are called one after the other.
  private func model(_ layers: [(name: String, layer: any Layer)]) throws -> Model {
    let names = ["input"] + layers.map(\.name)
    return try Model(
      graph: Graph(
        name: "model", form: .functional,
        layers: [Sample.input()] + layers.map { LayerNode(name: $0, body: .layer($1)) },
        calls: [Call("input", inputs: [])]
          + zip(names, names.dropFirst()).map { Call($1, inputs: [TensorReference($0)]) },
        inputs: [TensorReference("input")], outputs: [TensorReference(names[names.count - 1])]),
      tensors: [:])
  }
}
