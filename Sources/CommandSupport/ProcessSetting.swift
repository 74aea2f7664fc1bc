internal import Glibc

/// What the environment says: for tests, and for those who look for a fault.
package enum ProcessSetting {
  /// The most bytes of a protobuf file, in place of 2 GiB.
  package static var shardByteLimit: Int? { shardBytes.value }

  /// How long one call of libhdf5 may take, in place of 30 s.
  static var secondsOfCall: Double { callSeconds.value.map(Double.init) ?? 30 }

  /// Whether work is done in a process of its own.
  static var isSupervised: Bool { supervision.value ?? true }

  /// Ends the program where a setting is not understood: what it is set for would not happen.
  package static func check() {
    let refusals = [shardBytes.refusal, callSeconds.refusal, supervision.refusal]
    guard let refusal = refusals.compactMap(\.self).first else { return }
    StandardError.write(Text.sentence(refusal) + "\n")
    exit(EX_USAGE)
  }

  // A message has less than 2 GiB.
  private static let shardBytes = number("RESIDUAL_SHARD_BYTES", in: 1...Int(Int32.max))
  private static let callSeconds = number("RESIDUAL_HDF5_SECONDS", in: 1...1_000_000)
  private static let supervision = EnvironmentVariable(
    name: "RESIDUAL_SUPERVISION", expected: "'on' or 'off'"
  ) { ["on": true, "off": false][$0] }

  private static func number(
    _ name: String, in range: ClosedRange<Int>
  ) -> EnvironmentVariable<Int> {
    EnvironmentVariable(
      name: name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)"
    ) { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
  }
}

/// A variable of the environment, and what its text may be.
private struct EnvironmentVariable<Value: Sendable>: Sendable {
  let name: String
  let expected: String
  let read: @Sendable (String) -> Value?

  /// What it is set to; nil where it is not.
  var value: Value? { text.flatMap(read) }

  /// What is wrong with it.
  var refusal: String? {
    guard let text, read(text) == nil else { return nil }
    return "\(name) is '\(text)'; expected \(expected)"
  }

  private var text: String? {
    // Sound: the text is copied at once; nothing in the process changes the environment.
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
