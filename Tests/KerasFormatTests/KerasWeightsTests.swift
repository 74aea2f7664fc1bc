import ModelBuilder
import ModelGraph
import OrderedCollections
import TestSupport
import Testing

@testable import KerasFormat

/// Weights in files of their own, beside what says of what model they are.
@Suite struct KerasWeightsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  // MARK: - Written and read

  private static let written = Fixture.valid.filter {
    $0.golden != nil && $0.file.hasSuffix(".h5")
  }

  @Test(arguments: written)
  func `weights alone bind to what the model is`(fixture: Fixture) throws {
    let model = try KerasReader().read(path: fixture.path).model
    let path = folder.file("a.weights.h5")
    // What cannot be run has weights that nobody knows, Keras reads none of type bfloat16, and others than
    // Keras 1 keep some of its weights otherwise.
    let isOfKeras1 = fixture.name.hasPrefix("keras1/")
    guard model.unsupportedLayers.isEmpty, fixture.name != "bfloat16",
      !isOfKeras1 || model.graph.waysOfKeras1.isEmpty
    else {
      #expect(throws: (any Error).self) {
        try KerasWriter().write(model, as: .weights, to: path)
      }
      return
    }
    try KerasWriter().write(model, as: .weights, to: path)
    let reading = try KerasReader().read(weights: path, architecture: KerasArchitecture(of: model))
    #expect(reading.renamed.isEmpty)
    #expect(model.graph.difference(from: reading.model.graph) == nil)
    try expectSameWeights(reading.model, model)
    #expect(reading.model.source?.format == (isOfKeras1 ? nil : "keras-archive"))
    #expect(reading.model.provenance.history.last?.operation == "bind-weights")
    try expectSameWeights(try KerasReader().weights(path: path, for: model), model)
  }

  /// What Keras itself wrote: the JSON of a model, and its weights in each kind of file.
  @Test(arguments: [
    ("keras2.json", "keras2.weights.h5"), ("keras2.json", "keras2.h5"),
    ("keras3.json", "keras3.weights.h5"), ("keras3.json", "keras3.weights.json"),
  ])
  func `files of Keras are bound to each other`(json: String, weights: String) throws {
    func file(_ name: String) -> String { Repository.fixture("weights/" + name) }
    let architecture = try #require(try KerasArchitecture(contentsOfFile: file(json)))
    let model = try KerasReader().read(weights: file(weights), architecture: architecture).model
    // Each kernel was filled with the number of its layer, each bias with its negative.
    for (number, layer) in model.graph.layers.values.filter({ !$0.isInput }).enumerated() {
      for (role, sign) in [("kernel", 1), ("bias", -1)] {
        let weight = try #require(model.weight(role, of: layer.name))
        let bits = Float(sign * (number + 1)).bitPattern
        let element = (0..<4).map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) }
        let count = weight.dimensions.reduce(1, *)
        let expected = try Tensor(
          dtype: .float32, dimensions: weight.dimensions,
          bytes: OwnedBytes((0..<count).flatMap { _ in element }))
        #expect(try weight.isIdentical(to: expected))
      }
    }
  }

  // MARK: - Several files

  private static let shards =
    ["keras3.weights.json"] + (0..<3).map { "keras3_0000\($0).weights.h5" }

  /// What is said of weights in several files after a change to what lists them.
  private func refusal(
    _ change: (String) -> String = { $0 }, files: (TemporaryFolder) throws -> Void = { _ in }
  ) throws -> String {
    func file(_ name: String) -> String { Repository.fixture("weights/" + name) }
    for name in Self.shards { try folder.write(bytes(ofFile: file(name)), to: name) }
    let list = String(decoding: try bytes(ofFile: file(Self.shards[0])), as: UTF8.self)
    try folder.write(Array(change(list).utf8), to: Self.shards[0])
    try files(folder)
    let architecture = try #require(try KerasArchitecture(contentsOfFile: file("keras3.json")))
    do {
      _ = try KerasReader().read(
        weights: folder.file(Self.shards[0]), architecture: architecture)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func `files that share weights are what their list says`() throws {
    #expect(try refusal() == "no error")
    let lists = "lists weights that are in several files, and "
    #expect(
      try refusal { $0.replacing("204.0", with: "208") }
        == lists + "its files have 204 bytes of variables, and it says 208.0")
    #expect(try refusal { $0.replacing("204.0", with: "204") } == "no error")
    #expect(
      try refusal { $0.replacing("keras3_00002", with: "../keras3_00002") }
        == lists
        + "'/layers/dense_1/vars' is in '../keras3_00002.weights.h5', which is no name of a file")
    #expect(
      try refusal { $0.replacing("\"keras3_00000.weights.h5\",", with: "7,") }
        == lists + "'/layers/dense/vars' is in [7, \"keras3_00001.weights.h5\"]")
    #expect(
      try refusal { $0.replacing("layers/dense_2", with: "layers/dense_9") }
        == lists
        + "'keras3_00002.weights.h5' has '/layers/dense_2/vars/0', which the list has elsewhere")
    #expect(
      try refusal(files: {
        try $0.write(bytes(ofFile: $0.file(Self.shards[2])), to: Self.shards[3])
      }) == lists
        + "'keras3_00002.weights.h5' has '/layers/dense/vars/1', which the list has elsewhere")
    #expect(
      try refusal {
        $0.replacing(
          "\"/layers/dense_2/vars\": [",
          with: "\"/none/vars\": \"keras3_00000.weights.h5\",\n"
            + "\"/layers/dense_2/vars\": [")
      } == lists + "'/none/vars' is in none of the files")
    #expect(
      try refusal(files: {
        try $0.write(bytes(ofFile: $0.file(Self.shards[3])), to: "more.weights.h5")
        let list = String(decoding: try bytes(ofFile: $0.file(Self.shards[0])), as: UTF8.self)
        let twice = list.replacing(
          "\"keras3_00002.weights.h5\"\n",
          with: "\"keras3_00002.weights.h5\", \"more.weights.h5\"\n")
        try $0.write(Array(twice.utf8), to: Self.shards[0])
      }).hasSuffix("' is in 'more.weights.h5' and in another file"))
    #expect(
      try refusal(files: { try $0.write([], to: Self.shards[1]) })
        .contains("keras3_00000.weights.h5"))
  }

  // MARK: - Names of another run

  /// Two networks that differ in what their layers are called, as two runs of Python have them.
  private func networks(widths: [Int]) throws -> (model: Model, other: Model) {
    func network(_ names: [String]) throws -> Model {
      let input = try Input(shape: [4])
      var tensor = input
      for (name, width) in zip(names, widths) { tensor = try Dense(width, name: name)(tensor) }
      return try Model(inputs: [input], outputs: [tensor])
    }
    let names = widths.indices.map { $0 == 0 ? "dense" : "dense_\($0)" }
    let others = widths.indices.map { "dense_\($0 + 9)" }
    return (try network(names), try network(others))
  }

  @Test(arguments: [KerasFileKind.hdf5, .weights])
  func `layers that another run counted are told apart by what they need`(
    kind: KerasFileKind
  ) throws {
    let (model, other) = try networks(widths: [4, 3, 2])
    let path = folder.file("a.h5")
    try KerasWriter().write(other, as: kind, to: path)
    let reading = try KerasReader().read(weights: path, architecture: KerasArchitecture(of: model))
    #expect(
      reading.renamed == ["dense_9": "dense", "dense_10": "dense_1", "dense_11": "dense_2"])
    #expect(
      reading.model.provenance.history.last?.detail.contains("'dense_9' as 'dense'") == true)
    for (layer, theirs) in reading.renamed.map({ ($0.value, $0.key) }) {
      let found = try #require(reading.model.weight("kernel", of: layer))
      #expect(try found.isIdentical(to: #require(other.weight("kernel", of: theirs))))
    }
  }

  @Test(arguments: [KerasFileKind.hdf5, .weights])
  func `layers that fit either way are bound by their numbers where that is asked for`(
    kind: KerasFileKind
  ) throws {
    let (model, other) = try networks(widths: [4, 4, 2])
    let path = folder.file("a.h5")
    try KerasWriter().write(other, as: kind, to: path)
    let architecture = try KerasArchitecture(of: model)
    #expect {
      try KerasReader().read(weights: path, architecture: architecture)
    } throws: {
      "\($0)".contains(
        "'dense_9' and 'dense_10' would fit 'dense' and 'dense_1' either way; '--bind-by-order'")
    }
    let reading = try KerasReader().read(
      weights: path, architecture: architecture, bindsByOrder: true)
    let found = try #require(reading.model.weight("kernel", of: "dense_1"))
    #expect(try found.isIdentical(to: #require(other.weight("kernel", of: "dense_10"))))
  }

  @Test func `names of the same numbers in another order are another network's`() throws {
    func network(_ names: [String]) throws -> Model {
      let input = try Input(shape: [4])
      var tensor = input
      for name in names { tensor = try Dense(4, name: name)(tensor) }
      return try Model(inputs: [input], outputs: [tensor])
    }
    let path = folder.file("a.weights.h5")
    try KerasWriter().write(network(["dense_2", "dense_1"]), as: .weights, to: path)
    for order in [false, true] {
      #expect {
        try KerasReader().read(
          weights: path, architecture: KerasArchitecture(of: network(["dense_1", "dense_2"])),
          bindsByOrder: order)
      } throws: {
        "\($0)".contains("another network")
      }
    }
  }

  @Test(arguments: [4, 3])
  func `layers inside of a model may have names of another run`(width: Int) throws {
    func network(_ number: Int) throws -> Model {
      let inside = try Input(shape: [4])
      let first = try Dense(4, name: "dense_\(number)")(inside)
      let second = try Dense(width, name: "dense_\(number + 1)")(first)
      let inner = try Model(inputs: [inside], outputs: [second], name: "enc")
      let input = try Input(shape: [4])
      return try Model(inputs: [input], outputs: [inner(input)])
    }
    let (model, other) = (try network(1), try network(5))
    let path = folder.file("a.h5")
    try KerasWriter().write(other, to: path)
    let architecture = try KerasArchitecture(of: model)
    if width == 4 {
      #expect {
        try KerasReader().read(weights: path, architecture: architecture)
      } throws: {
        "\($0)".contains("'dense_5' and 'dense_6' would fit 'enc/dense_1' and 'enc/dense_2'")
      }
    }
    let found = try KerasReader().read(
      weights: path, architecture: architecture, bindsByOrder: width == 4)
    #expect(found.bindings.allSatisfy { $0.method == .order })
    let kernel = try #require(found.model.weight("kernel", of: "enc/dense_2"))
    #expect(try kernel.isIdentical(to: #require(other.weight("kernel", of: "enc/dense_6"))))
  }

  @Test func `weights of another network are refused with what is missing and left over`() throws {
    let input = try Input(shape: [4])
    let model = try Model(inputs: [input], outputs: [Dense(3, name: "a")(input)])
    let other = try Model(inputs: [input], outputs: [Dense(3, name: "b")(input)])
    let path = folder.file("a.h5")
    try KerasWriter().write(other, to: path)
    #expect {
      try KerasReader().read(weights: path, architecture: KerasArchitecture(of: model))
    } throws: {
      "\($0)"
        == "has the weights of another network: 'a' of the model has none; those of 'b' are left over; "
        + "of these, 'b' would fit 'a'"
    }
    try KerasWriter().write(other, as: .weights, to: folder.file("b.h5"))
    #expect {
      try KerasReader().read(
        weights: folder.file("b.h5"), architecture: KerasArchitecture(of: model))
    } throws: {
      "\($0)".contains("are those of 'b'")
    }
  }

  // MARK: - JSON

  private func json(_ keys: String, layer: String = "Dense", _ config: String) -> [UInt8] {
    Array(
      """
      {"module": "keras", "class_name": "Sequential"\(keys), "config": {"name": "s", "layers": [
      {"module": "keras.layers", "class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4]}},
      {"module": "keras.layers", "class_name": "\(layer)", "config": {"name": "a"\(config)}}]}}
      """.utf8)
  }

  @Test func `JSON says what a model is, and a file of weights what wrote it`() throws {
    let input = try Input(shape: [4])
    let model = try Model(inputs: [input], outputs: [Dense(3, name: "a")(input)])
    let path = folder.file("a.weights.h5")
    try KerasWriter().write(model, as: .weights, to: path)
    let file = try folder.write(json("", #", "units": 3"#), to: "a.json")
    let architecture = try #require(try KerasArchitecture(contentsOfFile: file))
    let reading = try KerasReader().read(weights: path, architecture: architecture)
    #expect(reading.model.provenance.producer == "keras")
    try expectSameWeights(reading.model, model)
    #expect(try KerasArchitecture(contentsOfFile: path) == nil)
    for text in [
      #"{"a": 1}"#, #"{"class_name": "Sequential"}"#, "{",
      #"{"class_name": "Sequential", "config": {}, "keras_version": 3}"#,
    ] {
      #expect(throws: KerasError.self) {
        try KerasArchitecture(json: Array(text.utf8), name: "architecture")
      }
    }
  }

  @Test func `where versions of Keras 3 differ, JSON must say which wrote it`() throws {
    let input = try Input(shape: [4])
    let model = try Model(inputs: [input], outputs: [Dense(3, name: "a")(input)])
    let path = folder.file("a.weights.h5")
    try KerasWriter().write(model, as: .weights, to: path)
    let crop = #", "height": 2, "width": 2"#
    #expect {
      try KerasReader().read(
        weights: path,
        architecture: KerasArchitecture(json: json("", layer: "RandomCrop", crop), name: "json"))
    } throws: {
      "\($0)".contains("does not say which Keras 3 wrote it")
    }
    #expect {
      try KerasReader().read(
        weights: path,
        architecture: KerasArchitecture(
          json: json(#", "keras_version": "3.15.0""#, layer: "RandomCrop", crop), name: "json"))
    } throws: {
      !"\($0)".contains("does not say which Keras 3 wrote it")
    }
  }

  // MARK: - Help

  private func expectSameWeights(_ found: Model, _ expected: Model) throws {
    let layers = Dictionary(uniqueKeysWithValues: found.graph.allLayers.map { ($0.path, $0.layer) })
    for (path, layer) in expected.graph.allLayers {
      for (role, name) in layer.parameters {
        let theirs = try #require(layers[path]?.parameters[role].flatMap { found.tensors[$0] })
        #expect(try #require(expected.tensors[name]).isIdentical(to: theirs), "\(name)")
      }
    }
  }
}
