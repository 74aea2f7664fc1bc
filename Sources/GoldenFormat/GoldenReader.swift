public import ModelGraph

/// Reads recorded tensors from HDF5 and .npz files; the content tells which.
public struct GoldenReader: Sendable {
  /// What a file may ask for.
  public var limits: GoldenLimits

  /// Makes a reader.
  public init(limits: GoldenLimits = GoldenLimits()) {
    self.limits = limits
  }

  /// Reads a golden.
  ///
  /// The tensors of an HDF5 file stay there, mapped, where they are one run of
  /// little-endian bytes; all others are read into memory.
  ///
  /// - Parameter allocating: Is told how many bytes a tensor takes in memory, and unpacking it besides,
  ///   before they are asked for; what a file says of its tensors is held against its size before that.
  /// - Throws: `GoldenFormatError`, `HDF5Error` or `FileError`, naming the file.
  public func read(
    path: String, allocating: @escaping (Int) -> Void = { _ in }
  ) throws -> Golden {
    let file = try MappedFile(path: path)
    return try naming(file: path) {
      switch try file.withBytes(Container.init) {
      case .hdf5:
        var reader = try HDF5GoldenReader(
          path: path, mapped: file, limits: limits.hdf5, allocating: allocating)
        return try reader.read()
      case .zip:
        return try NPZGoldenReader(path: path, limits: limits, allocating: allocating)
          .read()
      case nil: throw GoldenFormatError.unknownFormat
      }
    }
  }
}

/// The kinds of files that can hold a golden.
private enum Container {
  case hdf5, zip

  /// Tells the kind by the signature: HDF5's is at 0 or a power of two from 512 on.
  init?(_ bytes: RawSpan) {
    func matches(_ signature: [UInt8], at offset: Int) -> Bool {
      offset + signature.count <= bytes.byteCount
        && signature.indices.allSatisfy {
          bytes.unsafeLoad(offset + $0) == signature[$0]
        }
    }
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    if matches([0x50, 0x4B, 3, 4], at: 0) || matches([0x50, 0x4B, 5, 6], at: 0) {
      self = .zip
      return
    }
    var offset = 0
    while offset < bytes.byteCount {
      if matches(signature, at: offset) {
        self = .hdf5
        return
      }
      offset = offset == 0 ? 512 : offset * 2
    }
    return nil
  }
}

extension RawSpan {
  /// One byte, which must be inside.
  fileprivate func unsafeLoad(_ offset: Int) -> UInt8 {
    // Sound: the load is checked against the span's bounds, and any byte is a number.
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
}
