internal import OrderedCollections
internal import ModelGraph

/// The vocabularies that layers took from data, which an archive keeps beside its configuration.
///
/// Each is a text in `assets/`, a token in each line, those that stand for others among them; what tokens
/// count for is in the weights. As `keras/src/layers/preprocessing/index_lookup.py`.
struct KeptVocabularies {
  /// What a configuration would say, had it been given what `adapt` found.
  typealias Keys = OrderedDictionary<String, JSONValue>

  /// How many tokens one may have.
  static let maximumTokenCount = 1 << 22

  private static let folder = "assets"
  private static let fileName = "/vocabulary.txt"
  private static let kinds: Set = [StringLookup.kind, IntegerLookup.kind, TextVectorization.kind]

  /// What assets hold, by their paths in the folder.
  private let files: OrderedDictionary<String, [UInt8]>
  private let tree: WeightTree

  /// Takes those of an archive.
  init(_ source: SourceRecord, _ tree: WeightTree) {
    var files: OrderedDictionary<String, [UInt8]> = [:]
    // Folders may be members too.
    for member in source.members where Self.isAsset(member.name) && !member.name.hasSuffix("/") {
      files[String(member.name.dropFirst(Self.folder.count))] = member.bytes
    }
    (self.files, self.tree) = (files, tree)
  }

  /// Whether a member of an archive is one that a layer keeps.
  static func isAsset(_ name: String) -> Bool { name.hasPrefix(folder + "/") }

  /// The paths of what layers keep, in the folder that has it all.
  static func paths(_ source: SourceRecord) -> [String] {
    source.members.map(\.name).filter(isAsset).map { String($0.dropFirst(folder.count)) }
  }

  /// What belongs into the configurations of layers, by the layers' paths.
  ///
  /// - Parameter graph: The model without it: layers that need it are not supported yet.
  /// - Throws: `KerasError` where a vocabulary is missing, left over, or not what the configuration says.
  func keys(of graph: Graph, _ version: KerasVersion) throws -> [String: Keys] {
    var keys: [String: Keys] = [:]
    var used: Set<String> = []
    // Of classes that nobody knows, anything may be there.
    var open: Set<String> = []
    for owner in WeightPaths.owners(of: graph, in: tree) {
      guard case .unsupported(let layer) = owner.node.body else { continue }
      guard Self.kinds.contains(layer.kind) else {
        open.insert(owner.group)
        continue
      }
      let config = try JSONValue(parsing: Array(layer.configuration.utf8), of: layer.kind)
      guard config["vocabulary"] == nil else { continue }
      do throws(KerasError) {
        let path = try file(of: owner.group, layer.kind, used: &used)
        let tokens = try tokens(
          path, layer.kind, size: config["vocabulary_size"]?.int, version)
        keys[owner.layer] = ["vocabulary": .array(tokens)]
      } catch {
        throw KerasError.at(layer: owner.layer, kind: layer.kind, error)
      }
      guard ["tf_idf", "tf-idf"].contains(config["output_mode"]?.string),
        let count = keys[owner.layer]?["vocabulary"]?.array?.count
      else { continue }
      // Places without a token count for nothing; who binds the weights looks at all of them.
      let weights = try tree.tokenWeights(of: owner).prefix(count)
      keys[owner.layer]?[WeightTree.tokenWeightsName] = .array(weights.map { .double($0) })
    }
    let leftOver = files.keys.filter { !used.contains($0) && !Self.isInside($0, of: open) }
    guard leftOver.isEmpty else {
      throw KerasError.assetsLeftOver(leftOver.map { Self.folder + $0 })
    }
    return keys
  }

  private static func isInside(_ path: String, of groups: Set<String>) -> Bool {
    var parent = PathName(path).parent
    while !parent.isEmpty {
      if groups.contains(parent) { return true }
      parent = PathName(parent).parent
    }
    return false
  }

  /// The path of a layer's vocabulary, which `TextVectorization` keeps once more for the layer in it.
  private func file(
    of group: String, _ kind: String, used: inout Set<String>
  ) throws(KerasError) -> String {
    let path = group + Self.fileName
    let inner =
      kind == TextVectorization.kind ? [group + WeightTree.innerLookup + Self.fileName] : []
    for copy in [path] + inner {
      guard let bytes = files[copy] else { throw .vocabulary(Self.folder + copy, .missing) }
      guard bytes == files[path] else {
        throw .vocabulary(Self.folder + copy, .differs(from: Self.folder + path))
      }
      used.insert(copy)
    }
    return path
  }

  // MARK: - Tokens

  /// The tokens of a file: those that Keras finds in it, which must be as many as its layer had.
  private func tokens(
    _ path: String, _ kind: String, size: Int?, _ version: KerasVersion
  ) throws(KerasError) -> [JSONValue] {
    func fault(_ fault: VocabularyFault) -> KerasError { .vocabulary(Self.folder + path, fault) }
    let bytes = files[path] ?? []
    let lineCount = bytes.count { $0 == UInt8(ascii: "\n") } + 1
    guard lineCount <= Self.maximumTokenCount else {
      throw fault(.tokenCount(lineCount, limit: Self.maximumTokenCount))
    }
    guard String(validating: bytes, as: UTF8.self) != nil else { throw fault(.notText) }
    let lines = Self.lines(bytes, version)
    if let size, lines.count != size { throw fault(.size(lines.count, expected: size)) }
    guard kind == IntegerLookup.kind else { return lines.map { .string($0) } }
    var numbers: [JSONValue] = []
    for line in lines {
      guard let number = Int(line) else { throw fault(.notInteger(line)) }
      numbers.append(.int(number))
    }
    return numbers
  }

  /// What Python takes for the end of a line besides those of text files.
  private static let lineEnds: Set<Unicode.Scalar> = [
    "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}", "\u{2029}",
  ]

  /// The lines of a text as the version of Keras finds them, which may not be those that it wrote.
  private static func lines(_ bytes: [UInt8], _ version: KerasVersion) -> [String] {
    let (feed, end) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    // Files of Windows and those of old are read as others are.
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    for (index, byte) in bytes.enumerated() {
      if byte == feed, index > 0, bytes[index - 1] == end { continue }
      plain.append(byte == end ? feed : byte)
    }
    let lines = plain.split(separator: feed, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    guard !version.isBefore(3, 14) else { return lines }
    var found = lines.flatMap { line in
      line.unicodeScalars.split(omittingEmptySubsequences: false, whereSeparator: lineEnds.contains)
        .map { String(Substring($0)) }
    }
    while found.last == "" { found.removeLast() }
    return found
  }
}
