import TestSupport
import Zip

@testable import KerasFormat

/// The members of a `.keras` file, to make others of.
struct Archive {
  var zip = ZipBuilder()

  init(_ fixture: String) throws {
    let bytes = try bytes(ofFile: Repository.fixture(fixture))
    try ZipArchive.withArchive(of: bytes.span.bytes) { archive in
      for member in try archive.members() { zip.add(member.name, try archive.bytes(of: member)) }
    }
  }

  /// Changes one member.
  mutating func change(_ name: String, _ change: (inout ZipBuilder.Member) -> Void) {
    for index in zip.members.indices where zip.members[index].name == name {
      change(&zip.members[index])
    }
  }

  /// What is said when it is read.
  var refusal: String {
    do {
      _ = try KerasReader().read(bytes: zip.bytes, name: "a.keras")
      return "is read"
    } catch {
      return "\(error)"
    }
  }
}
