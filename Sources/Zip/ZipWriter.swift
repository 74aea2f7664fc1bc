internal import CZip

/// A zip file that is written, its members as they are, as Python's `zipfile` writes them.
@safe public struct ZipWriter: ~Copyable {
  private let archive: OpaquePointer
  private var isOpen = true

  /// Makes a file, which must not be there yet.
  ///
  /// - Throws: `ZipError.unwritable` where it cannot be made.
  public init(path: String) throws(ZipError) {
    var code: Int32 = 0
    // Sound: the library copies the path and sets the code during the call.
    guard let opened = unsafe czip_create(path, &code) else {
      throw .unwritable(ZipArchive.message(code))
    }
    unsafe archive = opened
  }

  deinit { if isOpen { unsafe zip_discard(archive) } }

  /// Adds bytes.
  ///
  /// - Parameter timestamp: When they were last changed, as MS-DOS says it: the date in the upper half, the
  ///   time in the lower.
  /// - Throws: `ZipError.unwritable` where they cannot be added.
  public mutating func add(
    _ bytes: [UInt8], as name: String, timestamp: UInt32
  ) throws(ZipError) {
    // Sound: the library has a copy, which it frees itself.
    let source = unsafe bytes.withUnsafeBytes { bytes in
      unsafe czip_source_copy(archive, bytes.baseAddress, bytes.count)
    }
    try unsafe add(source, name, timestamp)
  }

  /// Adds a file, which is read when the archive is closed.
  ///
  /// - Throws: `ZipError.unwritable` where it cannot be added.
  public mutating func add(
    fileAt path: String, as name: String, timestamp: UInt32
  ) throws(ZipError) {
    // Sound: the library copies the path.
    try unsafe add(zip_source_file(archive, path, 0, -1), name, timestamp)
  }

  private func add(
    _ source: OpaquePointer?, _ name: String, _ timestamp: UInt32
  ) throws(ZipError) {
    guard unsafe czip_add(archive, name, source, timestamp) == 0 else { throw failure }
  }

  /// Writes everything.
  ///
  /// - Throws: `ZipError.unwritable` where it cannot be written.
  public consuming func close() throws(ZipError) {
    guard unsafe zip_close(archive) == 0 else { throw failure }
    isOpen = false
  }

  private var failure: ZipError {
    unsafe .unwritable(String(cString: zip_strerror(archive)))
  }
}
