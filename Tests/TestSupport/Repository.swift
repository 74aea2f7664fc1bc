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

/// A model that real Keras wrote, as `fixtures/manifest.json` lists it.
public struct Fixture: Decodable, Sendable, CustomStringConvertible {
  /// The fixture's name.
  public let name: String
  /// The model's file, below `fixtures/`.
  public let file: String
  /// The golden's file, below `fixtures/`.
  public let golden: String?
  /// What reading it must come to: `ok`, or a sentence.
  public let expected: String

  /// The fixture as test results show it.
  public var description: String { file }
  /// The path of the model's file.
  public var path: String { Repository.fixture(file) }

  /// Every fixture of the manifest.
  public static let all: [Fixture] = {
    let url = URL(fileURLWithPath: Repository.fixture("manifest.json"))
    guard let data = try? Data(contentsOf: url) else { return [] }
    return (try? JSONDecoder().decode([Fixture].self, from: data)) ?? []
  }()

  /// The fixtures that must be read, converted and run.
  public static let valid = all.filter { $0.expected == "ok" }
}
