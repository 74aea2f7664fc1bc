internal import Glibc

/// A system call on a file that failed.
public struct FileError: Error, Hashable, Sendable {
  /// What was being done to the file.
  public enum Operation: String, Hashable, Sendable {
    case open, map, read, create, write, rename, remove
  }

  /// The file, as the caller named it.
  public var path: String
  /// What was being done.
  public var operation: Operation
  /// The system's error number.
  public var code: Int32

  /// Makes an error from a system error number.
  public init(path: String, operation: Operation, code: Int32) {
    self.path = path
    self.operation = operation
    self.code = code
  }
}

extension FileError: CustomStringConvertible {
  /// One sentence, the file first: `model.h5: cannot be opened: No such file or directory`.
  public var description: String { "\(path): \(sentence)" }

  /// The description without the file.
  package var sentence: String {
    let verb =
      switch operation {
      case .open: "opened"
      case .map: "mapped"
      case .read: "read"
      case .create: "created"
      case .write: "written"
      case .rename: "renamed"
      case .remove: "removed"
      }
    // Sound: strerror's text is copied at once; each thread has its own buffer in glibc.
    return "cannot be \(verb): \(unsafe String(cString: strerror(code)))"
  }
}
