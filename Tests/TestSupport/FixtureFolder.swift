public import Foundation

/// The fixtures that real Keras wrote, found beside this source file.
public enum FixtureFolder {
  /// The folder `fixtures` at the top of the package.
  public static let url = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "fixtures")

  /// The path of one fixture: `block_plain/keras3.h5`.
  public static func path(_ name: String) -> String { url.appending(path: name).path }

  /// The model files that are to be read without error, as `block_plain/keras3.h5`, sorted.
  public static let models: [String] = {
    let files = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? []
    return files.filter {
      $0.hasSuffix(".h5") && !$0.hasSuffix(".golden.h5") && !$0.hasPrefix("hostile")
        && !$0.hasPrefix("hdf5")
    }.sorted()
  }()
}

/// Runs a test with a new folder, which is removed afterwards.
public func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appending(path: "residual-tests-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// Runs a program that is on the search path, and returns its exit code and what it printed.
public func run(_ program: String, _ arguments: String...) throws -> (code: Int32, output: String) {
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}
