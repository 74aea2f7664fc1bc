import OrderedCollections
import ProtobufFormat
import ModelGraph
import TestSupport
import Testing

@Suite struct RoundTripTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func `what is written is what is read`() throws {
    let model = try Sample.complete()
    try expectSame(model, folder.read(folder.written(model)))
  }

  @Test func `the same model gives the same bytes, also after it has been read`() throws {
    let bytes = try folder.written(Sample.complete())
    #expect(try folder.written(Sample.complete()) == bytes)
    #expect(try folder.written(folder.read(bytes)) == bytes)
  }

  @Test func `every payload starts at a multiple of 64 bytes`() throws {
    let model = try Sample.complete()
    let bytes = try folder.written(model)
    let payloads = Wire.payloads(bytes)
    #expect(payloads.map(\.name).starts(with: model.tensors.keys))
    #expect(payloads.count == model.tensors.count + 4)
    for payload in payloads {
      #expect(payload.range.lowerBound.isMultiple(of: 64), "\(payload.name)")
      guard let tensor = model.tensors[payload.name] else { continue }
      let there = Array(bytes[payload.range])
      #expect(try tensor.bytes.withBytes { $0.byteCount } == there.count)
      #expect(
        try tensor.isIdentical(
          to: Tensor(dtype: tensor.dtype, dimensions: tensor.dimensions, bytes: OwnedBytes(there))))
    }
  }

  @Test(arguments: 0..<300)
  func `payloads are aligned whatever is before them`(nameLength: Int) throws {
    let model = try Sample.small()
    let tensors = model.tensors.merging([
      String(repeating: "x", count: nameLength + 1): try Sample.tensor(.int8, [nameLength * 7])
    ]) { $1 }
    let bytes = try folder.written(Model(graph: model.graph, tensors: tensors))
    #expect(Wire.payloads(bytes).allSatisfy { $0.range.lowerBound.isMultiple(of: 64) })
    #expect(Wire.fields(bytes).last?.value.upperBound == bytes.count)
  }

  @Test func `the tensors are the last fields, and the payload the last of each`() throws {
    let bytes = try folder.written(Sample.complete())
    let numbers = Wire.fields(bytes).map(\.number)
    #expect(numbers == numbers.sorted())
    for tensor in Wire.fields(bytes) where tensor.number == 15 {
      #expect(Wire.fields(bytes, tensor.value).map(\.number).last == 15)
    }
  }

  @Test func `a file is told by its content`() throws {
    let bytes = try folder.written(Sample.small())
    #expect(try ProtobufReader.isModel(path: folder.put(bytes, "noname")))
    #expect(try !ProtobufReader.isModel(path: folder.put(Array("\u{89}HDF\r\n\u{1a}\n".utf8))))
    #expect(try !ProtobufReader.isModel(path: folder.put([])))
  }

  @Test func `shapes and padding are written out`() throws {
    let bytes = try folder.written(Sample.small())
    let graph = try #require(Wire.fields(bytes).first { $0.number == 4 + 1 })
    let calls = Wire.fields(bytes, graph.value).filter { $0.number == 4 }
    let call = Wire.fields(bytes, try #require(calls.last).value)
    // [None, 3, 2] as zigzag numbers in a packed list.
    let shape = try #require(call.first { $0.number == 4 })
    #expect(Array(bytes[shape.value]) == [0x0a, 3, 1, 6, 4])
    let padding = try #require(call.first { $0.number == 5 })
    #expect(Array(bytes[padding.value]) == [0, 1, 2, 3])
  }

  @Test func `progress goes up to the size of the file`() throws {
    var seen: [Int] = []
    let plan = try ProtobufWriter().plan(Sample.complete(), fileName: "model.pb")
    try plan.write(plan.files[0], to: folder.file("model.pb")) { done, total in
      seen.append(done)
      #expect(total == plan.byteCount)
    }
    #expect(seen == seen.sorted())
    #expect(try seen.last == folder.bytes().count)
  }

  @Test func `a text with NUL is not written`() throws {
    var model = try Sample.small()
    model.provenance.producer = "a\0b"
    #expect(throws: ProtobufFormatError.nulInText("a\0b")) {
      try ProtobufWriter().plan(model, fileName: "model.pb")
    }
  }
}

@Suite struct UnknownKindTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func `a layer of an unknown kind is kept, and written again as it was`() throws {
    let bytes = try folder.written(Sample.complete())
    let reader = ProtobufReader(registry: LayerRegistry([InputLayer.self]))
    let model = try reader.read(path: folder.put(bytes))
    let unknown = model.unsupportedLayers.filter { $0.kind == "Probe" }
    #expect(unknown.map(\.path) == ["nested/inner/probe", "shared", "behind"])
    #expect(
      unknown.first?.description
        == "layer 'nested/inner/probe' (Probe) is not supported; "
        + "it is of a kind this program does not know")
    let configuration = try #require(unknown.first?.configuration)
    #expect(configuration.hasPrefix(#"{"flag": true, "off": false, "axis": -1, "zero": 0"#))
    #expect(configuration.contains(#""nan": Infinity, "mode": "gr\u00f6\u00dfe""#))
    // What it cannot derive it does not write; with the kind known it is all there.
    let again = try folder.written(model)
    try expectSame(Sample.complete(), folder.read(again))
  }

  @Test func `an unknown kind without attributes is written again as it was`() throws {
    let graph = try Graph(
      name: "m", form: .functional,
      layers: [
        LayerNode(name: "x", body: .layer(InputLayer(batchShape: [nil, 3]))),
        LayerNode(name: "y", body: .layer(Add())),
      ],
      calls: [
        Call("x", inputs: []), Call("y", inputs: [TensorReference("x"), TensorReference("x")]),
      ],
      inputs: [TensorReference("x")], outputs: [TensorReference("y")])
    let bytes = try folder.written(Model(graph: graph, tensors: [:]))
    let kept = try ProtobufReader(registry: LayerRegistry([InputLayer.self]))
      .read(path: folder.put(bytes))
    #expect(kept.unsupportedLayers.map(\.configuration) == ["{}"])
    let again = try ProtobufReader().read(path: folder.put(folder.written(kept), "again.pb"))
    #expect(graph.difference(from: again.graph) == nil)
  }
}
