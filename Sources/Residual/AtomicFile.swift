internal import Glibc
internal import ResidualGraph
internal import Synchronization

/// Replaces files as a whole: who looks sees the old file or the new one, never half of one.
///
/// The new content is written to a temporary file beside the target, brought to
/// the disk, and renamed. What fails on the way removes the temporary file and
/// leaves the target as it was.
package enum AtomicFile {
  /// Tells apart the temporary files of one process that writes one target twice at a time.
  private static let count = Atomic<Int>(0)

  /// Replaces a file.
  ///
  /// A target that is a symbolic link stays one: what it points to is replaced.
  /// The new file has the mode of the old one, or that which new files have.
  ///
  /// - Parameters:
  ///   - path: The target.
  ///   - write: Writes the content to the path it is given, where an empty file
  ///     stands, and may check it there: the target is replaced only if it returns.
  /// - Throws: `FileError` and what `write` throws, both naming the target.
  package static func replace<Result>(
    _ path: String, writing write: (String) throws -> Result
  ) throws -> Result {
    let target = try destination(of: path)
    var status = stat()
    // Sound: the pointer is used during the call only.
    let exists = unsafe stat(target, &status) == 0
    if exists, status.st_mode & S_IFMT == S_IFDIR { throw ResidualError.directory(path) }
    if exists, status.st_mode & S_IFMT != S_IFREG { throw ResidualError.notRegularFile(path) }
    let temporary = temporaryPath(for: target)
    try create(temporary, for: path)
    do {
      let result = try ResidualError.naming(path, alias: temporary) { try write(temporary) }
      if exists, unsafe chmod(temporary, status.st_mode & 0o7777) != 0 {
        throw FileError(path: path, operation: .write, code: errno)
      }
      try synchronize(temporary, flags: O_RDWR, for: path)
      guard unsafe rename(temporary, target) == 0 else {
        throw FileError(path: path, operation: .rename, code: errno)
      }
      let folder = PathName(target).folder
      // The file is in place: a folder that cannot be brought to the disk is no reason to fail.
      try? synchronize(folder.isEmpty ? "." : folder, flags: O_RDONLY | O_DIRECTORY, for: path)
      return result
    } catch {
      unsafe unlink(temporary)
      throw error
    }
  }

  /// Removes the temporary files that a process which ended left beside a target.
  package static func removeLeftovers(of path: String, process: Int32) {
    guard let target = try? destination(of: path) else { return }
    let name = PathName(target)
    let prefix = partialName(name.last, process: process)
    // Sound: the stream is used and closed here; each name is copied before the next is read.
    guard let stream = unsafe opendir(name.folder.isEmpty ? "." : name.folder) else { return }
    defer { unsafe closedir(stream) }
    while let entry = unsafe readdir(stream) {
      let found = unsafe withUnsafePointer(to: entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if found == prefix || found.hasPrefix(prefix + ".") { unsafe unlink(name.folder + found) }
    }
  }

  /// What a path that may be a symbolic link leads to, whether it exists or not.
  private static func destination(of path: String) throws -> String {
    var path = path
    for _ in 0..<40 {
      var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
      // Sound: at most the buffer's size is written to it.
      let length = unsafe buffer.withUnsafeMutableBytes { bytes in
        guard let start = bytes.baseAddress else { return -1 }
        return unsafe readlink(path, start.assumingMemoryBound(to: CChar.self), bytes.count)
      }
      guard length > 0 else { return path }
      let link = String(decoding: buffer.prefix(length), as: UTF8.self)
      path = link.hasPrefix("/") ? link : PathName(path).folder + link
    }
    throw FileError(path: path, operation: .open, code: ELOOP)
  }

  private static func temporaryPath(for target: String) -> String {
    let name = PathName(target)
    let number = count.add(1, ordering: .relaxed).oldValue
    let partial = partialName(name.last, process: getpid())
    return name.folder + (number == 0 ? partial : "\(partial).\(number)")
  }

  /// A name may have 255 bytes; a long one is cut to make room for what is added.
  private static func partialName(_ name: String, process: Int32) -> String {
    var kept = name
    while kept.utf8.count > 220 { kept.removeLast() }
    return ".\(kept).partial-\(process)"
  }

  private static func create(_ temporary: String, for path: String) throws {
    // A file of this name can only be left over from a process that ended.
    unsafe unlink(temporary)
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path: path, operation: .create, code: errno) }
    close(descriptor)
  }

  private static func synchronize(_ file: String, flags: Int32, for path: String) throws {
    let descriptor = unsafe open(file, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: .write, code: errno) }
    let code = fsync(descriptor) == 0 ? 0 : errno
    let closed = close(descriptor) == 0 ? 0 : errno
    guard code == 0, closed == 0 else {
      throw FileError(path: path, operation: .write, code: code == 0 ? closed : code)
    }
  }
}
