internal import Glibc
internal import ModelGraph

/// Where a shard is: in the folder of its model, under a plain name.
struct ShardLocation {
  let name: String
  let path: String

  /// Checks a name that a file gives.
  init(_ name: String, in folder: ShardFolder) throws(ProtobufFormatError) {
    let forbidden = [UInt8(ascii: "/"), UInt8(ascii: "\\"), 0]
    guard !name.isEmpty, name != ".", name != "..", name.utf8.count <= Int(NAME_MAX),
      !name.utf8.contains(where: forbidden.contains)
    else { throw .shardName(name) }
    self.name = name
    path = folder.path + name
  }

  /// Maps the file; a symbolic link is refused by the system itself, so that none
  /// can take the file's place between a check and the opening.
  func map() throws -> MappedFile {
    // Sound: open only reads the path, which is lent for the call.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      guard code != ELOOP else { throw ProtobufFormatError.shardLink(name) }
      throw FileError(path: path, operation: .open, code: code)
    }
    return try MappedFile(descriptor: descriptor, path: path)
  }
}
