internal import CLinux
internal import Glibc

/// The number by which the system says why it did not do something.
struct SystemError: Error {
  let code: Int32

  /// The last one.
  init() { code = errno }

  init(code: Int32) { self.code = code }
}

/// An open directory, in which files are reached by their names alone.
///
/// Whoever renames it or puts a link in its place does not lead what is done to another one; no link
/// under one of the names is followed either.
///
/// Sound, in the whole file: names end in a zero and are lent, as are structures, for one call.
final class Folder: Sendable {
  private let descriptor: Int32

  private init(descriptor: Int32) throws(SystemError) {
    guard descriptor >= 0 else { throw SystemError() }
    self.descriptor = descriptor
  }

  /// Opens the directory that a path leads to, through links.
  ///
  /// - Parameter start: Where a relative path begins; the current folder, if there is none.
  convenience init(_ path: FileName, from start: Folder? = nil) throws(SystemError) {
    // A path is enough: the directory may be one that nobody may list.
    let flags = clinux_path_only | O_DIRECTORY | O_CLOEXEC
    try self.init(
      descriptor: unsafe openat(start?.descriptor ?? AT_FDCWD, path.characters, flags))
  }

  deinit { close(descriptor) }

  /// A path that leads here as long as this is open, whatever else is called so.
  var path: String { "/proc/self/fd/\(descriptor)" }

  /// What the directory is.
  var status: stat {
    get throws(SystemError) {
      var status = stat()
      guard unsafe fstat(descriptor, &status) == 0 else { throw SystemError() }
      return status
    }
  }

  /// What stands under a name; nil where nothing does.
  func status(of name: FileName) throws(SystemError) -> stat? {
    var status = stat()
    guard unsafe fstatat(descriptor, name.characters, &status, AT_SYMLINK_NOFOLLOW) != 0 else {
      return status
    }
    guard errno == ENOENT else { throw SystemError() }
    return nil
  }

  /// What a symbolic link says.
  func link(_ name: FileName) throws(SystemError) -> FileName {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlinkat(descriptor, name.characters, &buffer, buffer.count)
    guard count >= 0 else { throw SystemError() }
    return FileName(bytes: buffer.prefix(count).map(UInt8.init(bitPattern:)))
  }

  /// The names of what is in the folder.
  func names() throws(SystemError) -> [FileName] {
    let copy = unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { throw SystemError() }
    guard let stream = unsafe fdopendir(copy) else {
      let error = SystemError()
      close(copy)
      throw error
    }
    defer { unsafe closedir(stream) }
    var names: [FileName] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        guard errno == 0 else { throw SystemError() }
        return names
      }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe FileName(bytes: bytes.prefix { $0 != 0 })
      }
      if name != FileName("."), name != FileName("..") { names.append(name) }
    }
  }
}

// MARK: - Changing

extension Folder {
  /// Makes a directory for this user alone; nothing may be called so.
  func makeFolder(_ name: FileName) throws(SystemError) {
    try Self.check(unsafe mkdirat(descriptor, name.characters, 0o700))
  }

  /// Opens a directory that stands here itself, not a link to one.
  func openFolder(_ name: FileName) throws(SystemError) -> Folder {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    return try Folder(descriptor: unsafe openat(descriptor, name.characters, flags))
  }

  /// Opens a file that stands here itself, not a link to one.
  func open(_ name: FileName, _ flags: Int32) throws(SystemError) -> OpenFile {
    try OpenFile(
      unsafe openat(descriptor, name.characters, flags | O_NOFOLLOW | O_CLOEXEC, 0o600))
  }

  /// Gives a file in another folder a place here under the same name; a file of that name goes.
  func take(_ name: FileName, from other: Folder) throws(SystemError) {
    try Self.check(
      unsafe renameat(other.descriptor, name.characters, descriptor, name.characters))
  }

  /// Gives a file in another folder a second place here; nothing may be called so.
  func share(_ name: FileName, with other: Folder) throws(SystemError) {
    try Self.check(
      unsafe linkat(other.descriptor, name.characters, descriptor, name.characters, 0))
  }

  func remove(_ name: FileName) throws(SystemError) {
    try Self.check(unsafe unlinkat(descriptor, name.characters, 0))
  }

  /// Removes a directory that is empty.
  func removeFolder(_ name: FileName) throws(SystemError) {
    try Self.check(unsafe unlinkat(descriptor, name.characters, AT_REMOVEDIR))
  }

  /// Brings the names in the folder to the disk, where the file system can do so.
  func synchronize() throws(SystemError) {
    // Who may not list a folder may not bring it to the disk either.
    guard let names = try? OpenFile(unsafe openat(descriptor, ".", O_RDONLY | O_CLOEXEC)) else {
      return
    }
    do {
      try names.synchronize()
    } catch  where [EINVAL, ENOSYS, EOPNOTSUPP, EROFS].contains(error.code) {}
  }

  private static func check(_ result: Int32) throws(SystemError) {
    guard result == 0 else { throw SystemError() }
  }
}

/// An open file.
final class OpenFile: Sendable {
  private let descriptor: Int32

  fileprivate init(_ descriptor: Int32) throws(SystemError) {
    guard descriptor >= 0 else { throw SystemError() }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  func changeMode(to mode: mode_t) throws(SystemError) {
    guard fchmod(descriptor, mode) == 0 else { throw SystemError() }
  }

  /// Brings the content to the disk.
  func synchronize() throws(SystemError) {
    while fsync(descriptor) != 0 {
      guard errno == EINTR else { throw SystemError() }
    }
  }

  /// Starts to send the content to the disk.
  func startWriteBack() {
    _ = clinux_start_write_back(descriptor)
  }

  /// Replaces the content, which is short.
  func write(_ bytes: [UInt8]) throws(SystemError) {
    guard ftruncate(descriptor, 0) == 0 else { throw SystemError() }
    guard !bytes.isEmpty else { return }
    guard unsafe pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
      throw SystemError()
    }
  }

  /// The content, up to a number of bytes.
  func read(upTo limit: Int) throws(SystemError) -> [UInt8] {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw SystemError() }
    let count = min(limit, Int(status.st_size))
    var bytes = [UInt8](repeating: 0, count: count)
    let found = unsafe pread(descriptor, &bytes, count, 0)
    guard found >= 0 else { throw SystemError() }
    return Array(bytes.prefix(found))
  }

  /// What came of locking a file.
  enum Lock {
    case locked
    case lockedByAnother
    /// The file system has no locks.
    case unsupported
  }

  /// Keeps others from locking the file as long as it is open here; the lock ends with the process,
  /// however that ends.
  func lock() -> Lock {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EINTR else { return errno == EWOULDBLOCK ? .lockedByAnother : .unsupported }
    }
    return .locked
  }
}
