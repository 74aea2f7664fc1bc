/// What can be wrong with a zip file.
///
/// The cases carry values; `description` is the one place that makes sentences of them. `member` says
/// in which member the fault lies.
@nonexhaustive public indirect enum ZipError: Error, Hashable, Sendable {
  /// The fault lies in this member of the file.
  case member(String, ZipError)
  /// What libzip says.
  case library(String)
  /// A member's name is not UTF-8.
  case memberName
  /// A member's name leads out of the archive.
  case outside(String)
  /// Two members have one name.
  case duplicateMember(String)
  /// There are more members than may be.
  case memberCount(Int, limit: Int)
  /// A member is encrypted.
  case encrypted
  /// A member is compressed in a way that is not read.
  case compressionMethod(Int)
  /// A member declares more bytes than what is stored can give.
  case declaredSize(Int, stored: Int)
  /// A member has more bytes than may be.
  case sizeLimit(Int, limit: Int)
  /// All members together are stored in more bytes than there are.
  case storedTotal(Int, file: Int)
  /// A member ends before its bytes do.
  case shortMember(expected: Int, found: Int)
  /// A member goes on after its bytes.
  case longMember(expected: Int)
  /// The directory and what stands before a member say different things of it.
  case disagreement
  /// The bytes of a member are not those that its checksum was made of.
  case checksum
  /// The file cannot be written, for the reason that libzip gives.
  case unwritable(String)
}

extension ZipError: CustomStringConvertible {
  /// One sentence: the member, what was expected and what was found.
  public var description: String {
    switch self {
    case .member(let name, let error): "member '\(name)': \(error)"
    case .library(let message): "cannot be read as a zip file: \(message)"
    case .memberName: "has a member whose name is not UTF-8"
    case .outside(let name): "has a member '\(name)', whose name leads out of the archive"
    case .duplicateMember(let name): "has two members named '\(name)'"
    case .memberCount(let found, let limit): "has \(found) members; at most \(limit) are read"
    case .encrypted: "is encrypted"
    case .compressionMethod(let method):
      "is compressed by method \(method); expected 'stored' or 'deflated'"
    case .declaredSize(let declared, let stored):
      "declares \(declared) bytes and stores \(stored); deflate cannot reach that"
    case .sizeLimit(let found, let limit): "needs \(found) bytes; at most \(limit) are read"
    case .storedTotal(let total, let file):
      "has members of \(total) stored bytes in \(file) bytes; they overlap"
    case .shortMember(let expected, let found): "ends after \(found) of \(expected) bytes"
    case .longMember(let expected): "goes on after its \(expected) bytes"
    case .disagreement:
      "can be understood in two ways: its list of members and what stands before a member, or two such "
        + "lists, do not say the same"
    case .checksum: "has a checksum that is not that of its bytes: the file is damaged"
    case .unwritable(let message): "cannot be written as a zip file: \(message)"
    }
  }
}
