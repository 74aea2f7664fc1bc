internal import ModelGraph
public import HDF5
public import Zip

/// How much a file of recorded tensors may ask of its reader.
///
/// A file that asks for more is refused before anything is allocated.
public struct GoldenLimits: Hashable, Sendable {
  /// What an HDF5 file may ask for.
  public var hdf5 = Limits()
  /// What an .npz file may ask for.
  public var zip = ZipLimits()
  /// Bytes of an .npy header: 64 KiB.
  public var headerByteCount = 1 << 16
  /// Axes of an .npy array: 32, as many as an HDF5 dataset can have.
  public var rank = Shape.maximumRank

  /// Creates the limits with their default values.
  public init() {}
}
