internal import Glibc
internal import ModelGraph
internal import ResidualCore

/// Where a file is written: the folder and the name that a path leads to, behind all symbolic
/// links, whether the file exists or not.
struct TargetPlace {
  let folder: Folder
  let name: String
  /// What stands there; nil where nothing does.
  let status: stat?

  /// - Throws: `FileError` and `ResidualError`, which name the path.
  init(_ path: String) throws {
    guard !path.utf8.contains(0) else {
      throw FileError(path: path, operation: .create, code: EINVAL)
    }
    var rest = FileName(path)
    var start: Folder?
    for _ in 0..<40 {
      let (base, last) = rest.parts
      let folder = try Self.step(path, .create) { () throws(SystemError) in
        try Folder(base.orCurrent, from: start)
      }
      guard !last.bytes.isEmpty else { throw ResidualError.directory(path) }
      let status = try Self.step(path, .open) { () throws(SystemError) in
        try folder.status(of: last)
      }
      guard let status, status.st_mode & S_IFMT == S_IFLNK else {
        guard let name = last.text else { throw ResidualError.nameNotUTF8(path) }
        (self.folder, self.name, self.status) = (folder, name, status)
        return
      }
      rest = try Self.step(path, .open) { () throws(SystemError) in
        try folder.trust(status)
        return try folder.link(last)
      }
      start = folder
    }
    throw FileError(path: path, operation: .open, code: ELOOP)
  }

  /// Gives an error of the system the path.
  static func step<Result>(
    _ path: String, _ operation: FileError.Operation, _ body: () throws(SystemError) -> Result
  ) throws(FileError) -> Result {
    do throws(SystemError) {
      return try body()
    } catch {
      throw FileError(path: path, operation: operation, code: error.code)
    }
  }
}

extension Folder {
  /// Refuses a link that a stranger put where everybody may put one, such as `/tmp`, as Linux does
  /// where a file is opened.
  fileprivate func trust(_ link: stat) throws(SystemError) {
    let status = try status
    let isShared = status.st_mode & S_ISVTX != 0 && status.st_mode & 0o002 != 0
    guard !isShared || link.st_uid == geteuid() || link.st_uid == status.st_uid else {
      throw SystemError(code: EACCES)
    }
  }
}
