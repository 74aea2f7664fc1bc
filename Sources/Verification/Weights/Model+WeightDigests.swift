internal import Checksums
internal import Glibc
internal import OrderedCollections
public import ModelGraph

extension Model {
  /// The digests of the model's weights, ascending and each once.
  ///
  /// They depend on neither names nor order. Weights of which every element has the same bytes, as
  /// initializers make many, are left out.
  ///
  /// - Throws: What reading the weights throws.
  public func weightDigests() throws -> [UInt64] {
    try Set(distinctWeights().map(\.digest)).sorted()
  }

  /// The weights whose elements are not all alike, in the order of the layers.
  func distinctWeights() throws -> [(name: String, digest: UInt64)] {
    try mappedInParallel(Array(weightNames)) { name in
      try tensors[name]?.digest().map { (name, $0) }
    }.compactMap(\.self)
  }

  /// The names of the tensors that layers have as weights, in the order of the layers, each once.
  var weightNames: OrderedSet<String> {
    OrderedSet(graph.allLayers.flatMap(\.layer.parameters.values))
  }
}

extension Tensor {
  /// XXH3-64 of the type, the shape and the elements; `nil` where all elements have the same bytes.
  ///
  /// The format is that of the schema's README: other programs compute the same.
  func digest() throws -> UInt64? {
    let heading = ([dtype.rawValue] + dimensions.map(String.init)).joined(separator: " ") + "\n"
    return try bytes.withBytes { bytes in
      guard !bytes.repeats(every: dtype.byteCount) else { return nil }
      let checksum = Checksum()
      // Sound: any bytes are valid bytes; the span is lent for the call.
      checksum.add(unsafe Array(heading.utf8).span.bytes)
      checksum.add(bytes)
      return checksum.value
    }
  }
}

extension RawSpan {
  /// Whether the bytes are the first few over and over.
  fileprivate func repeats(every width: Int) -> Bool {
    guard byteCount > width else { return true }
    // Sound: both ranges are inside the bytes that are lent, and are only read.
    return unsafe withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return true }
      return unsafe memcmp(start, start + width, bytes.count - width) == 0
    }
  }
}

/// The digest of all weights: XXH3-64 of theirs, ascending, as 8 bytes each, little-endian.
func combinedDigest(_ digests: [UInt64]) -> UInt64 {
  let bytes = digests.flatMap { digest in
    (0..<8).map { UInt8(truncatingIfNeeded: digest >> UInt64($0 * 8)) }
  }
  // Sound: any bytes are valid bytes; the span is lent for the call.
  return unsafe Checksum.of(bytes.span.bytes)
}
