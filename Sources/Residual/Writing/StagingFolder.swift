internal import Glibc
internal import ModelGraph

/// A folder beside a target in which its new content is written: `.model.pb.partial-` and 128
/// random bits, under which nobody can put a link beforehand.
///
/// The file `partial` in it is locked as long as it is in use. So a folder that a killed process
/// left is told from one in use, and from any other that somebody renamed to look like one; who
/// writes into the same place next removes it. In the file is a `StagingNote`.
struct StagingFolder {
  private static let marker = FileName("partial")
  private static let infix = ".partial-"

  let folder: Folder
  private let parent: Folder
  private let name: FileName
  private let lock: OpenFile

  /// Makes a folder.
  static func make(for target: String, in parent: Folder) throws(SystemError) -> StagingFolder {
    for _ in 0..<100 {
      let name = FileName(randomName(for: target))
      try parent.makeFolder(name)
      do throws(SystemError) {
        let folder = try parent.openFolder(name)
        let lock = try folder.open(marker, O_RDWR | O_CREAT | O_EXCL)
        // Who removes what is left over may have come before the lock, and be done already.
        guard lock.lock() != .lockedByAnother, try folder.status(of: marker) != nil else {
          continue
        }
        return StagingFolder(folder: folder, parent: parent, name: name, lock: lock)
      } catch {
        try? parent.removeFolder(name)
        guard error.code == ENOENT else { throw error }
      }
    }
    throw SystemError(code: EEXIST)
  }

  /// Opens a folder that a process left which has ended; nil for anything else.
  private init?(leftAs name: FileName, in parent: Folder) {
    guard let folder = try? parent.openFolder(name), let status = try? folder.status,
      status.st_uid == geteuid(), status.st_mode & 0o077 == 0
    else { return nil }
    guard let lock = try? folder.open(Self.marker, O_RDWR) else {
      // Empty, it is one that was only just made, or of which nothing else is left.
      try? parent.removeFolder(name)
      return nil
    }
    guard lock.lock() == .locked else { return nil }
    (self.folder, self.parent, self.name, self.lock) = (folder, parent, name, lock)
  }

  private init(folder: Folder, parent: Folder, name: FileName, lock: OpenFile) {
    (self.folder, self.parent, self.name, self.lock) = (folder, parent, name, lock)
  }

  /// The names of the files that are written.
  func fileNames() throws(SystemError) -> [FileName] {
    try folder.names().filter { $0 != Self.marker }
  }

  /// Writes down what is going to happen, before any file gets its place.
  func write(_ note: StagingNote) throws(SystemError) { try lock.write(note.bytes) }

  /// Takes back what was written down.
  func forgetNote() throws(SystemError) { try lock.write([]) }

  /// Removes the folder, and beside the target what neither the old file nor the new one needs.
  ///
  /// What cannot be removed is left to whoever writes next: the folder then stays as a whole.
  func remove() {
    guard (try? settle()) != nil else { return }
    do {
      for name in try fileNames() { try folder.remove(name) }
      // Last, for without it nobody would know later that the rest may be removed.
      try folder.remove(Self.marker)
      try parent.removeFolder(name)
    } catch {}
  }

  /// Removes the old file's shards if the new file is in place, and otherwise takes back those of
  /// the new one, which have a second place here until the end.
  private func settle() throws(SystemError) {
    let note = StagingNote(bytes: try lock.read(upTo: StagingNote.byteLimit))
    if let note, let status = try parent.status(of: note.target), note.isAbout(status) {
      for name in note.obsolete where try parent.status(of: name) != nil {
        try parent.remove(name)
      }
      return
    }
    // First, for a number that is free again may come to be that of another file.
    if note != nil { try forgetNote() }
    for name in try fileNames() {
      guard let status = try folder.status(of: name), status.st_nlink > 1,
        let beside = try parent.status(of: name), FileIdentity(beside) == FileIdentity(status)
      else { continue }
      try parent.remove(name)
    }
  }
}

// MARK: - Names and leftovers

extension StagingFolder {
  /// Removes what processes that have ended left in a folder.
  static func removeLeftovers(in parent: Folder) {
    for name in (try? parent.names()) ?? [] where isName(name) {
      StagingFolder(leftAs: name, in: parent)?.remove()
    }
  }

  /// A name may have 255 bytes; a long one is cut to make room for what is added.
  private static func randomName(for target: String) -> String {
    var random = SystemRandomNumberGenerator()
    let digits = (0..<2).map { _ in
      let digits = String(random.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    return ".\(target.prefix(bytes: 200))\(infix)\(digits.joined())"
  }

  private static func isName(_ name: FileName) -> Bool {
    let digits = name.bytes.suffix(32)
    return name.bytes.first == UInt8(ascii: ".") && digits.count == 32
      && name.bytes.dropLast(32).suffix(infix.utf8.count).elementsEqual(infix.utf8)
      && digits.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      }
  }
}
