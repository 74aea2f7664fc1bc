internal import Zip

/// Zip archives of Keras.
///
/// What is in HDF5 inside of them is read by libhdf5, which damaged files crash: see `GoldenTargets`.
enum ArchiveTargets {
  /// The members where they lie, and what is told of each in two places.
  @Sendable static func readMembers(_ input: [UInt8]) throws {
    var limits = ZipLimits()
    limits.memberByteCount = 1 << 20
    limits.totalByteCount = 1 << 22
    try ZipArchive.withArchive(of: input.span.bytes) { archive in
      let directory = try ZipDirectory(input.span.bytes)
      for member in try archive.members(limits: limits) {
        _ = try directory.timestamp(of: member)
        let content = try? archive.bytes(of: member)
        guard member.isStored else { continue }
        let range = try directory.range(of: member, in: input.span.bytes)
        hold(
          0 <= range.lowerBound && range.upperBound <= input.count,
          "member '\(member.name)' lies at \(range) of \(input.count) bytes")
        let isSound = (try? ZipDirectory.check(member, at: range, in: input.span.bytes)) != nil
        hold(
          isSound == (content != nil),
          "member '\(member.name)' is damaged for libzip or for us, and not for the other")
        hold(
          content == nil || content == Array(input[range]),
          "member '\(member.name)' is not where the directory says")
      }
    }
  }
}
