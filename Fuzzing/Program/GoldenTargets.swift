internal import ModelGraph
internal import Zip

@testable internal import GoldenFormat

/// Goldens that NumPy writes.
///
/// Those in HDF5 are read by libhdf5, which damaged files crash: they are left to what feeds files
/// to the programs, where a process above takes the crash.
enum GoldenTargets {
  /// What a file of some kB may ask for here.
  private static let limits = {
    var limits = GoldenLimits()
    limits.zip.memberByteCount = 1 << 20
    limits.zip.totalByteCount = 1 << 22
    return limits
  }()

  /// One array.
  @Sendable static func readArray(_ input: [UInt8]) throws {
    var rest = input[...]
    let tensor = try NPYReader(limits: limits).tensor(byteCount: input.count) { bytes, range in
      bytes.replaceSubrange(range, with: rest.prefix(range.count))
      rest = rest.dropFirst(range.count)
    }
    hold(
      tensor.bytes.byteCount <= input.count, "an array of \(input.count) bytes has more elements")
  }

  /// A whole archive.
  @Sendable static func readArchive(_ input: [UInt8]) throws {
    let file = MemoryFile(input)
    let reader = NPZGoldenReader(path: file.path, limits: limits) { _ in }
    _ = try reader.read()
  }
}
