import TestSupport
import Testing
import Zip

/// Reads all members of an archive, by both of the ways that there are.
private func members(_ bytes: [UInt8]) throws -> [String: [UInt8]] {
  var found: [String: [UInt8]] = [:]
  try ZipArchive.withArchive(of: bytes.span.bytes) { archive in
    let directory = try ZipDirectory(bytes.span.bytes)
    for member in try archive.members() {
      found[member.name] = try archive.bytes(of: member)
      guard member.isStored else { continue }
      let range = try directory.range(of: member, in: bytes.span.bytes)
      try ZipDirectory.check(member, at: range, in: bytes.span.bytes)
      #expect(found[member.name] == Array(bytes[range]))
    }
  }
  return found
}

/// The sentence with which an archive is refused.
private func refusal(_ bytes: [UInt8]) -> String {
  do {
    return "read: \(try members(bytes).keys.sorted())"
  } catch {
    return "\(error)"
  }
}

private func sample(_ change: (inout ZipBuilder) -> Void = { _ in }) -> [UInt8] {
  var zip = ZipBuilder()
  zip.add("a.json", Array("{}".utf8))
  zip.add("b/c.h5", Array(1...200))
  change(&zip)
  return zip.bytes
}

@Suite struct `Zip archives` {
  @Test func `members lie where the directory says`() throws {
    let expected = ["a.json": Array("{}".utf8), "b/c.h5": Array(1...200)]
    #expect(try members(sample()) == expected)
    #expect(try members(sample { $0.isLarge = true }) == expected)
    #expect(try members(sample { $0.members[1].extraByteCount = 60 }) == expected)
    #expect(try members(sample { $0.comment = Array("a comment".utf8) }) == expected)
  }

  @Test func `what is written is read again`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.zip")
    let part = try folder.write(Array(repeating: 7, count: 100_000), to: "part")
    var writer = try ZipWriter(path: path)
    try writer.add([], as: "empty", timestamp: 0x21_0000)
    try writer.add(fileAt: part, as: "d/part", timestamp: 0x5B7E_8C42)
    try writer.close()
    let bytes = try bytes(ofFile: path)
    #expect(try members(bytes) == ["empty": [], "d/part": Array(repeating: 7, count: 100_000)])
    try ZipArchive.withArchive(of: bytes.span.bytes) { archive in
      let directory = try ZipDirectory(bytes.span.bytes)
      let times = try archive.members().map(directory.timestamp(of:))
      #expect(times == [0x21_0000, 0x5B7E_8C42])
    }
    // As Python's zipfile: version 2.0, no flags, no compression, and for the owner alone.
    #expect(bytes[4..<10] == [20, 0, 0, 0, 0, 0] || bytes[4..<10] == [10, 0, 0, 0, 0, 0])
    #expect(throws: ZipError.self) { _ = try ZipWriter(path: path) }
  }

  @Test func `names that lead out of an archive are refused`() {
    for name in ["/etc/passwd", "../a", "b/../../a", "b/..", "./a", ""] {
      #expect(
        refusal(sample { $0.members[0].name = name })
          == "has a member '\(name)', whose name leads out of the archive")
    }
    // libzip refuses it itself where it checks that archives agree with themselves.
    #expect(
      refusal(sample { $0.members[0].name = "b/c.h5" })
        == "cannot be read as a zip file: File already exists")
  }

  @Test func `what can be understood in two ways is refused`() {
    #expect(refusal(sample { $0.members[0].localName = "x.json" }).contains("zip file"))
    // A second record at the end, in the comment or before the archive, which other readers may take.
    let ambiguous = "can be understood in two ways"
    #expect(refusal(sample { $0.comment = Array(sample().suffix(22)) }).hasPrefix(ambiguous))
    #expect(refusal(sample() + sample()).hasPrefix(ambiguous))
    #expect(refusal(sample { $0.comment = Array("PK\u{5}\u{6}".utf8) }).hasPrefix(ambiguous))
    #expect(
      refusal(sample { $0.members[1].checksum = 1 })
        == "cannot be read as a zip file: CRC error")
    #expect(refusal(sample { $0.members[1].flags = 1 }) == "member 'b/c.h5': is encrypted")
    #expect(
      refusal(sample { $0.members[1].method = 12 })
        == "member 'b/c.h5': is compressed by method 12; expected 'stored' or 'deflated'")
  }

  @Test func `bytes that are not those of a checksum are told`() throws {
    var bytes = sample()
    let place = try #require(bytes.firstIndex(of: 100))
    bytes[place] = 101
    try ZipArchive.withArchive(of: bytes.span.bytes) { archive in
      let directory = try ZipDirectory(bytes.span.bytes)
      let member = try archive.members()[1]
      let range = try directory.range(of: member, in: bytes.span.bytes)
      #expect(throws: ZipError.member("b/c.h5", .checksum)) {
        try ZipDirectory.check(member, at: range, in: bytes.span.bytes)
      }
    }
  }

  @Test(arguments: [false, true])
  func `an archive that is cut or damaged is refused or reads as it was`(isLarge: Bool) {
    let sound = sample { $0.isLarge = isLarge }
    let names = refusal(sound)
    for count in 0..<sound.count { #expect(refusal(Array(sound[..<count])) != names, "\(count)") }
    for place in sound.indices {
      for mask: UInt8 in [1, 0x80, 0xFF] {
        var damaged = sound
        damaged[place] ^= mask
        _ = refusal(damaged)
      }
    }
  }
}
