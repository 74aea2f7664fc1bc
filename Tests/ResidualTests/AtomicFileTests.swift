import Foundation
@testable import Residual
import Synchronization
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

  /// Each looks for what a dead process left, and finds what the others have only just made.
  @Test func `files of one folder are written at once`() throws {
    let errors = Mutex<[any Error]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for round in 0..<200 {
        do {
          try AtomicFile.replace(folder.file("model\(thread).pb"), text: "\(round)")
        } catch {
          errors.withLock { $0.append(error) }
        }
      }
    }
    #expect(errors.withLock { $0.map { "\($0)" } } == [])
    #expect(try folder.names == (0..<8).map { "model\($0).pb" })
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
      PathName(path).last == "model.pb" ? ["part-1", "part-2"] : []
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
    #expect(error?.description == "\(folder.path): is a folder; expected a file")
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

  // MARK: - Leftovers

  /// Makes a folder as a process leaves it that is killed while it writes.
  private func leave(
    _ name: String, _ files: [String], marker: String? = "partial", note: StagingNote? = nil,
    mode: Int = 0o700
  ) throws {
    try FileManager.default.createDirectory(
      atPath: folder.file(name), withIntermediateDirectories: false,
      attributes: [.posixPermissions: mode])
    for file in files + [marker].compactMap(\.self) {
      try folder.write("half".utf8, to: "\(name)/\(file)")
    }
    if let marker { try folder.write(note?.bytes ?? [], to: "\(name)/\(marker)") }
  }

  /// What is written down before a file takes the place of `other.pb`.
  private func note(of name: String, _ obsolete: [String]) throws -> StagingNote {
    var status = stat()
    #expect(unsafe stat(folder.file(name), &status) == 0)
    return StagingNote(
      target: FileName("other.pb"), replacedBy: status, obsolete: obsolete.map(FileName.init))
  }

  private let leftover = ".other.pb.partial-0123456789abcdef0123456789abcdef"

  @Test func `what a process left that was killed is removed by whoever writes next`() throws {
    try leave(leftover, ["other.pb", "part-1"])
    try leave(leftover.replacing("0123", with: "4567"), [], marker: nil)
    try AtomicFile.replace(folder.file("model.pb")) { try put("new", $0) }
    #expect(try folder.names == ["model.pb"])
  }

  @Test(arguments: [
    (".other.pb.partial-0123", 0o700, "partial"),
    ("other.pb.partial-0123456789abcdef0123456789abcdef", 0o700, "partial"),
    (".other.pb.partial-0123456789abcdef0123456789abcdeg", 0o700, "partial"),
    // Another folder, which somebody renamed.
    (".other.pb.partial-0123456789abcdef0123456789abcdef", 0o700, "letters"),
    (".other.pb.partial-0123456789abcdef0123456789abcdef", 0o755, "partial"),
  ])
  func `what only looks like a leftover stays`(name: String, mode: Int, marker: String) throws {
    try leave(name, ["other.pb"], marker: marker, mode: mode)
    try AtomicFile.replace(folder.file("model.pb")) { try put("new", $0) }
    #expect(try folder.names.contains(name))
    #expect(try text("\(name)/other.pb") == "half")
  }

  @Test func `a link that looks like a leftover is not followed`() throws {
    try leave("mine", ["letter"])
    try FileManager.default.createSymbolicLink(
      atPath: folder.file(leftover), withDestinationPath: "mine")
    try AtomicFile.replace(folder.file("model.pb")) { try put("new", $0) }
    AtomicFile.removeLeftovers(beside: folder.file("other.pb"))
    #expect(try text("mine/letter") == "half")
  }

  @Test func `a folder in which somebody still writes is not removed`() throws {
    try AtomicFile.replace(folder.file("model.pb")) { path in
      try AtomicFile.replace(folder.file("model.pb")) { try put("first", $0) }
      AtomicFile.removeLeftovers(beside: folder.file("model.pb"))
      #expect(try text("model.pb") == "first")
      try put("second", path)
    }
    #expect(try text("model.pb") == "second")
    #expect(try folder.names == ["model.pb"])
  }

  @Test func `shards whose model did not come are taken back`() throws {
    for name in ["other.pb", "old-1"] { try folder.write("old".utf8, to: name) }
    try leave(leftover, ["shard-1", "shard-2", "other.pb"])
    let note = try note(of: "\(leftover)/other.pb", ["old-1"])
    try folder.write(note.bytes, to: "\(leftover)/partial")
    try FileManager.default.linkItem(
      atPath: folder.file("\(leftover)/shard-1"), toPath: folder.file("shard-1"))
    AtomicFile.removeLeftovers(beside: folder.file("other.pb"))
    #expect(try folder.names == ["old-1", "other.pb"])
  }

  @Test func `where the model came to its place its shards stay, and those of the old one go`()
    throws
  {
    for name in ["other.pb", "old-1"] { try folder.write("new".utf8, to: name) }
    try leave(leftover, ["shard-1"], note: note(of: "other.pb", ["old-1", "old-2"]))
    try FileManager.default.linkItem(
      atPath: folder.file("\(leftover)/shard-1"), toPath: folder.file("shard-1"))
    AtomicFile.removeLeftovers(beside: folder.file("other.pb"))
    #expect(try folder.names == ["other.pb", "shard-1"])
  }

  @Test func `a note that was cut short says nothing`() throws {
    for name in ["other.pb", "old-1", "old-2"] { try folder.write("new".utf8, to: name) }
    let whole = try note(of: "other.pb", ["old-1", "old-2"]).bytes
    for count in whole.indices {
      try leave(leftover, [])
      try folder.write(whole[..<count], to: "\(leftover)/partial")
      AtomicFile.removeLeftovers(beside: folder.file("other.pb"))
      #expect(try folder.names == ["old-1", "old-2", "other.pb"], "\(count)")
    }
  }

  // MARK: - Names

  @Test func `the temporary folder has another name each time and is closed to others`() throws {
    var names: Set<String> = []
    for _ in 0..<3 {
      try AtomicFile.replace(folder.file("model.pb")) { path in
        let found = try folder.names.filter { $0 != "model.pb" }
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.hasPrefix(".model.pb.partial-") && $0.count == 50 })
        #expect(try mode(found[0]) == 0o700)
        names.formUnion(found)
        try put("new", path)
      }
    }
    #expect(names.count == 3)
  }

  @Test func `whoever puts another folder in the place of the temporary one gets nothing`() throws {
    try leave("theirs", ["model.pb"])
    try AtomicFile.replace(folder.file("model.pb")) { path in
      let name = try #require(folder.names.first { $0.hasPrefix(".model") })
      try FileManager.default.moveItem(atPath: folder.file(name), toPath: folder.file("away"))
      try FileManager.default.createSymbolicLink(
        atPath: folder.file(name), withDestinationPath: "theirs")
      try put("new", path)
    }
    #expect(try text("model.pb") == "new")
    #expect(try text("theirs/model.pb") == "half")
  }

  @Test func `a link whose folder is not UTF-8 leads where it says`() throws {
    let bytes = Array("d".utf8) + [0xFF]
    let path = Array(folder.file("").utf8) + bytes + [0]
    #expect(unsafe mkdir(path.map(CChar.init(bitPattern:)), 0o700) == 0)
    link("link.pb", to: bytes + Array("/real.pb".utf8))
    try AtomicFile.replace(folder.file("link.pb")) { try put("new", $0) }
    #expect(try text("link.pb") == "new")
    #expect(try folder.names.count == 2)
  }

  @Test func `a link to a name that is not UTF-8 is refused`() throws {
    link("link.pb", to: Array("r".utf8) + [0xFF])
    let path = folder.file("link.pb")
    let error = #expect(throws: ResidualError.self) {
      try AtomicFile.replace(path) { try put("new", $0) }
    }
    #expect(error?.description == "\(path): leads to a file whose name is not UTF-8")
    #expect(try folder.names == ["link.pb"])
  }

  @Test func `a link to a path whose slash something combines with is absolute`() throws {
    // It begins with a slash and a combining mark, which are one character.
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link.pb"), withDestinationPath: "/\u{301}none/real.pb")
    let path = folder.file("link.pb")
    let error = #expect(throws: FileError.self) {
      try AtomicFile.replace(path) { try put("new", $0) }
    }
    #expect(error?.description == "\(path): cannot be created: No such file or directory")
  }

  @Test func `a name with a zero in it is refused`() throws {
    let path = folder.file("model.pb\0.h5")
    #expect(throws: FileError.self) { try AtomicFile.replace(path) { try put("new", $0) } }
    #expect(try folder.names == [])
  }

  private func link(_ name: String, to bytes: [UInt8]) {
    let target = bytes.map(CChar.init(bitPattern:)) + [0]
    #expect(unsafe symlink(target, folder.file(name)) == 0)
  }
}
