/// The parts of a path that telling a format and writing a file need.
package struct PathName {
  /// The folder, to put a name after: `models/`, `/`, or nothing for the current one.
  package let folder: String
  /// The last component; empty for a path that ends in a slash.
  package let last: String

  package init(_ path: String) {
    let bytes = path.utf8
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
      folder = ""
      last = path
      return
    }
    let start = bytes.index(after: slash)
    folder = String(path[..<start])
    last = String(path[start...])
  }
}
