internal import HDF5
internal import OrderedCollections
internal import ModelGraph
internal import Zip

/// A `.keras` file as a source record, and the datasets of its weights as tensors, named by their paths.
///
/// It is a zip archive of `metadata.json`, `config.json`, `model.weights.h5` and what layers keep besides, in
/// `assets/`. Python's zipfile stores members as they are: the weights are read where they lie, mapped, and
/// neither unpacked nor copied. As `keras/src/saving/saving_lib.py`.
struct KerasArchive {
  /// The format's name in source records.
  static let format = "keras-archive"
  static let configurationName = "config.json"
  static let metadataName = "metadata.json"
  static let weightsName = "model.weights.h5"

  /// How many bytes all members may have together that are kept in the record.
  static let keptByteCount = 256 << 20
  /// How many bytes weights may have that are compressed: they are in memory, and libhdf5 has a copy.
  static let unpackedByteCount = 192 << 20

  let record: SourceRecord
  let tensors: OrderedDictionary<String, Tensor>

  /// Reads everything but the elements of tensors, which stay in the file.
  ///
  /// - Parameters:
  ///   - name: Names the file in errors.
  ///   - limit: How many bytes all members but the weights may have.
  /// - Throws: `ZipError`, `HDF5Error` or `KerasError`.
  init(_ contents: FileContents, name: String, limit: Int = keptByteCount) throws {
    var members: [SourceRecord.Member] = []
    var weights: (place: Int, source: Weights)?
    try contents.withBytes { bytes in
      try ZipArchive.withArchive(of: bytes) { archive in
        let directory = try ZipDirectory(bytes)
        var kept = 0
        // What is stored as it is takes no memory, whatever its size.
        var limits = ZipLimits()
        (limits.memberByteCount, limits.totalByteCount) = (.max, .max)
        for member in try archive.members(limits: limits) {
          var content: [UInt8] = []
          if member.name == Self.weightsName {
            weights = (members.count, try Self.weights(member, archive, directory, bytes))
          } else {
            try Self.checkKind(of: member)
            kept = kept.addingReportingOverflow(member.byteCount).partialValue
            guard kept >= 0, kept <= limit else {
              throw ZipError.member(member.name, .sizeLimit(kept, limit: limit))
            }
            content = try archive.bytes(of: member)
          }
          members.append(
            SourceRecord.Member(
              name: member.name, timestamp: try directory.timestamp(of: member),
              content: .bytes(content)))
        }
      }
    }
    guard let weights else { throw KerasError.memberMissing(Self.weightsName) }
    let tree = try weights.source.tree(in: contents, name: name)
    members[weights.place].content = .tree(tree.record.objects)
    record = SourceRecord(format: Self.format, members: members)
    tensors = tree.tensors
  }

  /// Refuses by name what weights may be in besides HDF5.
  private static func checkKind(of member: ZipArchive.Member) throws(KerasError) {
    let others = ["model.weights.npz", "model.weights.json", "variables.h5"]
    guard !others.contains(member.name) else { throw .memberKind(member.name) }
  }

  /// Where the weights are: in the file as they are, or unpacked.
  private enum Weights {
    case stored(Range<Int>)
    case unpacked([UInt8])

    func tree(in contents: FileContents, name: String) throws -> SourceTree {
      let name = name + "/" + KerasArchive.weightsName
      switch (self, contents) {
      case (.unpacked(let bytes), _):
        return try SourceTree(FileReader(bytes: bytes, name: name), .memory(bytes))
      case (.stored(let range), .mapped(let file, _)):
        return try SourceTree(
          FileReader(path: file.path, range: range, name: name), .mapped(file, range))
      case (.stored(let range), .memory(let bytes)):
        let own = Array(bytes[range])
        return try SourceTree(FileReader(bytes: own, name: name), .memory(own))
      }
    }
  }

  private static func weights(
    _ member: ZipArchive.Member, _ archive: borrowing ZipArchive, _ directory: ZipDirectory,
    _ bytes: RawSpan
  ) throws -> Weights {
    guard member.isStored else {
      guard member.byteCount <= unpackedByteCount else {
        throw KerasError.compressedWeights(member.byteCount, limit: unpackedByteCount)
      }
      return .unpacked(try archive.bytes(of: member))
    }
    let range = try directory.range(of: member, in: bytes)
    try ZipDirectory.check(member, at: range, in: bytes)
    return .stored(range)
  }
}

extension SourceRecord {
  /// What a member of an archive holds: its bytes or its tree.
  ///
  /// - Throws: `KerasError.memberMissing` where there is no such member, or it holds something else.
  func member<Content>(
    _ name: String, _ content: KeyPath<Member, Content?>
  ) throws(KerasError) -> Content {
    guard let found = members.first(where: { $0.name == name })?[keyPath: content] else {
      throw .memberMissing(name)
    }
    return found
  }
}

extension Model {
  /// Checks that nothing is lost where a file of Keras is not written as one of its own kind: a file that is
  /// composed says what a model computes, and no more.
  ///
  /// - Throws: `KerasError.inexpressible` where it would be.
  func checkHoldsModelAlone() throws(KerasError) {
    guard let source else { return }
    try source.checkHasNoOtherMembers()
    // What was composed says what a model computes, and no more.
    let isComposed = try StatedModel(source).writer != nil
    guard !isWithoutTraining && !isComposed else { return }
    throw .inexpressible(
      "its file has what only training needs (initializers, regularizers, an optimizer), in words "
        + "that are written to '\(source.format == KerasArchive.format ? ".keras" : ".h5")' "
        + "only; '--drop-optimizer' leaves it out")
  }
}

extension SourceRecord {
  /// Checks that an archive has no member that only archives have.
  ///
  /// - Throws: `KerasError.inexpressible` where there is one.
  func checkHasNoOtherMembers() throws(KerasError) {
    let names = [
      KerasArchive.configurationName, KerasArchive.metadataName, KerasArchive.weightsName,
    ]
    // Vocabularies are words of layers in the model.
    if let other = members.first(where: {
      !names.contains($0.name) && !KeptVocabularies.isAsset($0.name)
    }) {
      throw .inexpressible("its archive has '\(other.name)', which no HDF5 file of Keras has")
    }
  }
}
