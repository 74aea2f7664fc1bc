internal import Residual

/// Compares files that are to be written with those that are read, by what they are and not by
/// their names: a link, or another way to the same file, is that file.
struct OutputCheck {
  /// The files that are read, and those that a model among them is in besides.
  private let read: Set<FileIdentity>

  /// - Parameter replaceable: Those of the inputs that may be replaced.
  init(inputs: [String], replaceable: [String]) {
    let files = inputs.flatMap { input in
      [input].filter { !replaceable.contains($0) } + ModelFile.shardPaths(of: input)
    }
    read = Set(files.compactMap(FileIdentity.init(path:)))
  }

  /// Refuses a file that is read.
  func check(_ target: String) throws(OutputError) {
    guard let identity = FileIdentity(path: target), read.contains(identity) else { return }
    throw .isRead(target)
  }

  /// Refuses files that are read, and two that are one.
  func check(_ targets: [String]) throws(OutputError) {
    for (index, target) in targets.enumerated() {
      try check(target)
      for other in targets[..<index] {
        let identity = FileIdentity(path: target)
        guard other == target || identity != nil && identity == FileIdentity(path: other) else {
          continue
        }
        throw .isWrittenTwice(target)
      }
    }
  }
}

/// Why a file is not written.
package enum OutputError: Error, CustomStringConvertible {
  case isRead(String)
  case isWrittenTwice(String)

  package var description: String {
    switch self {
    case .isRead(let path): "\(path): is read; what is written needs another file"
    case .isWrittenTwice(let path):
      "\(path): is to be written twice; each output needs its own file"
    }
  }
}
