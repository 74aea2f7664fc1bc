/// A file that has become shorter since it was opened.
public struct ShortenedFileError: Error, Hashable, Sendable {
  /// The file, as the caller named it.
  public var path: String
  /// How many bytes there are still.
  public var byteCount: Int
  /// How many bytes there were.
  public var expected: Int

  /// Makes an error from the sizes.
  public init(path: String, byteCount: Int, expected: Int) {
    self.path = path
    self.byteCount = byteCount
    self.expected = expected
  }
}

extension ShortenedFileError: CustomStringConvertible {
  /// One sentence, the file first: `model.pb: was cut to 100 of 200 bytes while it was read`.
  public var description: String { "\(path): \(sentence)" }

  /// The description without the file.
  package var sentence: String {
    "was cut to \(byteCount) of \(expected) bytes while it was read"
  }
}
