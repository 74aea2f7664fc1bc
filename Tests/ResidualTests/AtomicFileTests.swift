import Foundation
@testable import Residual
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private struct Fault: Error, CustomStringConvertible {
    let description: String
  }

  private func put(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try bytes(ofFile: folder.file(name)), as: UTF8.self)
  }

  private func mode(_ name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: folder.file(name))[.posixPermissions] as? Int
  }

  @Test func `a file is replaced and nothing else is left`() throws {
    try folder.write("old".utf8, to: "model.pb")
    try AtomicFile.replace(folder.file("model.pb")) { try put("new", $0) }
    #expect(try text("model.pb") == "new")
    #expect(try folder.names == ["model.pb"])
  }

  @Test func `a failure leaves the old file, removes the temporary one and names the target`()
    throws
  {
    try folder.write("old".utf8, to: "model.pb")
    let path = folder.file("model.pb")
    let error = #expect(throws: ResidualError.self) {
      try AtomicFile.replace(path) {
        try put("half", $0)
        throw ResidualError.emptyFile($0)
      }
    }
    #expect(error?.description == "\(path): is empty")
    #expect(try text("model.pb") == "old")
    #expect(try folder.names == ["model.pb"])
  }

  @Test func `shards get their names before the target does`() throws {
    try AtomicFile.replace(folder.file("model.pb")) { path in
      let staging = URL(fileURLWithPath: path).deletingLastPathComponent().path
      try put("one", "\(staging)/model-00001-of-00001.pb")
      try put("main", path)
    }
    #expect(try folder.names == ["model-00001-of-00001.pb", "model.pb"])
    #expect(try text("model-00001-of-00001.pb") == "one")
  }

  @Test func `parts of the old file go when the new one is in place`() throws {
    for name in ["model.pb", "part-1", "part-2", "other"] {
      try folder.write("old".utf8, to: name)
    }
    let parts = { (path: String) in
      path == folder.file("model.pb") ? ["part-1", "part-2"] : []
    }
    #expect(throws: (any Error).self) {
      try AtomicFile.replace(folder.file("model.pb"), removing: parts) { _ in
        throw Fault(description: "no")
      }
    }
    #expect(try folder.names == ["model.pb", "other", "part-1", "part-2"])
    try AtomicFile.replace(folder.file("model.pb"), removing: parts) { path in
      try put("one", PathName(path).folder + "part-1")
      try put("main", path)
    }
    #expect(try folder.names == ["model.pb", "other", "part-1"])
    #expect(try text("part-1") == "one")
  }

  @Test func `the old file's mode is kept`() throws {
    try folder.write("old".utf8, to: "model.pb")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o640], ofItemAtPath: folder.file("model.pb"))
    try AtomicFile.replace(folder.file("model.pb")) { try put("new", $0) }
    #expect(try mode("model.pb") == 0o640)
  }

  @Test func `a symbolic link stays one, and what it points to is replaced`() throws {
    try FileManager.default.createDirectory(
      atPath: folder.file("store"), withIntermediateDirectories: false)
    try folder.write("old".utf8, to: "store/real.pb")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link.pb"), withDestinationPath: "store/real.pb")
    try AtomicFile.replace(folder.file("link.pb")) { try put("new", $0) }
    #expect(try text("store/real.pb") == "new")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link.pb"))
        == "store/real.pb")
  }

  @Test func `a link to nothing makes the file that it points to`() throws {
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link.pb"), withDestinationPath: "real.pb")
    try AtomicFile.replace(folder.file("link.pb")) { try put("new", $0) }
    #expect(try text("real.pb") == "new")
  }

  @Test func `links that go round in a circle are refused`() throws {
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("a.pb"), withDestinationPath: "a.pb")
    let path = folder.file("a.pb")
    let error = #expect(throws: FileError.self) { try AtomicFile.replace(path) { _ in } }
    #expect(
      error?.description == "\(path): cannot be opened: Too many levels of symbolic links")
  }

  @Test func `a directory is refused`() throws {
    let error = #expect(throws: ResidualError.self) { try AtomicFile.replace(folder.path) { _ in } }
    #expect(error?.description == "\(folder.path): is a directory")
  }

  @Test func `a folder that does not exist is named by the target`() throws {
    let path = folder.file("none/model.pb")
    let error = #expect(throws: FileError.self) { try AtomicFile.replace(path) { _ in } }
    #expect(error?.description == "\(path): cannot be created: No such file or directory")
  }

  @Test func `a name of the greatest length is written`() throws {
    let name = String(repeating: "n", count: 252) + ".pb"
    try AtomicFile.replace(folder.file(name)) { try put("new", $0) }
    #expect(try folder.names == [name])
  }

  @Test func `what an ended process left behind is removed, and nothing of others`() throws {
    let names = [".model.pb.partial-77", ".model.pb.partial-77.1", ".model.pb.partial-778"]
    for name in names {
      try FileManager.default.createDirectory(
        atPath: folder.file(name), withIntermediateDirectories: false)
      try folder.write("half".utf8, to: "\(name)/model.pb")
    }
    AtomicFile.removeLeftovers(of: folder.file("model.pb"), process: 77)
    #expect(try folder.names == [".model.pb.partial-778"])
  }
}
