internal import Glibc
internal import ModelGraph

/// The folder that the shards of a model are in: that of the model's file itself, wherever the
/// symbolic links are that lead to it.
///
/// A model is written so too: what a link leads to is replaced, and has its shards beside it.
struct ShardFolder {
  /// To put a name after; empty for the current folder.
  let path: String

  init(of model: String) throws {
    path = PathName(try Self.file(behind: model)).folder
  }

  /// The path of a file that is no link.
  private static func file(behind path: String) throws -> String {
    var status = stat()
    // What is no link is known by the path that was given. Sound, here and below: the paths and
    // pointers are lent for the calls, and what the system allocates is copied and given back.
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
    guard let resolved = unsafe realpath(path, nil) else {
      throw FileError(path: path, operation: .open, code: errno)
    }
    defer { unsafe free(resolved) }
    guard let file = unsafe String(validatingCString: resolved) else {
      throw ProtobufFormatError.folderNotUTF8
    }
    return file
  }
}
