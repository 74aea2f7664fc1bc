internal import ModelGraph

/// The kinds of files in which Keras keeps models.
public enum KerasFileKind: Hashable, Sendable {
  /// HDF5, which Keras 2 and Keras 3 read.
  case hdf5
  /// The archive of Keras 3: `.keras`.
  case archive
  /// Weights alone, in the format of Keras 3: `.weights.h5`.
  case weights

  /// The format's name in source records.
  var format: String {
    switch self {
    case .hdf5: SourceTree.format
    case .archive: KerasArchive.format
    case .weights: "keras-weights"
    }
  }
}
