internal import CXXHash
internal import ResidualGraph
internal import Synchronization

/// XXH3-64, seed 0, of bytes that come in pieces.
@safe struct Checksum: ~Copyable {
  // Sound: the state is made and freed by the library and is this value's alone.
  private let state: OpaquePointer?

  /// Starts with no bytes.
  init() {
    unsafe state = XXH3_createState()
    if let state = unsafe state { unsafe XXH3_64bits_reset(state) }
  }

  deinit {
    if let state = unsafe state { unsafe XXH3_freeState(state) }
  }

  /// Adds bytes.
  func add(_ bytes: RawSpan) {
    guard let state = unsafe state else { return }
    unsafe bytes.withUnsafeBytes {
      _ = unsafe cxxhash_update(state, $0.baseAddress, $0.count)
    }
  }

  /// The checksum of all bytes so far.
  var value: UInt64 {
    guard let state = unsafe state else { return 0 }
    return unsafe XXH3_64bits_digest(state)
  }

  /// A checksum as `header_checksum` states it, where 0 means that none is stated.
  static func stated(_ value: UInt64) -> UInt64 { max(1, value) }

  /// The checksum of bytes that are all there.
  static func of(_ bytes: RawSpan) -> UInt64 {
    // Sound: the library reads the bytes that are lent for the call.
    unsafe bytes.withUnsafeBytes { unsafe cxxhash_of($0.baseAddress, $0.count) }
  }

  /// The checksum of a file without payloads, which are not looked at.
  ///
  /// - Parameter payloads: Where the payloads are, in order.
  /// - Parameter own: Where the file itself states the checksum, outside the payloads:
  ///   these bytes are taken as zeros.
  static func of(
    _ bytes: RawSpan, without payloads: some Sequence<Range<Int>>, own: Range<Int>? = nil
  ) -> UInt64 {
    var gaps = Array(payloads)
    if let own {
      let place = gaps.firstIndex { $0.lowerBound > own.lowerBound } ?? gaps.endIndex
      gaps.insert(own, at: place)
    }
    let checksum = Checksum()
    var offset = 0
    for gap in gaps {
      checksum.add(bytes.extracting(offset..<gap.lowerBound))
      if gap == own { checksum.add(unsafe [UInt8](repeating: 0, count: gap.count).span.bytes) }
      offset = gap.upperBound
    }
    checksum.add(bytes.extracting(offset..<bytes.byteCount))
    return checksum.value
  }
}

/// The bytes of a tensor in a file, compared with their checksum when they are
/// first used.
final class ChecksummedBytes: TensorBytes {
  private let name: String
  private let path: String
  private let expected: UInt64
  private let bytes: MappedBytes
  private let isChecked = Mutex(false)

  init(_ bytes: MappedBytes, checksum: UInt64, name: String, path: String) {
    self.bytes = bytes
    self.expected = checksum
    self.name = name
    self.path = path
  }

  var byteCount: Int { bytes.byteCount }

  func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
    try bytes.withBytes { span in
      // Two threads may both check; neither uses bytes that have not been checked.
      if !isChecked.withLock({ $0 }) {
        try check(Checksum.of(span))
        isChecked.withLock { $0 = true }
      }
      return try body(span)
    }
  }

  /// Compares what is lent with the checksum each time, for it is read anew.
  func forEachPiece(_ body: (RawSpan) throws -> Void) throws {
    let checksum = Checksum()
    try bytes.forEachPiece { piece in
      checksum.add(piece)
      try body(piece)
    }
    try check(checksum.value)
  }

  private func check(_ found: UInt64) throws(ProtobufFormatError) {
    guard found == expected else {
      throw .inFile(path, .damaged(tensor: name, found: found, expected: expected))
    }
  }
}
