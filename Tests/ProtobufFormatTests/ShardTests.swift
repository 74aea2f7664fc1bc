import Foundation
import OrderedCollections
import ProtobufFormat
import ModelGraph
import Testing

@Suite struct ShardTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func write(_ model: Model, limit: Int = 700) throws {
    try ProtobufWriter(shardByteLimit: limit).write(model, to: folder.file("model.pb"))
  }

  private func read() throws -> Model {
    try ProtobufReader(registry: Sample.registry).read(path: folder.file("model.pb"))
  }

  private func refusal() throws -> String {
    do {
      try useTensors(of: read())
      return "is read"
    } catch {
      return "\(error)".replacing(folder.path + "/", with: "")
    }
  }

  @Test func `a large model is spread over shards that are aligned too`() throws {
    let model = try Sample.complete()
    try write(model)
    let names = try folder.names()
    #expect(names.count > 3)
    #expect(names.first == "model-00001-of-0000\(names.count - 1).pb")
    #expect(names.last == "model.pb")
    for name in names.dropLast() {
      let bytes = try folder.bytes(name)
      #expect(bytes.count <= 700)
      #expect(Wire.payloads(bytes).allSatisfy { $0.range.lowerBound.isMultiple(of: 64) })
    }
    #expect(Wire.payloads(try folder.bytes()).isEmpty)
    try expectSame(model, read())
  }

  @Test func `a tensor larger than the limit has a shard of its own`() throws {
    let model = try Sample.small()
    try write(model, limit: 1)
    #expect(
      try folder.names() == ["model-00001-of-00002.pb", "model-00002-of-00002.pb", "model.pb"])
    try expectSame(model, read())
  }

  @Test func `the sizes that are planned are those that are written`() throws {
    let plan = try ProtobufWriter(shardByteLimit: 700).plan(Sample.complete(), fileName: "m.x.pb")
    #expect(plan.files.first?.name == "m.x-00001-of-0000\(plan.files.count - 1).pb")
    for file in plan.files {
      try plan.write(file, to: folder.file("temporary"))
      #expect(try folder.bytes("temporary").count == file.byteCount)
    }
    #expect(plan.byteCount == plan.files.reduce(0) { $0 + $1.byteCount })
  }

  @Test func `the file of the model cannot be written before its shards`() throws {
    let plan = try ProtobufWriter(shardByteLimit: 700).plan(Sample.complete(), fileName: "m.pb")
    let last = try #require(plan.files.last)
    #expect(throws: ProtobufFormatError.shardsUnwritten) {
      try plan.write(last, to: folder.file("m.pb"))
    }
  }

  @Test func `each changed byte of a shard is found`() throws {
    try write(Sample.small(), limit: 1)
    let name = "model-00001-of-00002.pb"
    let bytes = try folder.bytes(name)
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1 << (index % 8)
      _ = try folder.put(changed, name)
      #expect(try refusal() != "is read", "byte \(index)")
    }
    _ = try folder.put(bytes, name)
    #expect(try refusal() == "is read")
  }

  @Test func `a shard of another model is refused`() throws {
    try write(Sample.small(), limit: 1)
    let other = try Model(
      graph: Sample.small().graph,
      tensors: [
        "probe/kernel": Sample.tensor(.float32, [3, 2], seed: 77),
        "probe/moving": Sample.tensor(.float32, [2]),
      ])
    let plan = try ProtobufWriter(shardByteLimit: 1).plan(other, fileName: "model.pb")
    try plan.write(plan.files[0], to: folder.file(plan.files[0].name))
    #expect(
      try refusal()
        == "model.pb: shard 'model-00001-of-00002.pb' is not the one that was written with this model"
    )
  }

  @Test func `a shard that is missing, cut or too long is refused`() throws {
    try write(Sample.small(), limit: 1)
    let name = "model-00002-of-00002.pb"
    let bytes = try folder.bytes(name)
    for count in 0..<bytes.count {
      _ = try folder.put(Array(bytes[..<count]), name)
      #expect(try refusal() == "\(name): ends after \(count) of \(bytes.count) bytes")
    }
    _ = try folder.put(bytes + [1], name)
    #expect(
      try refusal() == "\(name): has \(bytes.count + 1) bytes; its header says \(bytes.count)")
    try FileManager.default.removeItem(atPath: folder.file(name))
    #expect(try refusal() == "\(name): cannot be opened: No such file or directory")
  }

  @Test(arguments: ["../outside.pb", "/etc/passwd", "a/b", "..", ".", "", "a\\b"])
  func `a shard cannot be outside the folder`(name: String) throws {
    let path = try folder.put(
      Wire.text(1, "residual.v1") + Wire.number(2, 1) + Wire.bytes(8, Wire.text(1, name)))
    do {
      _ = try ProtobufReader().read(path: path)
      Issue.record("it is read")
    } catch {
      #expect("\(error)" == "\(path): shard '\(name)' does not have a plain file name")
    }
  }

  @Test func `a shard that is a link is not followed`() throws {
    try write(Sample.small(), limit: 1)
    let name = "model-00001-of-00002.pb"
    try FileManager.default.moveItem(atPath: folder.file(name), toPath: folder.file("elsewhere"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file(name), withDestinationPath: folder.file("elsewhere"))
    #expect(
      try refusal() == "model.pb: shard '\(name)' is a symbolic link, which is not followed")
  }

  @Test func `a model has either tensors or shards`() throws {
    try write(Sample.small(), limit: 1)
    let header = Wire.unsealed(try folder.bytes())
    _ = try folder.put(header + Wire.bytes(15, []))
    #expect(try refusal() == "model.pb: has both tensors and shards")
  }

  @Test func `a shard that is listed twice is refused`() throws {
    try write(Sample.small(), limit: 1)
    let header = Wire.unsealed(try folder.bytes())
    let shard = try #require(Wire.fields(header).first { $0.number == 8 })
    _ = try folder.put(header + header[shard.start..<shard.value.upperBound])
    #expect(
      try refusal() == "model-00001-of-00002.pb: two tensors are named 'probe/kernel'")
  }

  @Test func `the shards that are this model's alone can be named`() throws {
    #expect(ProtobufReader.shardNames(path: folder.file("model.pb")) == [])
    try write(Sample.small(), limit: 1)
    let names = ["model-00001-of-00002.pb", "model-00002-of-00002.pb"]
    #expect(ProtobufReader.shardNames(path: folder.file("model.pb")) == names)
    #expect(ProtobufReader.shardNames(path: folder.file(names[0])) == [])
    // Under another name the model shares its shards with the first.
    try FileManager.default.copyItem(
      atPath: folder.file("model.pb"), toPath: folder.file("copy.pb"))
    #expect(ProtobufReader.shardNames(path: folder.file("copy.pb")) == [])
    // What is no shard was put there by somebody else.
    _ = try folder.put([1, 2, 3], names[0])
    #expect(ProtobufReader.shardNames(path: folder.file("model.pb")) == [names[1]])
  }
}
