import Foundation

/// A model file as `fixtures/manifest.json` lists it: written by real Keras, or
/// made from such a file.
public struct Fixture: Decodable, Sendable, CustomStringConvertible {
  /// What converting a file must come to.
  public enum Expectation: Decodable, Equatable, Sendable {
    /// It is converted.
    case ok
    /// It is refused with this sentence behind its name.
    case error(String)

    private struct Refusal: Decodable { let error: String }

    /// Reads `"ok"` or `{"error": sentence}`.
    public init(from decoder: any Decoder) throws {
      if let text = try? decoder.singleValueContainer().decode(String.self) {
        guard text == "ok" else {
          throw DecodingError.dataCorrupted(
            .init(codingPath: decoder.codingPath, debugDescription: "expected is '\(text)'"))
        }
        self = .ok
      } else {
        self = .error(try Refusal(from: decoder).error)
      }
    }
  }

  /// What Keras printed of a model.
  public struct Summary: Decodable, Sendable {
    /// The text's file, below `fixtures/`.
    public let file: String
    /// The checksum of the file.
    public let sha256: String
    /// The width of a line.
    public let width: Int
  }

  /// The fixture's name.
  public let name: String
  /// The model's file, below `fixtures/`.
  public let file: String
  /// The checksum of the file.
  public let sha256: String
  /// The golden's file, below `fixtures/`.
  public let golden: String?
  /// The classes of its layers.
  public let layers: [String]?
  /// What `model.summary()` printed.
  public let summaries: [Summary]?
  /// What converting it must come to.
  public let expected: Expectation

  /// The fixture as test results show it.
  public var description: String { file }
  /// The path of the model's file.
  public var path: String { Repository.fixture(file) }

  /// Every fixture of the manifest.
  public static let all: [Fixture] = {
    let url = URL(fileURLWithPath: Repository.fixture("manifest.json"))
    do {
      return try JSONDecoder().decode([Fixture].self, from: Data(contentsOf: url))
    } catch {
      // Without its fixtures a test would have nothing to try, and pass.
      fatalError("fixtures/manifest.json: \(error)")
    }
  }()

  /// The fixtures that must be read, converted and run.
  public static let valid = all.filter { $0.expected == .ok }

  /// The fixtures that must be refused.
  public static let refused = all.filter { $0.expected != .ok }
}
