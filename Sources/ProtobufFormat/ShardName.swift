internal import Glibc
internal import ModelGraph

/// The name of a shard: `model-00001-of-00003-9f86d081884c7d65.pb`.
///
/// The name has the checksum that the model lists of the shard, and so is as good as its content:
/// no shard of another model has it, and while a model is replaced the old one keeps its shards.
struct ShardName {
  /// The name without the checksum, as it was until shards had one.
  let withoutChecksum: String
  private let stem: String
  private let suffix: Substring

  /// - Parameter fileName: The name of the model's file.
  init(of fileName: String, index: Int, count: Int) {
    let bytes = fileName.utf8
    let dot = bytes.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 == bytes.startIndex ? nil : $0 }
    suffix = fileName[(dot ?? bytes.endIndex)...]
    let place = "-\(Self.fiveDigits(index + 1))-of-\(Self.fiveDigits(count))"
    let whole = fileName[..<(dot ?? bytes.endIndex)]
    withoutChecksum = whole + place + suffix
    // What is added must not make the name longer than a system allows.
    let room = Int(NAME_MAX) - place.utf8.count - 17 - suffix.utf8.count
    stem = String(whole).prefix(bytes: max(0, room)) + place
  }

  /// The name that the shard has in the end.
  func text(checksum: UInt64) -> String {
    let digits = String(checksum, radix: 16)
    return "\(stem)-\(String(repeating: "0", count: 16 - digits.count))\(digits)\(suffix)"
  }

  private static func fiveDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }
}
