import Foundation

/// The repository that the tests were compiled in.
public enum Repository {
  /// The root folder.
  public static let path = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// The path of a file of the repository.
  public static func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The path of a fixture: `block_identity/keras2.h5`.
  public static func fixture(_ name: String) -> String { file("fixtures/\(name)") }
}
