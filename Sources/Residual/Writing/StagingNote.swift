internal import Glibc

/// What tells, after a process was killed, whether the new file is in place, and what is to be
/// removed then: written before any file gets its place.
struct StagingNote {
  /// Longer than the names of all shards that a model may have.
  static let byteLimit = 16 << 20
  private static let end = Array("end".utf8)

  /// The name of the file that is replaced.
  let target: FileName
  /// The names of the old file's shards that the new one does not have.
  let obsolete: [FileName]
  /// The number by which the new file is known wherever it stands.
  private let inode: UInt64

  init(target: FileName, replacedBy status: stat, obsolete: [FileName]) {
    self.target = target
    self.obsolete = obsolete
    inode = UInt64(status.st_ino)
  }

  /// Whether a file is the new one.
  func isAbout(_ status: stat) -> Bool { UInt64(status.st_ino) == inode }

  /// Fields that end in a zero, and a last word: what was cut short is no note.
  var bytes: [UInt8] {
    let fields = [Array(String(inode).utf8), target.bytes] + obsolete.map(\.bytes) + [Self.end]
    return Array(fields.joined(separator: [0]))
  }

  init?(bytes: [UInt8]) {
    let fields = bytes.split(separator: 0, omittingEmptySubsequences: false)
    guard fields.count >= 3, fields[fields.count - 1].elementsEqual(Self.end),
      !bytes.contains(UInt8(ascii: "/")),
      let inode = UInt64(String(decoding: fields[0], as: UTF8.self))
    else { return nil }
    self.inode = inode
    target = FileName(bytes: fields[1])
    obsolete = fields[2..<(fields.count - 1)].map { FileName(bytes: $0) }
  }
}
