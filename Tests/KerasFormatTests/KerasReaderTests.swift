import HDF5
import KerasFormat
import TestSupport
import Testing

/// The configuration is read on one thread while the tree is walked on another.
@Suite struct KerasReaderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func sentence(_ path: String) -> String {
    do {
      _ = try KerasReader().read(path: path)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  /// The sentence for a file that has nothing but a configuration.
  private func sentence(configuration: String) throws -> String {
    let path = folder.file("configuration.h5")
    let file = try FileWriter(path: path)
    for (name, text) in [("keras_version", "2.15.0"), ("model_config", configuration)] {
      try file.writeAttribute(
        Attribute(
          name: name, datatype: .text(), dataspace: .scalar, value: .strings([Array(text.utf8)])),
        to: "/")
    }
    try file.close()
    return sentence(path)
  }

  /// A file of a fixture, its configuration damaged at its first byte.
  private func damaging(_ fixture: Fixture) throws -> String {
    var bytes = try bytes(ofFile: fixture.path)
    let start = Array(#"{"class_name""#.utf8)
    let index = try #require(bytes.indices.first { bytes[$0...].starts(with: start) })
    bytes[index] = UInt8(ascii: "!")
    return try folder.write(bytes, to: "damaged.h5")
  }

  /// Each level of a model in a model takes three of JSON: two objects and a list.
  private func models(_ count: Int, around layer: String) -> String {
    let start = #"{"class_name": "Sequential", "config": {"layers": ["#
    return String(repeating: start, count: count) + layer + String(repeating: "]}}", count: count)
  }

  @Test func `a fault in models nested as deep as JSON may be is told with its place`() throws {
    let found = try sentence(
      configuration: models(170, around: #"{"class_name": "Dense", "config": {}}"#))
    let path = String(repeating: "sequential/", count: 169) + "dense"
    #expect(
      found
        == "layer '\(path)' (Dense): configuration has nothing for 'units'; expected an integer")
  }

  @Test func `models nested deeper than JSON may be are refused`() throws {
    let found = try sentence(configuration: models(171, around: ""))
    let offset = models(171, around: "").prefix { $0 != "]" }.utf8.count - 1
    #expect(
      found
        == "model configuration is not JSON: expected at most 512 levels of nesting "
        + "at byte \(offset)")
  }

  @Test func `a configuration that is no JSON is refused where the tree is whole`() throws {
    let whole = try #require(Fixture.valid.first { $0.file == "block_plain/keras3.h5" })
    #expect(
      sentence(try damaging(whole))
        == "model configuration is not JSON: expected a value at byte 0")
  }

  @Test(arguments: ["soft_link", "hard_link_cycle", "weights_compound"])
  func `a fault of the tree is told rather than one of the configuration`(name: String) throws {
    let fixture = try #require(Fixture.refused.first { $0.file == "hostile/\(name).h5" })
    guard case .error(let expected) = fixture.expected else { return }
    let found = sentence(try damaging(fixture))
    #expect(found.hasSuffix(expected), "\(found)")
  }

  @Test func `a file without a configuration is told from what its tree holds`() throws {
    let path = Repository.fixture("hostile/weights_only.h5")
    #expect(sentence(path).hasSuffix("give what the model is with --architecture"))
  }
}
