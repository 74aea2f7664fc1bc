internal import Glibc

/// What the environment says: for tests, and for those who look for a fault.
package enum ProcessSetting {
  /// The most bytes of a protobuf file, in place of 2 GiB.
  package static var shardByteLimit: Int? { text("RESIDUAL_SHARD_BYTES").flatMap { Int($0) } }

  /// How long one call of libhdf5 may take, in place of 30 s.
  static var secondsOfCall: Double { text("RESIDUAL_HDF5_SECONDS").flatMap(Double.init) ?? 30 }

  /// Whether work is done in a process of its own.
  static var isSupervised: Bool { text("RESIDUAL_SUPERVISION") != "off" }

  private static func text(_ name: String) -> String? {
    // Sound: the text is copied at once; nothing in the process changes the environment.
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
