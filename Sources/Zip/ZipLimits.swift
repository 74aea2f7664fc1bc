/// How much a zip file may ask of its reader.
///
/// What asks for more is refused before anything is allocated.
public struct ZipLimits: Hashable, Sendable {
  /// The number of members: 65,536.
  public var memberCount = 1 << 16
  /// Bytes of one member: 4 GiB.
  public var memberByteCount = 4 << 30
  /// Bytes of all members: 16 GiB.
  public var totalByteCount = 16 << 30

  /// Creates the limits with their default values.
  public init() {}
}
