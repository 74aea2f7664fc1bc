internal import Glibc
internal import ResidualCore
internal import ModelGraph

/// Replaces files as a whole: who looks sees the old file or the new one, never half of one.
///
/// The new content is written into a temporary folder beside the target, under
/// its own name and with the shards that it may need; it is brought to the disk,
/// and each file gets its place, the target last. What fails on the way
/// removes the folder and leaves the target as it was.
package struct AtomicFile {
  /// The target, as the caller named it.
  private let path: String
  private let target: TargetPlace
  private let staging: StagingFolder

  /// Replaces a file.
  ///
  /// A target that is a symbolic link stays one: what it points to is replaced.
  /// The new file has the mode of the old one, or that which new files have.
  ///
  /// - Parameters:
  ///   - path: The target.
  ///   - parts: Finds the names of files beside a target that belong to it alone: those of the old
  ///     one are removed when the new one is in place. A name of both is that of one content.
  ///   - write: Writes the content to the path it is given, and may check it
  ///     there: the target is replaced only if it returns.
  /// - Throws: `FileError` and what `write` throws, both naming the target.
  package static func replace<Result>(
    _ path: String, removing parts: (String) -> [String] = { _ in [] },
    writing write: (String) throws -> Result
  ) throws -> Result {
    let file = try AtomicFile(path)
    defer { file.staging.remove() }
    let temporary = "\(file.staging.folder.path)/\(file.target.name)"
    let result: Result
    do {
      result = try write(temporary)
    } catch {
      throw file.renamed(error, temporary: temporary)
    }
    try file.install(removing: parts)
    return result
  }

  /// Replaces a file by a text.
  ///
  /// - Throws: `FileError` or `ResidualError`, whose description names the target first.
  package static func replace(_ path: String, text: String) throws {
    try replace(path) { temporary in try write(Array(text.utf8), toNewFile: temporary) }
  }

  /// Removes what processes that have ended left beside a target.
  package static func removeLeftovers(beside path: String) {
    guard let target = try? TargetPlace(path) else { return }
    StagingFolder.removeLeftovers(in: target.folder)
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
    let target = try TargetPlace(path)
    let kind = target.status.map { $0.st_mode & S_IFMT }
    guard kind != S_IFDIR else { throw ResidualError.directory(path) }
    if let kind, kind != S_IFREG { throw ResidualError.notRegularFile(path) }
    self.target = target
    StagingFolder.removeLeftovers(in: target.folder)
    staging = try TargetPlace.step(path, .create) { () throws(SystemError) in
      try StagingFolder.make(for: target.name, in: target.folder)
    }
  }

  /// Gives an error that names a temporary file the name of the target.
  private func renamed(_ error: any Error, temporary: String) -> any Error {
    let folder = PathName(temporary).folder
    return switch error {
    case let error as FileError where PathName(error.path).folder == folder:
      FileError(path: path, operation: error.operation, code: error.code)
    case let error as ResidualError where PathName(error.path).folder != folder:
      error
    default:
      ResidualError.inFile(path, error, alias: temporary)
    }
  }
}

// MARK: - Installing

extension AtomicFile {
  /// Brings the files to the disk and then to their places, the target last.
  ///
  /// What fails before the target has its place is an error; nothing is behind it. The old shards
  /// go with the temporary folder.
  private func install(removing parts: (String) -> [String]) throws(FileError) {
    let last = FileName(target.name)
    let shards = try TargetPlace.step(path, .write) { () throws(SystemError) in
      let shards = try staging.fileNames().filter { $0 != last }
      for name in shards + [last] { try finish(name) }
      return shards
    }
    let old = target.status == nil ? [] : parts("\(target.folder.path)/\(target.name)")
    let obsolete = old.map(FileName.init).filter { !shards.contains($0) }
    try TargetPlace.step(path, .rename) { () throws(SystemError) in
      guard let status = try staging.folder.status(of: last) else {
        throw SystemError(code: ENOENT)
      }
      try staging.write(StagingNote(target: last, replacedBy: status, obsolete: obsolete))
      for name in shards { try place(name) }
      // Whoever finds the target after a loss of power finds its shards too.
      if !shards.isEmpty { try target.folder.synchronize() }
      try target.folder.take(last, from: staging.folder)
    }
    // The new file is in place; the old one may come back with the power, and its shards are kept.
    guard (try? target.folder.synchronize()) == nil,
      let status = try? target.folder.status(of: last)
    else { return }
    try? staging.write(StagingNote(target: last, replacedBy: status, obsolete: []))
  }

  private func finish(_ name: FileName) throws(SystemError) {
    let file = try staging.folder.open(name, O_RDONLY)
    if let status = target.status { try file.changeMode(to: status.st_mode & 0o7777) }
    try file.synchronize()
  }

  /// Gives a shard its place.
  ///
  /// It keeps the one in the temporary folder too, so that it can be taken
  /// back as long as the target is the old one.
  private func place(_ name: FileName) throws(SystemError) {
    do {
      try target.folder.share(name, with: staging.folder)
    } catch  where error.code == EEXIST {
      // Its name says what is in it: the old model, or another, needs the same bytes.
      try target.folder.take(name, from: staging.folder)
    } catch  where [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(error.code) {
      // The file system has no second places.
      try target.folder.take(name, from: staging.folder)
    }
  }
}
