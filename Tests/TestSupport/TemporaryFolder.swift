import Foundation

/// A folder for one test, removed with everything in it when the process ends.
///
/// Not when the test lets go of it: optimized code lets go after the last use of the folder, and a
/// path that was made of it may still be used then.
public struct TemporaryFolder: Sendable {
  /// What all folders of this process are in.
  private static let root: URL = {
    atexit { try? FileManager.default.removeItem(at: TemporaryFolder.root) }
    return FileManager.default.temporaryDirectory
      .appendingPathComponent("residual-\(UUID().uuidString)", isDirectory: true)
  }()

  /// The folder's path.
  public let path: String

  /// Makes a folder.
  public init() throws {
    let url = Self.root.appendingPathComponent(UUID().uuidString, isDirectory: true)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  /// The path of a file in the folder.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file.
  ///
  /// - Returns: Its path.
  @discardableResult
  public func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  /// The names of what is in the folder, hidden ones included, sorted.
  public var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}

/// Reads a whole file.
public func bytes(ofFile path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}
