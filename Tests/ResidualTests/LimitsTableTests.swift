import Foundation
import GoldenFormat
import HDF5
import ModelGraph
import ProtobufFormat
import TestSupport
import Testing
import Zip

@testable import KerasFormat
@testable import ModelLayers
@testable import Verification

/// `Documentation/limits.md`, held against the code and the tests.
@Suite struct LimitsTableTests {
  /// A row of the tables.
  private struct Row: CustomStringConvertible {
    let value: String
    let name: String
    let test: String

    var description: String { name }
  }

  private static func rows() throws -> [Row] {
    let text = try String(
      contentsOfFile: Repository.path + "/Documentation/limits.md", encoding: .utf8)
    return text.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard line.hasPrefix("|"), cells.count == 4, cells[2].hasPrefix("`") else { return nil }
      let quote = CharacterSet(charactersIn: "`")
      return Row(
        value: cells[1], name: cells[2].trimmingCharacters(in: quote),
        test: cells[3].trimmingCharacters(in: quote))
    }
  }

  /// The limits that a reader is given, all members of them.
  private static var raisable: [String: Int] {
    var limits: [String: Int] = [:]
    for value: Any in [ProtobufLimits(), Limits(), GoldenLimits(), ZipLimits()] {
      for case (let member?, let number as Int) in Mirror(reflecting: value).children {
        limits["\(type(of: value)).\(member)"] = number
      }
    }
    return limits
  }

  private static var fixed: [String: Int] {
    [
      "JSONParser.maximumDepth": JSONParser.maximumDepth,
      "KerasArchive.keptByteCount": KerasArchive.keptByteCount,
      "KeptVocabularies.maximumTokenCount": KeptVocabularies.maximumTokenCount,
      "KerasArchive.unpackedByteCount": KerasArchive.unpackedByteCount,
      "Graph.maximumDepth": Graph.maximumDepth,
      "Graph.maximumCallCount": Graph.maximumCallCount,
      "Call.maximumArgumentCount": Call.maximumArgumentCount,
      "CallArgument.maximumDepth": CallArgument.maximumDepth,
      "Constant.maximumElementCount": Constant.maximumElementCount,
      "ContrastLimitedAdaptiveHistogramEqualization.maximumPlaceCount":
        ContrastLimitedAdaptiveHistogramEqualization.maximumPlaceCount,
      "Operation.maximumPartCount": Operation.maximumPartCount,
      "Shape.maximumRank": Shape.maximumRank,
      "Tensor.maximumTextByteCount": Tensor.maximumTextByteCount,
      "TextVectorization.maximumWidthCount": TextVectorization.maximumWidthCount,
      "RunLimit.operationCount": RunLimit.operationCount,
      "RunLimit.elementCount": RunLimit.elementCount,
      "LayerMatching.visitLimit": LayerMatching.visitLimit,
    ]
  }

  /// A number as the table may have it.
  private static func texts(_ number: Int) -> Set<String> {
    var texts: Set = [
      number.formatted(.number.grouping(.automatic).locale(Locale(identifier: "en_US")))
    ]
    for (unit, power) in [("KiB", 10), ("MiB", 20), ("GiB", 30)]
    where number.isMultiple(of: 1 << power) {
      texts.insert("\(number >> power) \(unit)")
    }
    return texts
  }

  @Test func `the table has every limit, as it is in the code`() throws {
    let rows = try Self.rows()
    let limits = Self.raisable.merging(Self.fixed) { first, _ in first }
    #expect(Set(rows.map(\.name)) == Set(limits.keys))
    for row in rows {
      let number = try #require(limits[row.name], "\(row)")
      #expect(Self.texts(number).contains(row.value), "\(row) is \(number)")
    }
  }

  @Test func `every limit has a test`() throws {
    let tests = Repository.path + "/Tests"
    let files = try #require(FileManager.default.enumerator(atPath: tests))
    var names: Set<Substring> = []
    for case let file as String in files where file.hasSuffix(".swift") {
      let text = try String(contentsOfFile: tests + "/" + file, encoding: .utf8)
      for match in text.matches(of: /func `([^`]+)`/) { names.insert(match.output.1) }
    }
    for row in try Self.rows() { #expect(names.contains(Substring(row.test)), "\(row)") }
  }
}
