internal import Glibc
internal import ResidualCore
internal import ModelGraph
internal import Synchronization

/// Replaces files as a whole: who looks sees the old file or the new one, never half of one.
///
/// The new content is written into a temporary folder beside the target, under
/// its own name and with the shards that it may need; it is brought to the disk,
/// and each file is renamed to its place, the target last. What fails on the way
/// removes the folder and leaves the target as it was.
package struct AtomicFile {
  /// The target, as the caller named it.
  private let path: String
  /// The target behind all symbolic links.
  private let target: PathName
  /// The mode of the file that is replaced.
  private let mode: mode_t?
  /// The temporary folder, without a slash.
  private let staging: String

  /// Tells apart the temporary folders of one process that writes one target twice at a time.
  private static let count = Atomic<Int>(0)

  /// Replaces a file.
  ///
  /// A target that is a symbolic link stays one: what it points to is replaced.
  /// The new file has the mode of the old one, or that which new files have.
  ///
  /// - Parameters:
  ///   - path: The target.
  ///   - parts: Finds the names of files beside a target that belong to it alone: those of the old
  ///     one are removed when the new one is in place.
  ///   - write: Writes the content to the path it is given, and may check it
  ///     there: the target is replaced only if it returns.
  /// - Throws: `FileError` and what `write` throws, both naming the target.
  package static func replace<Result>(
    _ path: String, removing parts: (String) -> [String] = { _ in [] },
    writing write: (String) throws -> Result
  ) throws -> Result {
    let file = try AtomicFile(path)
    defer { removeFolder(file.staging) }
    let old = file.mode == nil ? [] : parts(file.target.folder + file.target.last)
    let temporary = "\(file.staging)/\(file.target.last)"
    let result: Result
    do {
      result = try write(temporary)
    } catch {
      throw file.renamed(error, temporary: temporary)
    }
    let new = try file.install()
    for name in old where !new.contains(name) { unsafe unlink(file.target.folder + name) }
    return result
  }

  /// Replaces a file by a text.
  ///
  /// - Throws: `FileError` or `ResidualError`, whose description names the target first.
  package static func replace(_ path: String, text: String) throws {
    try replace(path) { temporary in try write(Array(text.utf8), toNewFile: temporary) }
  }

  private static func write(_ bytes: [UInt8], toNewFile path: String) throws(FileError) {
    // Sound: the stream is closed here, and the bytes are lent for the call that writes them.
    guard let stream = unsafe fopen(path, "wxe") else {
      throw FileError(path: path, operation: .create, code: errno)
    }
    let isWritten = unsafe fwrite(bytes, 1, bytes.count, stream) == bytes.count
    let code = errno
    guard unsafe fclose(stream) == 0, isWritten else {
      throw FileError(path: path, operation: .write, code: isWritten ? errno : code)
    }
  }

  private init(_ path: String) throws {
    self.path = path
    let target = try Self.destination(of: path)
    self.target = PathName(target)
    var status = stat()
    // Sound: the pointer is used during the call only.
    let exists = unsafe stat(target, &status) == 0
    let kind = status.st_mode & S_IFMT
    guard !self.target.last.isEmpty, !exists || kind != S_IFDIR else {
      throw ResidualError.directory(path)
    }
    if exists, kind != S_IFREG { throw ResidualError.notRegularFile(path) }
    mode = exists ? status.st_mode & 0o7777 : nil
    let number = Self.count.add(1, ordering: .relaxed).oldValue
    let name = Self.stagingName(self.target.last, process: getpid())
    staging = self.target.folder + (number == 0 ? name : "\(name).\(number)")
    // A folder of this name can only be left over from a process that ended.
    Self.removeFolder(staging)
    guard unsafe mkdir(staging, 0o700) == 0 else {
      throw FileError(path: path, operation: .create, code: errno)
    }
  }

  /// Gives an error that names the temporary file the name of the target.
  private func renamed(_ error: any Error, temporary: String) -> any Error {
    switch error {
    case let error as FileError where error.path == temporary:
      FileError(path: path, operation: error.operation, code: error.code)
    case let error as ResidualError where !error.path.hasPrefix(staging + "/"):
      error
    default:
      ResidualError.inFile(path, error, alias: temporary)
    }
  }

  /// Brings the files to the disk and then to their places, the target last.
  ///
  /// - Returns: Their names.
  private func install() throws -> [String] {
    let names = Self.names(in: staging).sorted().filter { $0 != target.last } + [target.last]
    for name in names {
      let file = "\(staging)/\(name)"
      if let mode, unsafe chmod(file, mode) != 0 {
        throw FileError(path: path, operation: .write, code: errno)
      }
      try synchronize(file, flags: O_RDONLY)
    }
    for name in names {
      guard unsafe rename("\(staging)/\(name)", target.folder + name) == 0 else {
        throw FileError(path: path, operation: .rename, code: errno)
      }
    }
    // The files are in place: a folder that cannot be brought to the disk is no reason to fail.
    try? synchronize(target.folder.isEmpty ? "." : target.folder, flags: O_RDONLY | O_DIRECTORY)
    return names
  }

  private func synchronize(_ file: String, flags: Int32) throws {
    let descriptor = unsafe open(file, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: .write, code: errno) }
    let code = fsync(descriptor) == 0 ? 0 : errno
    let closed = close(descriptor) == 0 ? 0 : errno
    guard code == 0, closed == 0 else {
      throw FileError(path: path, operation: .write, code: code == 0 ? closed : code)
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
}

// MARK: - Temporary folders

extension AtomicFile {
  /// Removes the temporary folders that a process which ended left beside a target.
  package static func removeLeftovers(of path: String, process: Int32) {
    guard let target = try? destination(of: path) else { return }
    let name = PathName(target)
    let staging = stagingName(name.last, process: process)
    for found in names(in: name.folder.isEmpty ? "." : name.folder)
    where found == staging || found.hasPrefix(staging + ".") {
      removeFolder(name.folder + found)
    }
  }

  /// A name may have 255 bytes; a long one is cut to make room for what is added.
  private static func stagingName(_ name: String, process: Int32) -> String {
    var kept = name
    while kept.utf8.count > 220 { kept.removeLast() }
    return ".\(kept).partial-\(process)"
  }

  private static func removeFolder(_ path: String) {
    for name in names(in: path) { unsafe unlink("\(path)/\(name)") }
    unsafe rmdir(path)
  }

  /// The names of what is in a folder; none where it cannot be read.
  static func names(in folder: String) -> [String] {
    // Sound: the stream is used and closed here; each name is copied before the next is read.
    guard let stream = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
