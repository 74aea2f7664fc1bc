internal import ModelGraph
public import HDF5

/// How much a file of recorded tensors may ask of its reader.
///
/// A file that asks for more is refused before anything is allocated.
public struct GoldenLimits: Hashable, Sendable {
  /// What an HDF5 file may ask for.
  public var hdf5 = Limits()
  /// Members of an .npz file: 65,536.
  public var memberCount = 1 << 16
  /// Bytes of one member of an .npz file: 4 GiB.
  public var memberByteCount = 4 << 30
  /// Bytes of all members of an .npz file: 16 GiB.
  public var totalByteCount = 16 << 30
  /// Bytes of an .npy header: 64 KiB.
  public var headerByteCount = 1 << 16
  /// Axes of an .npy array: 32, as many as an HDF5 dataset can have.
  public var rank = Shape.maximumRank

  /// Creates the limits with their default values.
  public init() {}
}
