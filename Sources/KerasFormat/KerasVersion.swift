/// The version of Keras that wrote a file, as the file states it.
struct KerasVersion: Hashable, Sendable {
  /// The text in the file: `2.2.4-tf`.
  let text: String
  let major: Int
  let minor: Int
  let patch: Int
  /// Whether this is the Keras inside TensorFlow 1 and 2.0 to 2.5.
  let isTensorFlow: Bool
  /// What Keras computed with, where the file states it: `jax`.
  let backend: String?

  /// Reads a version; a file without one was written by Keras 1.
  init(_ text: String?, backend: String? = nil) {
    self.backend = backend
    self.text = text ?? "1"
    let parts = self.text.split(separator: "-", maxSplits: 1)
    let numbers = parts.first.map { $0.split(separator: ".").map { Int($0) ?? 0 } } ?? []
    major = numbers.first ?? 1
    minor = numbers.count > 1 ? numbers[1] : 0
    patch = numbers.count > 2 ? numbers[2] : 0
    isTensorFlow = parts.count > 1 && parts[1] == "tf"
  }

  /// Whether the version is older than another one.
  func isBefore(_ major: Int, _ minor: Int) -> Bool {
    (self.major, self.minor) < (major, minor)
  }

  /// Whether its files of whole models are read: from 1.0.8 on they say what it is.
  var isRead: Bool { (major, minor, patch) >= (1, 0, 8) }

  /// Whether this is Keras outside of TensorFlow before it became a wrapper (2.0 to 2.3),
  /// which resized bilinearly without half-pixel centres.
  var isStandalone2: Bool { major == 2 && minor <= 3 && !isTensorFlow }

  /// Whether cubic interpolation takes its kernel at each distance as it is; TensorFlow has a table,
  /// and Keras 3 does what its backend does.
  ///
  /// - Throws: `Unsupported` where it is not known.
  func hasExactCubic() throws -> Bool {
    switch backend {
    case "tensorflow": return false
    case "jax", "numpy": return true
    default:
      throw Unsupported(
        reason: "resizes with interpolation='bicubic', of which every backend has another, and the "
          + "file says backend \(backend.map { "'\($0)'" } ?? "none")")
    }
  }
}
