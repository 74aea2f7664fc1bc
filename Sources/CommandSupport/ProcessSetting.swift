internal import Glibc

/// What the environment says for tests.
package enum ProcessSetting {
  /// The most bytes of a protobuf file, in place of 2 GiB.
  package static var shardByteLimit: Int? {
    // Sound: the text is copied at once; nothing in the process changes the environment.
    unsafe getenv("RESIDUAL_SHARD_BYTES").flatMap { unsafe Int(String(cString: $0)) }
  }
}
