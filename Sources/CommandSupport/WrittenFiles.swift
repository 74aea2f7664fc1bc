internal import Residual

/// Which of the files that are to be written have been: a program that fails behind that says so.
struct WrittenFiles {
  private let before: [(path: String, identity: FileIdentity?)]

  /// Looks at what stands before anything is written.
  init(_ paths: [String]) {
    before = paths.map { ($0, FileIdentity(path: $0)) }
  }

  /// What is to be said behind a failure: `; but out.pb has been written`, or nothing.
  var remark: String {
    // A file is replaced by another one, never changed.
    let names = before.filter { FileIdentity(path: $0.path) != $0.identity }.map(\.path)
    guard !names.isEmpty else { return "" }
    let verb = names.count == 1 ? "has" : "have"
    return "; but \(names.joined(separator: " and ")) \(verb) been written"
  }
}
