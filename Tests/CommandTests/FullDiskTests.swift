import Foundation
import TestSupport
import Testing

/// A small disk of its own, to be filled.
private final class SmallDisk {
  let folder: TemporaryFolder

  /// Mounting needs the rights of the superuser, or a namespace of one's own.
  static let isAvailable: Bool = {
    guard getuid() == 0, let disk = try? SmallDisk() else { return false }
    return disk.isMounted
  }()

  private let isMounted: Bool

  init() throws {
    folder = try TemporaryFolder()
    let outcome = try Program(path: "/bin/mount")
      .run(["-t", "tmpfs", "-o", "size=16k", "tmpfs", folder.path])
    isMounted = outcome.code == 0
  }

  deinit {
    if isMounted { _ = try? Program(path: "/bin/umount").run([folder.path]) }
  }
}

@Suite(.enabled(if: SmallDisk.isAvailable, "mounting a small disk needs the superuser"))
struct FullDiskTests {
  @Test(arguments: ["out.pb", "out.h5"])
  func `a full disk is a sentence and the old target survives`(name: String) throws {
    let disk = try SmallDisk()
    try disk.folder.write("old".utf8, to: name)
    let outcome = try Programs.resconv.run(
      ["--quiet", Programs.model, name], in: disk.folder.path)
    #expect(outcome.error.hasPrefix("\(name): "))
    #expect(outcome.error.hasSuffix("No space left on device\n"))
    #expect(outcome.code == 2)
    #expect(try bytes(ofFile: disk.folder.file(name)) == Array("old".utf8))
    #expect(try disk.folder.names == [name])
  }

  @Test func `a diagram that does not fit leaves the old one`() throws {
    let disk = try SmallDisk()
    try disk.folder.write("old".utf8, to: "out.svg")
    let model = Repository.fixture("many_layers/keras3.h5")
    let outcome = try Programs.resconv.run(
      ["diagram", "--no-fold", model, "out.svg"], in: disk.folder.path)
    #expect(
      outcome
        == .init(error: "out.svg: cannot be written: No space left on device\n", code: 2))
    #expect(try bytes(ofFile: disk.folder.file("out.svg")) == Array("old".utf8))
    #expect(try disk.folder.names == ["out.svg"])
  }
}
