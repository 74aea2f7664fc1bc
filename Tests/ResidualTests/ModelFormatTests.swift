import Residual
import TestSupport
import Testing

@Suite struct ModelFormatTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  @Test(arguments: [0, 512, 1024, 4096])
  func `an HDF5 file is told by a signature behind a user block`(offset: Int) throws {
    let bytes = [UInt8](repeating: 0x41, count: offset) + Self.signature + [0, 0]
    #expect(try ModelFormat.detect(path: folder.write(bytes, to: "model.pb")) == .kerasHDF5)
    let archive: [UInt8] = [0x50, 0x4B, 3, 4, 0]
    #expect(try ModelFormat.detect(path: folder.write(archive, to: "a.h5")) == .kerasArchive)
  }

  @Test func `a signature where no superblock may stand does not count`() throws {
    let path = try folder.write([0x41] + Self.signature, to: "model.h5")
    let error = #expect(throws: ResidualError.self) { try ModelFormat.detect(path: path) }
    #expect(
      error?.description
        == "\(path): is neither a Keras file nor a residual protobuf file")
  }

  @Test func `a protobuf file is told by its content`() throws {
    try smallModel().write(toFile: folder.file("model.pb"))
    let path = try folder.write(bytes(ofFile: folder.file("model.pb")), to: "model.h5")
    #expect(try ModelFormat.detect(path: path) == .protobuf)
  }

  @Test func `what holds no model has a sentence for each case`() throws {
    func sentence(_ path: String) -> String {
      do {
        return "\(try ModelFormat.detect(path: path))"
      } catch {
        return "\(error)".replacing("\(folder.path)/", with: "")
      }
    }
    #expect(
      sentence(folder.file("none.h5")) == "none.h5: cannot be opened: No such file or directory")
    #expect(sentence(folder.path) == "\(folder.path): is a folder; expected a file")
    #expect(sentence(try folder.write([], to: "empty.h5")) == "empty.h5: is empty")
    #expect(sentence("/dev/null") == "/dev/null: is not a regular file")
    #expect(
      sentence(try folder.write("hello".utf8, to: "notes.txt"))
        == "notes.txt: is neither a Keras file nor a residual protobuf file")
  }

  @Test(arguments: [
    ("model.h5", ModelFormat.kerasHDF5), ("a/b.c/model.HDF5", .kerasHDF5), ("model.pb", .protobuf),
    ("m.h5.pb", .protobuf), ("m.keras", .kerasArchive),
  ])
  func `the extension of a new file tells its format`(path: String, format: ModelFormat) throws {
    #expect(try ModelFormat(forWriting: path) == format)
  }

  @Test(arguments: [
    ("a.hdf", "a.hdf: unknown format '.hdf'; did you mean '.h5'?"),
    ("a.5h", "a.5h: unknown format '.5h'; did you mean '.h5'?"),
    ("a.bp", "a.bp: unknown format '.bp'; did you mean '.pb'?"),
    ("a.pbb", "a.pbb: unknown format '.pbb'; did you mean '.pb'?"),
    (
      "a.onnx",
      "a.onnx: unknown format '.onnx'; expected '.h5', '.hdf5', '.keras', '.weights.h5' or '.pb'"
    ),
    ("a.kera", "a.kera: unknown format '.kera'; did you mean '.keras'?"),
    (
      "model",
      "model: has no extension to tell the format by; expected '.h5', '.hdf5', '.keras', '.weights.h5' or '.pb'"
    ),
    ("out/", "out/: is the name of a folder, as it ends in '/'; expected that of a file"),
  ])
  func `an unknown extension is refused with the one that was meant`(
    path: String, sentence: String
  ) {
    let error = #expect(throws: ResidualError.self) { try ModelFormat(forWriting: path) }
    #expect(error?.description == sentence)
  }

  @Test func `a file without an extension keeps the format that it has`() throws {
    try smallModel().write(toFile: folder.file("model.pb"))
    let path = try folder.write(bytes(ofFile: folder.file("model.pb")), to: "model")
    #expect(try ModelFormat(forWriting: path) == .protobuf)
  }
}
