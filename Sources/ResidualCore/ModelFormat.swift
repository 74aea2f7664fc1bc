internal import Glibc
internal import ProtobufFormat
internal import ModelGraph

/// A file format that models are read from and written to.
public enum ModelFormat: String, CaseIterable, Codable, Hashable, Sendable {
  /// Keras's HDF5 files.
  case kerasHDF5 = "keras-hdf5"
  /// Keras's archives: `.keras`.
  case kerasArchive = "keras-archive"
  /// Weights alone, in Keras's own format: `.weights.h5`. They are written; to be read, they need what
  /// says of what model they are.
  case kerasWeights = "keras-weights"
  /// The package's own schema.
  case protobuf = "residual-protobuf"

  /// The format's name, for people.
  public var name: String {
    switch self {
    case .kerasHDF5: "Keras HDF5"
    case .kerasArchive: "Keras archive"
    case .kerasWeights: "Keras weights"
    case .protobuf: "residual protobuf"
    }
  }

  /// The extensions that name the format; the first is the one to write.
  public var extensions: [String] {
    switch self {
    case .kerasHDF5: ["h5", "hdf5"]
    case .kerasArchive: ["keras"]
    case .kerasWeights: ["weights.h5"]
    case .protobuf: ["pb"]
    }
  }
}

// MARK: - Reading

extension ModelFormat {
  /// Tells the format of a file by its content; the name does not matter.
  ///
  /// - Throws: `ResidualError` where the file cannot be opened, or is a directory, empty, or
  ///   of no format.
  public static func detect(path: String) throws(ResidualError) -> ModelFormat {
    let signatures = try InputFile(path: path).signatures
    return try detect(signatures, name: path) { try ProtobufReader.isModel(path: path) }
  }

  /// Tells the format of a file whose bytes are in memory.
  ///
  /// - Throws: `ResidualError` where they are none, or of no format.
  package static func detect(bytes: [UInt8], name: String) throws(ResidualError) -> ModelFormat {
    guard !bytes.isEmpty else { throw .emptyFile(name) }
    let signatures = Signatures(byteCount: bytes.count) { offset, count in
      Array(bytes.dropFirst(offset).prefix(count))
    }
    return try detect(signatures, name: name) {
      try OwnedBytes(bytes).withBytes { ProtobufReader.isModel($0) }
    }
  }

  private static func detect(
    _ signatures: Signatures, name: String, isProtobuf: () throws -> Bool
  ) throws(ResidualError) -> ModelFormat {
    if signatures.hasHDF5 { return .kerasHDF5 }
    if signatures.isZipArchive { return .kerasArchive }
    let isOurs = try ResidualError.naming(name) { try isProtobuf() }
    guard isOurs else { throw .unknownContent(name) }
    return .protobuf
  }
}

/// The signatures by which formats are told, wherever the bytes are.
struct Signatures {
  let byteCount: Int
  /// Gives the bytes at an offset: as many as are asked for, as far as there are any.
  let bytes: (_ offset: Int, _ count: Int) -> [UInt8]

  /// A superblock stands at the start or, behind a block of the user's, at 512, 1024, 2048 and so on.
  var hasHDF5: Bool {
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    var offset = 0
    while offset < byteCount {
      if bytes(offset, signature.count) == signature { return true }
      offset = offset == 0 ? 512 : offset * 2
    }
    return false
  }

  var isZipArchive: Bool { bytes(0, 4) == [0x50, 0x4B, 0x03, 0x04] }
}

/// What is looked at before a reader is chosen; libhdf5 is not asked.
package struct InputFile {
  private let path: String
  package let byteCount: Int

  package init(path: String) throws(ResidualError) {
    self.path = path
    var status = stat()
    // Sound: the pointer is used during the call only.
    guard unsafe stat(path, &status) == 0 else {
      throw .inFile(path, FileError(path: path, operation: .open, code: errno))
    }
    byteCount = Int(status.st_size)
    switch status.st_mode & S_IFMT {
    case S_IFREG where byteCount == 0: throw .emptyFile(path)
    case S_IFREG: break
    case S_IFDIR: throw .directory(path)
    default: throw .notRegularFile(path)
    }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw .inFile(path, FileError(path: path, operation: .open, code: errno))
    }
    close(descriptor)
  }

  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    // Sound: the pointer is used during the call only.
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  var signatures: Signatures { Signatures(byteCount: byteCount) { bytes(at: $0, count: $1) } }

  private func bytes(at offset: Int, count: Int) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count)
    // Sound: at most `count` bytes are written to an array of that many.
    let read = unsafe pread(descriptor, &bytes, count, off_t(offset))
    return Array(bytes.prefix(max(0, read)))
  }
}

// MARK: - Writing

extension ModelFormat {
  /// The format to write to a path: that of its extension, or, where the extension says nothing,
  /// that of the file which stands there.
  ///
  /// - Throws: `ResidualError` where neither tells, with the format that was perhaps meant.
  public init(forWriting path: String) throws(ResidualError) {
    let name = PathName(path).last
    if name.isEmpty || InputFile.isDirectory(path) { throw .directory(path) }
    let pieces = name.split(separator: ".", omittingEmptySubsequences: false)
    let found = pieces.count > 1 ? pieces[pieces.count - 1].lowercased() : ""
    if pieces.count > 2, pieces.suffix(2).joined(separator: ".").lowercased() == "weights.h5" {
      self = .kerasWeights
      return
    }
    if let format = Self.allCases.first(where: { $0.extensions.contains(found) }) {
      self = format
      return
    }
    if let format = try? Self.detect(path: path) {
      self = format
      return
    }
    if found.isEmpty { throw .noExtension(path) }
    throw .unknownExtension(path, found: found, nearest: Self.nearest(to: found))
  }

  /// The format of which one extension is a single slip away.
  private static func nearest(to found: String) -> ModelFormat? {
    let candidates = allCases.flatMap { format in
      format.extensions.map { (format, distance: editDistance($0, found)) }
    }
    guard let best = candidates.min(by: { $0.distance < $1.distance }), best.distance <= 1 else {
      return nil
    }
    return best.0
  }
}
