import Foundation
import KerasFormat
import OrderedCollections
import Residual
import TestSupport
import Testing

/// Which files of which Keras are read, and for which Keras files are written: what the fixtures show.
@Suite struct KerasFilesTests {
  private static let article = Repository.file("Sources/Residual/Residual.docc/KerasFiles.md")

  /// What weights without their model are beside, by their names.
  private static let weights: OrderedDictionary = [
    "keras1_branches.h5": "keras1_branches.json",
    "keras1_theano_first.h5": "keras1_theano_first.json",
    "keras2.h5": "keras2.json", "keras2.weights.h5": "keras2.json",
    "keras3.weights.h5": "keras3.json", "keras3.weights.json": "keras3.json",
  ]

  // MARK: - Read

  /// The kinds of files.
  private enum Kind: String, CaseIterable {
    case hdf5 = "`.h5`"
    case archive = "`.keras`"
    case lists = "`.h5` of weights"
    case paths = "`.weights.h5`"
    case shards = "`.weights.json`"

    init(file: String, isWhole: Bool) {
      self =
        if file.hasSuffix(".keras") { .archive } else if file.hasSuffix(".weights.json") {
          .shards
        } else if file.hasSuffix(".weights.h5") { .paths } else { isWhole ? .hdf5 : .lists }
    }
  }

  /// How many files of each kind are read, by what they say of themselves.
  private static func counts() throws -> [String: [Kind: Int]] {
    var counts: [String: [Kind: Int]] = [:]
    for fixture in Fixture.valid {
      let version = try Model(contentsOfFile: fixture.path).provenance.producerVersion
      counts[version, default: [:]][Kind(file: fixture.file, isWhole: true), default: 0] += 1
    }
    for (file, json) in weights {
      func path(_ name: String) -> String { Repository.fixture("weights/" + name) }
      let read = try ModelFile(weights: path(file), architecture: path(json))
      let version = read.model.provenance.producerVersion
      counts[version, default: [:]][Kind(file: file, isWhole: false), default: 0] += 1
    }
    return counts
  }

  // MARK: - Written

  /// What a file is composed as.
  private static let targets: [(kind: KerasFileKind, line: KerasLine)] = [
    (.hdf5, .keras2), (.hdf5, .keras3), (.archive, .keras2), (.archive, .keras3),
    (.weights, .keras2), (.weights, .keras3),
  ]

  /// For how many models that came of each line files are composed, of each of `targets`, and of how many.
  private static func composed() throws -> [String: (all: Int, made: [Int])] {
    var composed: [String: (all: Int, made: [Int])] = [:]
    for fixture in Fixture.valid where fixture.golden != nil && !fixture.file.hasSuffix(".keras") {
      let read = try Model(contentsOfFile: fixture.path)
      let model = try Model(graph: read.graph, tensors: read.tensors)
      let line = String(read.provenance.producerVersion.prefix(1))
      var entry = composed[line] ?? (0, targets.map { _ in 0 })
      entry.all += 1
      for (index, target) in targets.enumerated()
      where (try? model.composingKerasFile(target.kind, for: target.line)) != nil {
        entry.made[index] += 1
      }
      composed[line] = entry
    }
    return composed
  }

  // MARK: - The article

  private static func generated() throws -> String {
    let counts = try counts()
    let read = counts.keys.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
      .map { version in
        let cells = Kind.allCases.map { kind in counts[version]?[kind].map { "\($0)" } ?? "" }
        return "| \(version) | \(cells.joined(separator: " | ")) |\n"
      }
    let composed = try composed()
    let written = composed.keys.sorted().map { line in
      let entry = composed[line] ?? (0, [])
      return "| Keras \(line) | \(entry.all) | "
        + entry.made.map { "\($0)" }.joined(separator: " | ") + " |\n"
    }
    return """
      # Files of Keras

      Which files of which Keras are read, and for which Keras they are written.

      ## Overview

      This article is generated from the fixtures, which real Keras wrote but for those of 2.0 to 2.4, which are
      derived from files of 2.15: `RESIDUAL_REGENERATE=1 swift test --filter KerasFilesTests` writes it anew.

      ## Read

      How many files of each kind are read, by the version that they state. Every one of them is written again
      as it was: `h5diff` finds no difference, and an archive has the same members, word for word. Weights are
      read beside the JSON of their model.

      | Keras | \(Kind.allCases.map(\.rawValue).joined(separator: " | ")) |
      | --- |\(Kind.allCases.map { _ in " --- |" }.joined())
      \(read.joined())
      ## Composed

      A model that did not come in a file of the kind, or whose words are those of another line, is said anew.
      For how many of the models above that is done, without their own words; what a line of Keras does not
      have, or does otherwise, is refused by name.

      | Models of | | `.h5` for Keras 2 | `.h5` for Keras 3 | `.keras` for Keras 2 | `.keras` for Keras 3 | `.weights.h5` for Keras 2 | `.weights.h5` for Keras 3 |
      | --- | --- | --- | --- | --- | --- | --- | --- |
      \(written.joined())
      With its own words a model of Keras 2.12 to 2.15 becomes any kind for Keras 2, and one of Keras 3 any kind
      for Keras 3: see <doc:Formats>.

      """
  }

  @Test func `the article says which files are read and written`() throws {
    let generated = try Self.generated()
    if ProcessInfo.processInfo.environment["RESIDUAL_REGENERATE"] != nil {
      try generated.write(toFile: Self.article, atomically: true, encoding: .utf8)
    }
    #expect(String(decoding: try bytes(ofFile: Self.article), as: UTF8.self) == generated)
  }
}
