import Foundation
import OrderedCollections
import ProtobufFormat
import ModelGraph
import TestSupport
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

  /// The names of the shards, in their order.
  private func shards() throws -> [String] {
    try folder.names.filter { $0 != "model.pb" }
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
    let names = try folder.names
    #expect(names.count > 3)
    let first = try #require(names.first)
    #expect(first.hasPrefix("model-00001-of-0000\(names.count - 1)-"))
    #expect(first.wholeMatch(of: /model-\d{5}-of-\d{5}-[0-9a-f]{16}\.pb/) != nil)
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
    #expect(try shards().count == 2)
    try expectSame(model, read())
  }

  @Test func `the sizes that are planned are those that are written`() throws {
    let plan = try ProtobufWriter(shardByteLimit: 700).plan(Sample.complete(), fileName: "m.x.pb")
    let first = try #require(plan.files.first)
    #expect(throws: ProtobufFormatError.shardsUnwritten) { try plan.name(of: first) }
    for file in plan.files {
      try plan.write(file, to: folder.file("temporary"))
      #expect(try folder.bytes("temporary").count == file.byteCount)
    }
    #expect(try plan.name(of: first).hasPrefix("m.x-00001-of-0000\(plan.files.count - 1)-"))
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
    let name = try shards()[0]
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
    let name = try shards()[0]
    try plan.write(plan.files[0], to: folder.file(name))
    #expect(try plan.name(of: plan.files[0]) != name)
    #expect(
      try refusal()
        == "model.pb: shard '\(name)' is not the one that was written with this model")
  }

  @Test func `a shard that is missing, cut or too long is refused`() throws {
    try write(Sample.small(), limit: 1)
    let name = try shards()[1]
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
    let name = try shards()[0]
    try FileManager.default.moveItem(atPath: folder.file(name), toPath: folder.file("elsewhere"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file(name), withDestinationPath: folder.file("elsewhere"))
    #expect(
      try refusal() == "model.pb: shard '\(name)' is a symbolic link, which is not followed")
  }

  @Test(arguments: ["model.pb", "../real/model.pb", "absolute", "other.pb"])
  func `shards are beside the file that a link leads to`(target: String) throws {
    let files = FileManager.default
    for name in ["real", "links"] {
      try files.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
    }
    let model = try Sample.small()
    let path = folder.file("real/model.pb")
    try ProtobufWriter(shardByteLimit: 1).write(model, to: path)
    let link: String
    switch target {
    case "model.pb": link = folder.file("real/link.pb")
    case "other.pb":
      // A link to a link.
      link = folder.file("links/first.pb")
      try files.createSymbolicLink(
        atPath: folder.file("links/other.pb"), withDestinationPath: "../real/model.pb")
    default: link = folder.file("links/link.pb")
    }
    try files.createSymbolicLink(
      atPath: link, withDestinationPath: target == "absolute" ? path : target)
    try expectSame(model, ProtobufReader(registry: Sample.registry).read(path: link))
    let real = URL(filePath: path).resolvingSymlinksInPath().deletingLastPathComponent()
    #expect(
      ProtobufReader.shardPaths(path: link).allSatisfy { $0.hasPrefix(real.path) },
      "\(ProtobufReader.shardPaths(path: link))")
    #expect(ProtobufReader.shardPaths(path: link).count == 2)
    // What stands beside the link is not looked at.
    for name in try files.contentsOfDirectory(atPath: folder.file("real"))
    where name.hasPrefix("model-") {
      let shard = try [UInt8](Data(contentsOf: URL(filePath: folder.file("real/\(name)"))))
      _ = try folder.put(shard, target == "model.pb" ? "elsewhere-\(name)" : "links/\(name)")
      try files.removeItem(atPath: folder.file("real/\(name)"))
    }
    #expect(throws: FileError.self) {
      try ProtobufReader(registry: Sample.registry).read(path: link)
    }
  }

  @Test func `a model has either tensors or shards`() throws {
    try write(Sample.small(), limit: 1)
    let header = Wire.unsealed(try folder.bytes())
    let whole = try folder.written(Sample.small())
    let tensor = try #require(Wire.fields(whole).first { $0.number == 15 })
    _ = try folder.put(header + whole[tensor.start..<tensor.value.upperBound])
    #expect(try refusal() == "model.pb: has both tensors and shards")
  }

  @Test func `a shard that is listed twice is refused`() throws {
    try write(Sample.small(), limit: 1)
    let header = Wire.unsealed(try folder.bytes())
    let shard = try #require(Wire.fields(header).first { $0.number == 8 })
    _ = try folder.put(header + header[shard.start..<shard.value.upperBound])
    #expect(try refusal() == "\(shards()[0]): two tensors are named 'probe/kernel'")
  }

  @Test func `the shards that are this model's alone can be named`() throws {
    #expect(ProtobufReader.shardNames(path: folder.file("model.pb")) == [])
    try write(Sample.small(), limit: 1)
    let names = try shards()
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

  @Test func `shards are named by their content, and those of another model otherwise`() throws {
    try write(Sample.small(), limit: 1)
    let names = try shards()
    let before = try folder.bytes(names[0])
    try write(Sample.small(), limit: 1)
    #expect(try shards() == names)
    let other = try Model(
      graph: Sample.small().graph,
      tensors: [
        "probe/kernel": Sample.tensor(.float32, [3, 2], seed: 77),
        "probe/moving": Sample.tensor(.float32, [2]),
      ])
    try write(other, limit: 1)
    #expect(try Set(shards()).isSuperset(of: names))
    #expect(try folder.bytes(names[0]) == before)
    try expectSame(other, read())
  }

  @Test func `a model whose shards are named without their checksums is read`() throws {
    let model = try Sample.small()
    try write(model, limit: 1)
    let header = Wire.unsealed(try folder.bytes())
    let fields = try Wire.fields(header).flatMap { field -> [UInt8] in
      guard field.number == 8 else { return Array(header[field.start..<field.value.upperBound]) }
      let inner = Wire.fields(header, field.value)
      let name = String(decoding: header[inner[0].value], as: UTF8.self)
      let old = name.replacing(/-[0-9a-f]{16}\.pb/, with: ".pb")
      try FileManager.default.moveItem(atPath: folder.file(name), toPath: folder.file(old))
      let rest = inner.dropFirst().flatMap { header[$0.start..<$0.value.upperBound] }
      return Wire.bytes(8, Wire.text(1, old) + rest)
    }
    let path = try folder.put(fields)
    let names = ["model-00001-of-00002.pb", "model-00002-of-00002.pb"]
    #expect(try shards() == names)
    try expectSame(model, read())
    #expect(ProtobufReader.shardNames(path: path) == names)
  }

  @Test func `the longest name has shards too`() throws {
    let name = String(repeating: "é", count: 126) + ".pb"
    try ProtobufWriter(shardByteLimit: 1).write(Sample.small(), to: folder.file(name))
    #expect(try folder.names.count == 3)
    let path = folder.file(name)
    try expectSame(Sample.small(), ProtobufReader(registry: Sample.registry).read(path: path))
    #expect(ProtobufReader.shardNames(path: path).count == 2)
  }

  @Test func `a slash that something combines with ends the folder`() throws {
    try FileManager.default.createDirectory(
      atPath: folder.file("sub"), withIntermediateDirectories: false)
    let path = folder.file("sub/\u{301}model.pb")
    try ProtobufWriter(shardByteLimit: 1).write(Sample.small(), to: path)
    #expect(try folder.names == ["sub"])
    #expect(ProtobufReader.shardNames(path: path).count == 2)
  }
}
