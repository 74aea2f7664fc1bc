import OrderedCollections
import ModelGraph
import TestSupport
import Testing
import Zip

@testable import KerasFormat
@testable import ModelLayers

@Suite struct KerasArchiveTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func refusal(_ archive: Archive) -> String { archive.refusal }

  private static let archives = Fixture.valid.filter { $0.file.hasSuffix(".keras") }

  @Test func `there are archives of both lines`() {
    for line in ["keras2.keras", "keras3.keras"] {
      #expect(Self.archives.count { $0.file.hasSuffix(line) } >= 15)
    }
  }

  @Test(arguments: archives)
  func `an archive is the model of its file in HDF5`(fixture: Fixture) throws {
    let found = try KerasReader().read(path: fixture.path)
    let path = fixture.path.replacing(".keras", with: ".h5")
    // There is none of what files in HDF5 lose.
    guard Fixture.valid.contains(where: { $0.path == path }) else { return }
    let other = try KerasReader().read(path: path).model
    #expect(found.model.graph.difference(from: other.graph) == nil)
    for binding in found.bindings {
      let (mine, theirs) = (found.model.tensors[binding.tensor], other.tensors[binding.tensor])
      #expect(try #require(mine).isIdentical(to: #require(theirs)), "\(binding.tensor)")
    }
    #expect(found.model.provenance.format == "keras-archive")
  }

  @Test(arguments: archives)
  func `an archive is written as it was read`(fixture: Fixture) throws {
    let model = try KerasReader().read(path: fixture.path).model
    let path = folder.file("again.keras")
    try KerasWriter().write(model, as: .archive, to: path)
    let again = try KerasReader().read(path: path).model
    #expect(again.source == model.source)
    #expect(try folder.names == ["again.keras"])
    for (name, tensor) in model.tensors {
      #expect(try tensor.isIdentical(to: #require(again.tensors[name])), "\(name)")
    }
  }

  @Test func `members may be in any order, moved, large, or compressed`() throws {
    let sound = try Archive("nested_deep/keras3.keras")
    let model = try KerasReader().read(bytes: sound.zip.bytes, name: "a").model
    var changed = sound
    changed.zip.members.reverse()
    changed.zip.isLarge = true
    changed.change("model.weights.h5") { $0.extraByteCount = 17 }
    changed.change("config.json") { $0.deflate() }
    #expect(refusal(changed) == "is read")
    changed.change("model.weights.h5") { $0.deflate() }
    let path = try folder.write(changed.zip.bytes, to: "changed.keras")
    let found = try KerasReader().read(path: path).model
    #expect(found.graph.difference(from: model.graph) == nil)
    for (name, tensor) in model.tensors {
      #expect(try tensor.isIdentical(to: #require(found.tensors[name])), "\(name)")
    }
  }

  @Test func `an archive that is no model is refused by what it lacks`() throws {
    for (name, found) in [
      ("config.json", "'config.json'"), ("metadata.json", "'metadata.json'"),
      ("model.weights.h5", "'model.weights.h5'"),
    ] {
      var archive = try Archive("nested_deep/keras3.keras")
      archive.zip.members.removeAll { $0.name == name }
      #expect(
        refusal(archive)
          == "is a zip archive without \(found); expected the members of a '.keras' file")
    }
    for (name, reason) in [
      ("model.weights.npz", ", as pickled Python objects, which are code and never run"),
      ("model.weights.json", ", in parts, as no version of Keras writes an archive"),
      (
        "variables.h5", ", as Keras 2.11 did"
      ),
    ] {
      var archive = try Archive("nested_deep/keras3.keras")
      archive.change("model.weights.h5") { $0.name = name }
      #expect(
        refusal(archive)
          == "keeps weights in '\(name)'\(reason); those in 'model.weights.h5' are read, where "
          + "'model.save' puts them")
    }
    var archive = try Archive("nested_deep/keras3.keras")
    archive.change("metadata.json") { $0.bytes = Array("{}".utf8) }
    #expect(refusal(archive).hasPrefix("configuration has nothing for 'keras_version'"))
    archive.change("metadata.json") { $0.bytes = Array("{".utf8) }
    #expect(refusal(archive).hasPrefix("metadata.json is not JSON"))
  }

  @Test func `members that are kept have a limit`() throws {
    let bytes = try Archive("nested_deep/keras3.keras").zip.bytes
    let size = try Archive("nested_deep/keras3.keras").zip.members.reduce(0) {
      $0 + ($1.name == "model.weights.h5" ? 0 : $1.bytes.count)
    }
    _ = try KerasArchive.read(.memory(bytes), name: "a", limit: size) { $0 }
    #expect(throws: ZipError.member("config.json", .sizeLimit(size, limit: size - 1))) {
      _ = try KerasArchive.read(.memory(bytes), name: "a", limit: size - 1) { $0 }
    }
  }

  @Test func `weights that are compressed have a limit`() throws {
    var archive = try Archive("nested_deep/keras3.keras")
    let size = KerasArchive.unpackedByteCount + 1
    archive.change("model.weights.h5") {
      $0.bytes = [UInt8](repeating: 0, count: size / 1000)
      ($0.declaredByteCount, $0.method) = (size, 8)
    }
    #expect(refusal(archive).hasPrefix("has weights of \(size) bytes that are compressed; at most"))
  }

  @Test func `the state of an optimizer is that of any model in a model`() {
    for path in [
      "/optimizer", "/optimizer/vars/0", "/layers/functional/optimizer/vars/1", "/metrics/a",
      "/layers/time_distributed/layer/layers/functional/metrics",
    ] {
      #expect(WeightTree.isTrainingState(path))
    }
    for path in ["/layers/optimizer/vars/0", "/vars/0", "/layers/dense/vars/optimizer", "/layers"] {
      #expect(!WeightTree.isTrainingState(path))
    }
  }

  @Test func `damaged weights are told by the checksum`() throws {
    var archive = try Archive("nested_deep/keras3.keras")
    archive.change("model.weights.h5") { $0.checksum = 1 }
    #expect(
      refusal(archive)
        == "member 'model.weights.h5': has a checksum that is not that of its bytes: "
        + "the file is damaged")
  }

  // MARK: - Weights

  /// What is said where the record of an archive is changed.
  private func sentence(
    _ fixture: String, _ change: (inout [SourceRecord.Object]) -> Void
  ) throws -> String {
    let model = try KerasReader().read(path: Repository.fixture(fixture)).model
    var record = try #require(model.source)
    let place = try #require(record.members.firstIndex { $0.tree != nil })
    var objects = try #require(record.members[place].tree)
    change(&objects)
    record.members[place].content = .tree(objects)
    do {
      _ = try KerasInterpreter(registry: .standard).interpret(record) {
        guard case .tensor(let name) = $0.content else { return nil }
        return model.tensors[name]
      }
      return "is read"
    } catch {
      return "\(error)"
    }
  }

  @Test func `weights of a layer of another name are refused`() throws {
    let found = try sentence("shared_layer/keras3.keras") { objects in
      for index in objects.indices where objects[index].path == "/layers/dense/vars" {
        objects[index].attributes = objects[index].attributes.map { attribute in
          var attribute = attribute
          attribute.value.elements = .texts([Array("other".utf8)])
          return attribute
        }
      }
    }
    #expect(
      found.hasSuffix("weights in '/layers/dense/vars' are those of 'other', as the file says"))
  }

  @Test func `weights that are missing or left over are named`() throws {
    let missing = try sentence("shared_layer/keras3.keras") { objects in
      objects.removeAll { $0.path == "/layers/dense/vars/1" }
    }
    #expect(missing.contains("weight 'bias' of shape"))
    #expect(missing.hasSuffix("is missing from '/layers/dense'"))
    let extra = try sentence("shared_layer/keras3.keras") { objects in
      guard var one = objects.first(where: { $0.path == "/layers/dense/vars/1" }) else { return }
      one.path = "/layers/dense/vars/2"
      objects.append(one)
    }
    #expect(extra == "holds a weight that no layer needs: '/layers/dense/vars/2'")
  }
}

extension ZipBuilder.Member {
  /// Compresses it as blocks that are stored, the simplest that deflate has.
  fileprivate mutating func deflate() {
    let plain = bytes
    (declaredByteCount, checksum, method) = (plain.count, crc32(plain), 8)
    bytes = []
    for start in stride(from: 0, to: plain.count, by: 0xFFFF) {
      let block = plain[start..<min(start + 0xFFFF, plain.count)]
      let count = UInt16(block.count)
      bytes.append(start + 0xFFFF >= plain.count ? 1 : 0)
      for number in [count, ~count] { bytes += [UInt8(number & 0xFF), UInt8(number >> 8)] }
      bytes += block
    }
    storedByteCount = bytes.count
  }
}
