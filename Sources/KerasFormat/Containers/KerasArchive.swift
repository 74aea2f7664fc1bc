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

  /// Reads everything but the elements of tensors, which stay in the file, and what is to be made of it.
  ///
  /// One checksum covers all weights: it is compared meanwhile, and nothing is returned before it has been.
  ///
  /// - Parameters:
  ///   - name: Names the file in errors.
  ///   - limit: How many bytes all members but the weights may have.
  ///   - body: Makes something of the archive.
  /// - Throws: `ZipError`, `HDF5Error` or `KerasError`; what `body` throws, unless the weights are damaged, which
  ///   may be the cause.
  static func read<Reading: Sendable>(
    _ contents: FileContents, name: String, limit: Int = keptByteCount,
    _ body: @Sendable (KerasArchive) throws -> Reading
  ) throws -> Reading {
    let (members, weights) = try members(contents, limit: limit)
    return try concurrently {
      try weights.check(in: contents)
    } onOwnThread: {
      try body(KerasArchive(members, weights, contents, name: name))
    }.1
  }

  private init(
    _ members: [SourceRecord.Member], _ weights: Weights, _ contents: FileContents, name: String
  ) throws {
    let tree = try weights.tree(in: contents, name: name)
    var members = members
    members[weights.place].content = .tree(tree.record.objects)
    record = SourceRecord(format: Self.format, members: members)
    tensors = tree.tensors
  }

  /// The members, but for what the weights hold, and where these are.
  private static func members(
    _ contents: FileContents, limit: Int
  ) throws -> ([SourceRecord.Member], Weights) {
    var members: [SourceRecord.Member] = []
    var weights: Weights?
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
            weights = Weights(
              place: members.count, member: member,
              source: try source(of: member, archive, directory, bytes))
          } else {
            try checkKind(of: member)
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
    return (members, weights)
  }

  /// Refuses by name what weights may be in besides HDF5.
  private static func checkKind(of member: ZipArchive.Member) throws(KerasError) {
    let others = ["model.weights.npz", "model.weights.json", "variables.h5"]
    guard !others.contains(member.name) else { throw .memberKind(member.name) }
  }

  /// The weights among the members.
  private struct Weights {
    let place: Int
    let member: ZipArchive.Member
    let source: Source

    /// Where they are: in the file as they are, or unpacked, when their checksum was compared.
    enum Source {
      case stored(Range<Int>)
      case unpacked([UInt8])
    }

    func check(in contents: FileContents) throws {
      guard case .stored(let range) = source else { return }
      try contents.withBytes { try ZipDirectory.check(member, at: range, in: $0) }
    }

    func tree(in contents: FileContents, name: String) throws -> SourceTree {
      let name = name + "/" + KerasArchive.weightsName
      switch (source, contents) {
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

  private static func source(
    of member: ZipArchive.Member, _ archive: borrowing ZipArchive, _ directory: ZipDirectory,
    _ bytes: RawSpan
  ) throws -> Weights.Source {
    guard member.isStored else {
      guard member.byteCount <= unpackedByteCount else {
        throw KerasError.compressedWeights(member.byteCount, limit: unpackedByteCount)
      }
      return .unpacked(try archive.bytes(of: member))
    }
    return .stored(try directory.range(of: member, in: bytes))
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
    guard !isWithoutTraining, try !StatedModel(source).isComposed else { return }
    throw .inexpressible(
      "what its file says for training alone (initializers, regularizers, an optimizer) is in words "
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
