/// Writes small zip files, right and wrong ones.
public struct ZipBuilder: Sendable {
  /// One member, with what its headers say where that is not the truth.
  public struct Member: Sendable {
    /// The name in both headers.
    public var name: String
    /// The name in the header before the member, where it is another.
    public var localName: String?
    /// What is stored.
    public var bytes: [UInt8]
    /// How many bytes it has when it is unpacked.
    public var declaredByteCount: Int?
    /// How many bytes it takes.
    public var storedByteCount: Int?
    /// The CRC-32.
    public var checksum: UInt32?
    /// How it is compressed.
    public var method: UInt16 = 0
    /// The flags.
    public var flags: UInt16 = 0
    /// Bytes of extra fields before it: a member is moved by them.
    public var extraByteCount = 0
  }

  /// The members.
  public var members: [Member] = []
  /// The comment behind everything.
  public var comment: [UInt8] = []
  /// Whether numbers are written in 8 bytes, as those of large archives are.
  public var isLarge = false

  /// Makes an empty archive.
  public init() {}

  /// Adds a member that is stored as it is.
  public mutating func add(_ name: String, _ bytes: [UInt8]) {
    members.append(Member(name: name, bytes: bytes))
  }

  /// The file's bytes.
  public var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let offset = file.count
      let name = Array(member.name.utf8)
      let localName = Array((member.localName ?? member.name).utf8)
      let stored = member.storedByteCount ?? member.bytes.count
      let declared = member.declaredByteCount ?? member.bytes.count
      let sizes = isLarge ? number(-1, 4) + number(-1, 4) : number(stored, 4) + number(declared, 4)
      var header = number(isLarge ? 45 : 20, 2)
      header += number(Int(member.flags), 2) + number(Int(member.method), 2)
      header += number(0, 2) + number(0x21, 2)
      header += number(Int(member.checksum ?? crc32(member.bytes)), 4) + sizes
      // The declared size comes first in the field of large numbers.
      let large = number(declared, 8) + number(stored, 8)
      let localExtra =
        (isLarge ? number(1, 2) + number(16, 2) + large : [])
        + (member.extraByteCount > 0
          ? number(0x7878, 2) + number(member.extraByteCount - 4, 2)
            + [UInt8](repeating: 0, count: member.extraByteCount - 4) : [])
      let extra = isLarge ? number(1, 2) + number(24, 2) + large + number(offset, 8) : []
      file +=
        [0x50, 0x4B, 3, 4] + header + number(localName.count, 2) + number(localExtra.count, 2)
      file += localName + localExtra + member.bytes
      directory += [0x50, 0x4B, 1, 2] + number(20, 2) + header + number(name.count, 2)
      directory +=
        number(extra.count, 2) + number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4)
      directory += number(isLarge ? -1 : offset, 4) + name + extra
    }
    let start = file.count
    file += directory
    if isLarge {
      let record = file.count
      file += [0x50, 0x4B, 6, 6] + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8)
      file += number(members.count, 8) + number(members.count, 8)
      file += number(directory.count, 8) + number(start, 8)
      file += [0x50, 0x4B, 6, 7] + number(0, 4) + number(record, 8) + number(1, 4)
    }
    file += [0x50, 0x4B, 5, 6] + number(0, 4)
    let count = isLarge ? -1 : members.count
    file += number(count, 2) + number(count, 2)
    file += number(isLarge ? -1 : directory.count, 4) + number(isLarge ? -1 : start, 4)
    return file + number(comment.count, 2) + comment
  }

  private func number(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }
}

/// The checksum of zip files.
public func crc32(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(~0) { sum, byte in
    (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1
    }
  }
}
