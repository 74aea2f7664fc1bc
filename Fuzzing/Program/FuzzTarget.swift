/// One way into the library that bytes of strangers take.
///
/// Any error is a result that is allowed. Traps, hangs, and memory beyond libFuzzer's limits are
/// not. A target may hold what was read to a statement: where it is false, it traps.
struct FuzzTarget: Sendable {
  /// The name on the command line, of the corpus and of the dictionary.
  let name: String
  /// Whether an input is a protobuf message, of which fields are changed.
  var isMessage = false
  /// Reads the input.
  let run: @Sendable ([UInt8]) throws -> Void

  static let all = [
    FuzzTarget(name: "protobuf", isMessage: true, run: ProtobufTargets.read),
    FuzzTarget(name: "execution", isMessage: true, run: ProtobufTargets.execute),
    FuzzTarget(name: "keras-writing", isMessage: true, run: ProtobufTargets.writeKeras),
    FuzzTarget(name: "json", run: KerasTargets.parse),
    FuzzTarget(name: "configuration", run: KerasTargets.interpret),
    FuzzTarget(name: "datatype", run: KerasTargets.readDatatype),
    FuzzTarget(name: "npy", run: GoldenTargets.readArray),
    FuzzTarget(name: "npz", run: GoldenTargets.readArchive),
    FuzzTarget(name: "keras-archive", run: ArchiveTargets.readMembers),
  ]

  /// The targets, and one whose fault has to be found, or nothing that the others say counts.
  static func named(_ name: String) -> FuzzTarget? {
    (all + [planted]).first { $0.name == name }
  }

  static var names: String { all.map(\.name).joined(separator: " ") }

  /// Traps at five bytes of 2⁴⁰, which by chance would take years.
  private static let planted = FuzzTarget(name: "planted") { input in
    let word = Array("model".utf8)
    // Not a loop: each comparison is to be an edge of its own.
    guard input.count >= 5, input[0] == word[0], input[1] == word[1], input[2] == word[2],
      input[3] == word[3], input[4] == word[4]
    else { return }
    fatalError("the planted fault")
  }
}

/// Traps where a statement about what was read is false.
func hold(_ statement: @autoclosure () throws -> Bool, _ says: @autoclosure () -> String) rethrows {
  guard try statement() else { fatalError(says()) }
}
