/// The parts of a path that telling a format and writing a file need.
package struct PathName {
  /// The folder, to put a name after: `models/`, `/`, or nothing for the current one.
  package let folder: String
  /// The last component; empty for a path that ends in a slash.
  package let last: String

  package init(_ path: String) {
    let start = path.utf8.startOfLastComponent
    folder = String(path[..<start])
    last = String(path[start...])
  }

  /// The folder without the slash at its end; empty for the root and for the current folder.
  package var parent: String { String(Substring(folder.utf8.dropLast())) }
}

extension BidirectionalCollection<UInt8> {
  /// Where the last component of a path begins, behind the last slash.
  ///
  /// Bytes, as the system and libhdf5 see them: a slash and what combines with it are one character.
  package var startOfLastComponent: Index {
    lastIndex(of: UInt8(ascii: "/")).map(index(after:)) ?? startIndex
  }
}
