import ModelPresentation
import KerasFormat
import OrderedCollections
import ModelGraph
import TestSupport
import Testing

/// Summaries and notes of files that Keras wrote.
@Suite struct SummaryTests {
  private static let summarized = Fixture.all.filter { $0.summaries != nil }

  private func model(_ fixture: Fixture) throws -> Model {
    try KerasReader().read(path: fixture.path).model
  }

  private func lines(of text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  @Test(arguments: summarized)
  func `a summary is the one that Keras prints`(fixture: Fixture) throws {
    let model = try model(fixture)
    for summary in fixture.summaries ?? [] {
      let file = try bytes(ofFile: Repository.fixture(summary.file))
      let expected = lines(of: String(decoding: file, as: UTF8.self))
      #expect(lines(of: model.summary(width: summary.width) + "\n") == expected)
    }
  }

  @Test func `Keras summarised every kind of block and of graph`() {
    #expect(
      Self.summarized.map(\.name) == [
        "block_activation", "block_batchnorm", "block_expand_contract", "block_identity",
        "block_plain", "block_projection", "digits_resnet", "multi_io", "nested", "shared_layer",
      ])
    #expect(Self.summarized.allSatisfy { $0.summaries?.map(\.width) == [200, 108] })
  }

  @Test(arguments: summarized)
  func `the plain style has the same cells, one line a layer`(fixture: Fixture) throws {
    let model = try model(fixture)
    func cells(_ text: String) -> [[String]] {
      lines(of: text).filter { "┃│|".contains($0.first ?? " ") }.map { line in
        line.split { "┃│|".contains($0) }.map { $0.drop { $0 == " " } }
          .map { cell in String(cell.reversed().drop { $0 == " " }.reversed()) }
      }
    }
    let plain = model.summary(style: .plain)
    #expect(plain.allSatisfy { $0.isASCII })
    #expect(cells(plain) == cells(model.summary(width: 200)))
    #expect(cells(plain).count == model.graph.layers.count + 1)
  }

  private static let blocks = Fixture.valid.filter {
    $0.name.hasPrefix("block_") || $0.name == "digits_resnet"
  }

  @Test(arguments: blocks)
  func `residual blocks as they should be give no notes`(fixture: Fixture) throws {
    let notes = try model(fixture).graph.residualNotes()
    #expect(notes == [])
  }
}
