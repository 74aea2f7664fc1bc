import KerasFormat
import OrderedCollections
import ModelGraph
import TestSupport
import Testing

@Suite struct RoundTripTests {
  // Those with a golden are whole files as Keras writes them; h5diff cannot compare what was
  // never written, as in one of the others.
  @Test(arguments: Fixture.valid.filter { $0.golden != nil && $0.file.hasSuffix(".h5") })
  func `a file that is read and written again is the same to h5diff`(fixture: Fixture) throws {
    let folder = try TemporaryFolder()
    let copy = folder.file("copy.h5")
    try KerasWriter().write(try KerasReader().read(path: fixture.path).model, to: copy)
    let difference = try Program(path: "/usr/bin/h5diff").run([fixture.path, copy])
    #expect(difference == .init())
  }

  @Test func `a file without its optimizer has neither its state nor its configuration`() throws {
    let path = Repository.fixture("compiled_adam/keras3.h5")
    let model = try KerasReader().read(path: path).model
    let dropped = try model.droppingOptimizer(tool: "test 1")
    #expect(model.source?.objects.contains { $0.path == "/optimizer_weights" } == true)
    #expect(dropped.source?.objects.contains { $0.path.hasPrefix("/optimizer_weights") } == false)
    #expect(dropped.tensors.keys.allSatisfy { !$0.hasPrefix("/optimizer_weights") })
    #expect(dropped.provenance.history.map(\.operation) == ["drop-optimizer"])
    let root = dropped.source?.objects.first { $0.path == "/" }
    #expect(root?.attributes.contains { $0.name == "training_config" } == false)
  }

  @Test func `what may grow, and a large attribute, are written as they were read`() throws {
    let model = try KerasReader().read(path: Repository.fixture("block_identity/keras2.h5")).model
    var record = try #require(model.source)
    let place = try #require(
      record.objects.firstIndex { $0.path == "/model_weights/conv/conv/kernel:0" })
    guard case .tensor(let name)? = record.objects[place].dataset?.content else {
      Issue.record("the kernel is no tensor")
      return
    }
    let rank = try #require(model.tensors[name]).dimensions.count
    let chunk = [String](repeating: "32", count: rank).joined(separator: " ")
    let maximum = [String](repeating: "unlimited", count: rank).joined(separator: ",")
    record.objects[place].dataset?.storage = "chunked \(chunk) maximum=\(maximum) deflate=4"
    for index in [0, place] {
      record.objects[index].attributes.append(
        SourceRecord.Attribute(
          name: "zz", datatype: "uint8",
          value: .init(
            dimensions: [70_000], elements: .bytes([UInt8](repeating: 1, count: 70_000)))))
    }
    let changed = try Model(graph: model.graph, tensors: model.tensors, source: record)
    let folder = try TemporaryFolder()
    try KerasWriter().write(changed, to: folder.file("first.h5"))
    let first = try KerasReader().read(path: folder.file("first.h5")).model
    #expect(first.source == record)
    try KerasWriter().write(first, to: folder.file("second.h5"))
    #expect(try KerasReader().read(path: folder.file("second.h5")).model.source == record)
    #expect(
      try Program(path: "/usr/bin/h5diff").run([folder.file("first.h5"), folder.file("second.h5")])
        == .init())
  }

  @Test(arguments: ["float64", "int32", "enum int32 A=1", "opaque 4", "string 4 ascii null-padded"])
  func `a record that has another type than its tensor is refused`(text: String) throws {
    let model = try KerasReader().read(path: Repository.fixture("block_identity/keras2.h5")).model
    var record = try #require(model.source)
    let place = try #require(
      record.objects.firstIndex { $0.path == "/model_weights/conv/conv/kernel:0" })
    record.objects[place].dataset?.datatype = text
    let changed = try Model(graph: model.graph, tensors: model.tensors, source: record)
    let target = try TemporaryFolder().file("copy.h5")
    #expect(
      refusal { try KerasWriter().write(changed, to: target) }
        == "source record has '\(text)' for '/model_weights/conv/conv/kernel:0'; "
        + "expected float32, which its tensor is of")
  }
}
