internal import OrderedCollections
public import ModelGraph

/// Writes recorded tensors to an HDF5 file, in the layout that the reader and
/// the recorder share; equal goldens make equal bytes.
public struct GoldenWriter: Sendable {
  /// Makes a writer.
  public init() {}

  /// Writes a golden, over a file that may be there.
  ///
  /// - Throws: `GoldenFormatError` for a name that HDF5 cannot hold; `HDF5Error`;
  ///   what reading the tensors throws.
  public func write(_ golden: Golden, to path: String) throws {
    try naming(file: path) {
      var stream = try GoldenStream(describing: golden, path: path)
      for one in golden.cases {
        try stream.begin(
          one.name, description: one.description, inputs: one.inputs, calls: Array(one.calls.keys))
        for (name, tensor) in one.calls { try stream.add(tensor, call: name) }
        try stream.end(outputs: one.outputs, masks: one.masks)
      }
      try stream.close()
    }
  }
}
