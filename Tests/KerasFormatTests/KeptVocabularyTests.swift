import ModelGraph
import OrderedCollections
import TestSupport
import Testing

@testable import KerasFormat
@testable import ModelLayers

/// Vocabularies that `adapt` found, which archives keep as assets.
@Suite struct KeptVocabularyTests {
  private static let words = "assets/layers/string_lookup/vocabulary.txt"
  private static let fixture = "adapted_vocabularies/keras3.keras"

  private func vocabulary(of path: String, in model: Model) -> AttributeValue? {
    guard
      case .layer(let layer)? = model.graph.allLayers.first(where: { $0.path == path })?.layer.body
    else { return nil }
    return layer.attributes["vocabulary"]
  }

  @Test(arguments: ["keras2", "keras3"])
  func `vocabularies of layers are those that adapt found`(line: String) throws {
    let path = Repository.fixture("adapted_vocabularies/\(line).keras")
    let model = try KerasReader().read(path: path).model
    #expect(model.unsupportedLayers.isEmpty)
    #expect(
      vocabulary(of: "words", in: model)
        == .strings(["[UNK]", "dog", "q\"uote", "cat", "a b", "\\", "Zürich"]))
    #expect(vocabulary(of: "numbers", in: model) == .ints([0, -1, -1, 3, 100, 5, -7]))
    #expect(
      vocabulary(of: "part/tokens", in: model)
        == .strings(["", "[UNK]", "the", "mat", "zürich", "sat", "dog", "cat", "a"]))
    // HDF5 has a place for them, in the configuration.
    let folder = try TemporaryFolder()
    let bare = try model.droppingOptimizer(tool: "test")
    try KerasWriter().write(bare, to: folder.file("a.h5"))
    let other = try KerasReader().read(path: folder.file("a.h5")).model
    #expect(other.unsupportedLayers.isEmpty)
    for name in ["words", "numbers", "part/tokens"] {
      #expect(vocabulary(of: name, in: other) == vocabulary(of: name, in: model))
    }
  }

  // MARK: - Files

  /// What is said where a member is another.
  private func refusal(
    of name: String = words, _ change: (inout ZipBuilder.Member) -> Void
  ) throws -> String {
    var archive = try Archive(Self.fixture)
    archive.change(name, change)
    return archive.refusal
  }

  @Test func `a vocabulary that is not the layer's is refused`() throws {
    let layer = "layer 'words' (StringLookup): vocabulary '\(Self.words)' "
    #expect(try refusal { $0.bytes[0] = 0xFF } == layer + "is not UTF-8")
    #expect(
      try refusal { $0.bytes += Array("\nfish".utf8) } == layer
        + "has 8 lines, as Keras reads it; expected 7, the 'vocabulary_size' of the configuration, "
        + "and no token with a line end in it")
    #expect(
      try refusal { $0.name = "assets/other" } == layer
        + "is missing, and the configuration has none; save the model again, once 'adapt' was called"
    )
    let tooLong = [UInt8](repeating: 10, count: KeptVocabularies.maximumTokenCount)
    #expect(
      try refusal { $0.bytes = tooLong } == layer + "has 4194305 tokens; at most 4194304 are read")
    #expect(
      try refusal(of: "assets/layers/integer_lookup/vocabulary.txt") { $0.bytes[0] = 65 }.hasSuffix(
        "has 'A'; expected an integer in each line"))
    let tokens = "assets/layers/text_vectorization"
    #expect(
      try refusal(of: tokens + "/_lookup_layer/vocabulary.txt") { $0.bytes[0] ^= 1 }.hasSuffix(
        "is not the same as '\(tokens)/vocabulary.txt', as Keras keeps it"))
    var archive = try Archive(Self.fixture)
    archive.zip.add("assets/layers/string_lookup_9/vocabulary.txt", [])
    #expect(
      archive.refusal
        == "keeps what no layer needs: 'assets/layers/string_lookup_9/vocabulary.txt'")
  }

  @Test func `lines end as they do for the version of Keras that wrote them`() throws {
    // A token's line end is the end of a token for who reads it.
    for end in ["\r", "\u{B}", "\u{85}", "\u{2028}"] {
      #expect(try refusal { $0.bytes += Array("\(end)x".utf8) }.contains("has 8 lines"))
    }
    #expect(try refusal { $0.bytes += Array("\n\n".utf8) } == "is read")
    let windows = { (bytes: [UInt8]) in bytes.flatMap { $0 == 10 ? [13, 10] : [$0] } }
    #expect(try refusal { $0.bytes = windows($0.bytes) } == "is read")
    var older = try Archive(Self.fixture)
    older.change("metadata.json") { $0.bytes = Array(#"{"keras_version": "3.13.0"}"#.utf8) }
    older.change(Self.words) { $0.bytes += Array("\u{2028}x".utf8) }
    #expect(older.refusal == "is read")
    older.change(Self.words) { $0.bytes += Array("\n".utf8) }
    #expect(older.refusal.contains("has 8 lines"))
  }

  // MARK: - Weights

  /// What is said where what tokens count for is something else.
  private func refusal(weights path: String, _ change: (inout [Float]) -> Void) throws -> String {
    let model = try KerasReader().read(path: Repository.fixture(Self.fixture)).model
    let record = try #require(model.source)
    var numbers = try #require(model.tensors[path]).array(Float.self).elements
    change(&numbers)
    let changed = Tensor(try NDArray([numbers.count], elements: numbers))
    do {
      _ = try KerasInterpreter(registry: .standard).interpret(record) {
        guard case .tensor(let name) = $0.content else { return nil }
        return name == path ? changed : model.tensors[name]
      }
      return "is read"
    } catch {
      return "\(error)"
    }
  }

  @Test func `what tokens count for is read, and held against what else says it`() throws {
    let found = "/layers/string_lookup_3/vars/idf_weights"
    #expect(try refusal(weights: found) { $0[1] = 2 } == "is read")
    #expect(
      try refusal(weights: found) { $0.append(1) }.contains("are not those of the configuration"))
    #expect(try refusal(weights: found) { $0.removeLast() }.contains("idf_weights"))
    let given = "/layers/string_lookup_4/vars/idf_weights"
    #expect(try refusal(weights: given) { _ in } == "is read")
    #expect(
      try refusal(weights: given) { $0[2] = $0[2].nextUp }
        == "layer 'given' (StringLookup): weights of tokens in '/layers/string_lookup_4' are not those "
        + "of the configuration")
    let inner = "/layers/text_vectorization/_lookup_layer/vars/idf_weights"
    #expect(
      try refusal(weights: inner) { $0[0] = 0 }.hasSuffix(
        "cannot be told apart: 'idf_weights' is there twice, and not the same"))
  }
}
