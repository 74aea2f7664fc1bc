import Foundation
import KerasFormat
import ModelBuilder
import ModelGraph
import OrderedCollections
import TestSupport
import Testing

/// Files of one kind become those of another.
@Suite struct KerasFileKindTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  // MARK: - Words of Keras 3

  private static let inHDF5 = Fixture.valid.filter {
    $0.golden != nil && $0.file.hasSuffix("keras3.h5")
  }
  /// What neither kind can say is named.
  private static let inexpressible = [
    "bfloat16": "Keras does not read weights of type bfloat16",
    "low_rank": "it has weights of low rank",
    "quantized": "it is quantized",
  ]

  @Test(arguments: inHDF5)
  func `a model of Keras 3 becomes an archive that means the same`(fixture: Fixture) throws {
    let model = try KerasReader().read(path: fixture.path).model
    if let reason = Self.inexpressible[fixture.name] {
      expectRefused(model, because: reason)
      return
    }
    let made = try written(model, as: .archive)
    try expectSame(made, model)
    try expectSame(try written(made, as: .hdf5), model)
  }

  private static let archives = Fixture.valid.filter {
    $0.golden != nil && $0.file.hasSuffix("keras3.keras") && inexpressible[$0.name] == nil
      // What is beside the words of an archive is in no words that go along.
      && $0.name != "adapted_vocabularies"
  }

  @Test(arguments: archives)
  func `an archive of Keras 3 becomes HDF5 that means the same`(fixture: Fixture) throws {
    let model = try KerasReader().read(path: fixture.path).model
    let made = try written(model, as: .hdf5)
    try expectSame(made, model)
    try expectSame(try written(made, as: .archive), model)
  }

  @Test(arguments: ["keras3.h5", "keras3.keras"])
  func `what training left goes along`(file: String) throws {
    let model = try KerasReader().read(path: Repository.fixture("compiled_adam/" + file)).model
    let isArchive = file.hasSuffix("keras")
    let other = try written(model, as: isArchive ? .hdf5 : .archive)
    let again = try written(other, as: isArchive ? .archive : .hdf5)
    let states = [model, other, again].map { model in
      model.tensors.filter { $0.key.contains("optimizer") }.map(\.value)
    }
    #expect(!states[0].isEmpty)
    for found in states {
      #expect(found.count == states[0].count)
      for state in states[0] {
        #expect(try found.contains { try $0.isIdentical(to: state) })
      }
    }
    let words = [other, again].map(\.words)
    for word in words {
      #expect(word.contains(#""class_name": "Adam""#), "\(word)")
      #expect(word.contains(#""GlorotUniform""#), "\(word)")
    }
    #expect(words[isArchive ? 1 : 0].contains(#""module": "keras.optimizers""#))
    let bare = try written(
      model.droppingOptimizer(tool: "test"), as: isArchive ? .hdf5 : .archive)
    #expect(!bare.words.contains(#""Adam""#))
    #expect(bare.words.contains(#""GlorotUniform""#))
    #expect(!bare.tensors.keys.contains { $0.contains("optimizer") })
  }

  // MARK: - Words of Keras 2

  @Test(arguments: [
    "compiled_adam/keras2.h5", "compiled_adam/keras2.keras", "adapted_vocabularies/keras3.keras",
  ])
  func `what training left in other words is not lost unless that is asked for`(file: String) throws
  {
    let model = try KerasReader().read(path: Repository.fixture(file)).model
    let kind: KerasFileKind = file.hasSuffix("h5") ? .archive : .hdf5
    #expect {
      try KerasWriter().write(model, as: kind, to: folder.file("a"))
    } throws: {
      "\($0)".contains("'--drop-optimizer' leaves it out")
    }
    let bare = try model.droppingOptimizer(tool: "test")
    try expectSame(try written(bare, as: kind), bare)
  }

  private static let ofKeras2 = Fixture.valid.filter {
    $0.golden != nil && $0.file.hasSuffix("keras2.h5")
  }
  /// What Keras 2 does not read in an archive, or not at all, is named.
  private static let inexpressibleInKeras2 = [
    "bfloat16": "Keras does not read weights of type bfloat16",
    "ops_indexing": "is called with an object",
    "ops_preprocessing": "is called with an object",
    "ops_products": "is called with an object",
  ]

  @Test(arguments: ofKeras2)
  func `a model of Keras 2 becomes an archive for Keras 2 that means the same`(
    fixture: Fixture
  ) throws {
    let model = try KerasReader().read(path: fixture.path).model
    if let reason = Self.inexpressibleInKeras2[fixture.name] {
      expectRefused(model, for: .keras2, because: reason)
      return
    }
    let made = try written(model, as: .archive, for: .keras2)
    try expectSame(made, model)
    try expectSame(try written(made, as: .hdf5), model)
    #expect(try model.composingKerasFile(.archive, for: .keras2).restriction?.line == .keras2)
  }

  @Test func `what training left goes along into an archive for Keras 2`() throws {
    let model = try KerasReader().read(path: Repository.fixture("compiled_adam/keras2.h5")).model
    let other = try written(model, as: .archive, for: .keras2)
    #expect(other.words.contains(#""module": "keras.optimizers""#))
    #expect(!other.words.contains("Custom>"))
    let again = try written(other, as: .hdf5)
    for state in model.tensors where state.key.contains("optimizer") {
      for found in [other, again] {
        #expect(try found.tensors.values.contains { try $0.isIdentical(to: state.value) })
      }
    }
  }

  @Test func `words of Keras that went along are not taken for composed ones`() throws {
    for (file, line) in [("keras3.h5", KerasLine.keras2), ("keras2.h5", .keras3)] {
      let model = try KerasReader().read(path: Repository.fixture("compiled_adam/" + file)).model
      let made = try written(model, as: .archive, for: line == .keras2 ? .keras3 : .keras2)
      #expect {
        _ = try made.composingKerasFile(.hdf5, for: line)
      } throws: {
        "\($0)".contains("'--drop-optimizer' leaves it out")
      }
    }
  }

  @Test func `an optimizer that is named alone is in no file in HDF5`() throws {
    var archive = try Archive("compiled_adam/keras2.keras")
    archive.change("config.json") { member in
      let text = String(decoding: member.bytes, as: UTF8.self)
      let start = text.range(of: "\"optimizer\": {")?.lowerBound
      let end = text.range(of: "\"loss\": ")?.lowerBound
      guard let start, let end, start < end else { return }
      member.bytes = Array(
        (text[..<start] + "\"optimizer\": \"adam\", " + text[end...]).utf8)
    }
    let model = try KerasReader().read(bytes: archive.zip.bytes, name: "a.keras").model
    #expect {
      _ = try model.composingKerasFile(.hdf5, for: .keras2)
    } throws: {
      "\($0)".contains("an optimizer that is named alone ('adam')")
    }
  }

  @Test(arguments: [
    ("Dense 2", KerasLine.keras3), ("слой", .keras3), ("_first", .keras3), ("a/b", .keras2),
    ("a.b-c_D>4", nil),
  ])
  func `names that a line of Keras does not take make a file for the other one`(
    name: String, line: KerasLine?
  ) throws {
    let input = Input(shape: [4], name: "in put")
    let model = try Model(inputs: [input], outputs: [Dense(2, name: name)(input)])
    #expect(try model.composingKerasFile(.hdf5).restriction?.line == line)
    guard let line else { return }
    let other: KerasLine = line == .keras3 ? .keras2 : .keras3
    #expect {
      _ = try model.composingKerasFile(.hdf5, for: other)
    } throws: {
      "\($0)".hasPrefix(
        "layer '\(name)' (Dense): cannot be written to a Keras file: \(other.name) takes")
    }
  }

  @Test(arguments: [
    ("keras2.h5", KerasLine.keras3), ("keras2.h5", .keras2), ("keras3.keras", .keras2),
    ("keras3.keras", .keras3),
  ])
  func `dictionaries of inputs and outputs stay dictionaries`(
    file: String, line: KerasLine
  ) throws {
    let model = try KerasReader().read(path: Repository.fixture("multi_io_dict/" + file)).model
      .droppingOptimizer(tool: "test")
    for kind in [KerasFileKind.hdf5, .archive] {
      let made = try written(model, as: kind, for: line)
      for key in ["image", "vector"] {
        #expect(made.words.contains("\"\(key)\": [\"\(key)\", 0, 0]"), "\(kind): \(made.words)")
      }
      #expect(made.words.contains("\"input_layers\": {"))
      #expect(
        made.words.contains("\"output_layers\": {")
          == model.words.contains("\"output_layers\": {"))
    }
  }

  @Test func `several tensors under one name are in no words of the other line`() throws {
    var archive = try Archive("multi_io_dict/keras3.keras")
    archive.change("config.json") { member in
      member.bytes = Array(
        String(decoding: member.bytes, as: UTF8.self)
          .replacing("\"image\": [\"image\", 0, 0]", with: "\"image\": [[\"image\", 0, 0]]").utf8)
    }
    let model = try KerasReader().read(bytes: archive.zip.bytes, name: "a.keras").model
      .droppingOptimizer(tool: "test")
    #expect {
      _ = try model.composingKerasFile(.hdf5, for: .keras2)
    } throws: {
      "\($0)".contains("it has several tensors under the one name 'image'")
    }
  }

  // MARK: - Composed archives

  /// What only words of Keras itself can say.
  private static let uncomposed = [
    "recurrent_masks": "Keras 3 does otherwise with masks"
  ].merging(inexpressible) { first, _ in first }

  @Test(arguments: inHDF5)
  func `a model becomes an archive that means the same`(fixture: Fixture) throws {
    let read = try KerasReader().read(path: fixture.path).model
    let model = try Model(graph: read.graph, tensors: read.tensors)
    if let reason = Self.uncomposed[fixture.name] {
      expectRefused(model, because: reason)
      return
    }
    let made = try written(model, as: .archive)
    #expect(made.provenance.producer == "residual")
    try expectSame(made, model)
    // What was composed loses nothing where other words are composed.
    try expectSame(try written(made, as: .hdf5), model)
  }

  // MARK: - Help

  private func expectRefused(
    _ model: Model, for line: KerasLine? = nil, because reason: String
  ) {
    #expect {
      try KerasWriter().write(model, as: .archive, for: line, to: folder.file("a.keras"))
    } throws: {
      "\($0)".contains(reason)
    }
  }

  /// The model of the file that is written of another.
  private func written(
    _ model: Model, as kind: KerasFileKind, for line: KerasLine? = nil
  ) throws -> Model {
    let path = folder.file("\(UInt64.random(in: 0...(.max))).\(kind == .archive ? "keras" : "h5")")
    try KerasWriter().write(model, as: kind, for: line, to: path)
    return try KerasReader().read(path: path).model
  }

  private func expectSame(_ found: Model, _ expected: Model) throws {
    #expect(expected.graph.difference(from: found.graph) == nil)
    let layers = Dictionary(uniqueKeysWithValues: found.graph.allLayers.map { ($0.path, $0.layer) })
    for (path, layer) in expected.graph.allLayers {
      for (role, name) in layer.parameters {
        let theirs = try #require(layers[path]?.parameters[role].flatMap { found.tensors[$0] })
        #expect(try #require(expected.tensors[name]).isIdentical(to: theirs), "\(name)")
      }
    }
  }
}

extension Model {
  /// What its file says in words.
  fileprivate var words: String {
    let attributes = source?.objects.first?.attributes.flatMap { attribute in
      guard case .texts(let texts) = attribute.value.elements else { return [[UInt8]]() }
      return texts
    }
    let members = source?.members.compactMap(\.bytes)
    return ((attributes ?? []) + (members ?? [])).map { String(decoding: $0, as: UTF8.self) }
      .joined(separator: "\n")
  }
}
