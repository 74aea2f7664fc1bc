internal import Glibc

/// Which file it is, whatever it is called: two names with one identity are one file.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt
  private let inode: UInt

  init(_ status: stat) {
    device = UInt(status.st_dev)
    inode = UInt(status.st_ino)
  }

  /// The file that a path leads to, through links; nil where there is none.
  package init?(path: String) {
    var status = stat()
    // Sound: the pointer is used during the call only.
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}
