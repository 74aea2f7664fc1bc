internal import CXXHash

/// XXH3-64, seed 0, of bytes that come in pieces.
@safe package struct Checksum: ~Copyable {
  // Sound: the state is made and freed by the library and is this value's alone.
  private let state: OpaquePointer?

  /// Starts with no bytes.
  package init() {
    unsafe state = XXH3_createState()
    if let state = unsafe state { unsafe XXH3_64bits_reset(state) }
  }

  deinit {
    if let state = unsafe state { unsafe XXH3_freeState(state) }
  }

  /// Adds bytes.
  package func add(_ bytes: RawSpan) {
    guard let state = unsafe state else { return }
    unsafe bytes.withUnsafeBytes {
      _ = unsafe cxxhash_update(state, $0.baseAddress, $0.count)
    }
  }

  /// The checksum of all bytes so far.
  package var value: UInt64 {
    guard let state = unsafe state else { return 0 }
    return unsafe XXH3_64bits_digest(state)
  }

  /// The checksum of bytes that are all there.
  package static func of(_ bytes: RawSpan) -> UInt64 {
    // Sound: the library reads the bytes that are lent for the call.
    unsafe bytes.withUnsafeBytes { unsafe cxxhash_of($0.baseAddress, $0.count) }
  }
}
