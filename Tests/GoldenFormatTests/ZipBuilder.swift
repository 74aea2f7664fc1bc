import Foundation

/// Writes small zip files and .npy arrays, right and wrong ones.
struct ZipBuilder {
  /// One member, with what its headers say where that is not the truth.
  struct Member {
    var name: String
    var bytes: [UInt8]
    var declaredByteCount: Int?
    var storedByteCount: Int?
    var checksum: UInt32?
    var method: UInt16 = 0
    var flags: UInt16 = 0
  }

  var members: [Member] = []

  mutating func add(_ name: String, _ bytes: [UInt8]) {
    members.append(Member(name: name, bytes: bytes))
  }

  /// The file's bytes.
  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let offset = file.count
      var header = number(20, 2) + number(Int(member.flags), 2) + number(Int(member.method), 2)
      header += number(0, 2) + number(0x21, 2)
      header += number(Int(member.checksum ?? crc32(member.bytes)), 4)
      header += number(member.storedByteCount ?? member.bytes.count, 4)
      header += number(member.declaredByteCount ?? member.bytes.count, 4)
      header += number(member.name.utf8.count, 2) + number(0, 2)
      file += [0x50, 0x4B, 3, 4] + header + Array(member.name.utf8) + member.bytes
      directory += [0x50, 0x4B, 1, 2] + number(20, 2) + header + number(0, 2) + number(0, 2)
      directory += number(0, 2) + number(0, 4) + number(offset, 4) + Array(member.name.utf8)
    }
    let start = file.count
    file += directory + [0x50, 0x4B, 5, 6] + number(0, 4)
    file += number(members.count, 2) + number(members.count, 2)
    return file + number(directory.count, 4) + number(start, 4) + number(0, 2)
  }

  private func number(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }
}

/// The checksum of zip files.
func crc32(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(~0) { sum, byte in
    (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1
    }
  }
}

/// An .npy array with the given dictionary and bytes.
func npy(_ dictionary: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
  let count = dictionary.utf8.count
  let length = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
  return [0x93] + "NUMPY".utf8 + [version, 0] + length + dictionary.utf8 + data
}

/// The dictionary of a plain array.
func header(_ type: String = "<f4", order: String = "False", shape: String) -> String {
  "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }"
}
