import Foundation
import OrderedCollections
import ModelGraph
import TestSupport
import Testing

@testable import Verification

@Suite struct ReportTests {
  /// A report with every verdict: one wrong call, one not recorded, one with another shape.
  private func report() throws -> VerificationReport {
    var golden = try Golden.block(rows: 1)
    golden.cases[0].description = "uniform values"
    for name in ["first", "second", "add"] {
      // Whole numbers, so that the text does not hang on the last digit of a sum.
      golden.cases[0].calls[name] = try golden.cases[0].calls[name]?.changed {
        for index in $0.indices { $0[index] = Float(index) }
      }
    }
    golden.cases[0].calls["relu"] = nil
    golden.cases[0].calls["norm"] = Tensor(NDArray<Float>(repeating: 1, [1, 3]))
    golden.cases[0].calls["lost"] = Block.input()
    return try Verifier().verify(Block.model(), against: golden)
  }

  @Test func `the table has a line for each call`() throws {
    let text = try report().description
    #expect(
      text == """
        case 'random': uniform values
        call    kind             shape    max abs  max rel         ULP  of bound  cumulative  verdict
        first   Linear           [1, 12]       12      1.7  2169064165   3.7e+06          12  wrong
        norm    Standardization  [1, 12]                                                      wrong: \
        golden has shape [1, 3]
        relu    Rectifier        [1, 12]                                                      \
        unchecked: not recorded
        second  Linear           [1, 12]       59       39  2203689284   3.1e+05         9.4  wrong, \
        from what is not recorded
        add     Sum              [1, 12]      1.0     0.91  1061605716   1.6e+08         9.1  wrong
        whole model
        add     Sum              [1, 12]  1.5e-06  6.4e-07           7     0.061              ok
        'add' ranks classes as the golden: top-1 in 1 of 1 sample, top-5 in 1
        the model has no tensor for 'calls/lost'

        6 tensors: 1 ok, 4 wrong, 1 unchecked
        differs: case 'random', call 'first' (Linear) is the first to diverge: at [0, 9] the golden \
        has 9.0, the model -2.8951962, and rounding allows 3.2e-06; 12 of 12 elements are wrong
          input       input
          settings    units 12
          weight      kernel 'first/kernel' [12, 12] float32
          weight      bias 'first/bias' [12] float32
          also wrong  'norm', 'second', 'add'
        """)
  }

  @Test func `a long name does not make all lines as long`() throws {
    let long = String(repeating: "n", count: 100_000)
    var report = try report()
    report.cases[0].calls[0].path = long
    #expect(report.description.utf8.count { $0 == UInt8(ascii: " ") } < 10_000)
    let network = try Network.model(prefix: long)
    let other = try Network.model(prefix: "other", epsilon: 1)
    let comparison = try Verifier().compare(network, with: other)
    #expect(comparison.description.utf8.count { $0 == UInt8(ascii: " ") } < 10_000)
  }

  @Test func `calls that are not recorded are one line`() throws {
    var golden = try Golden.block(rows: 1)
    golden.cases[0].calls = [:]
    let lines = try Verifier().verify(Block.model(), against: golden).lines.map(\.text)
    #expect(
      lines[2...4] == [
        "no call is recorded: 5 unchecked", "whole model",
        "add   Sum   [1, 12]  1.5e-06  6.4e-07    7     0.061              ok",
      ])
    #expect(lines[7] == "6 tensors: 1 ok, 5 unchecked")
  }

  @Test func `a report survives JSON`() throws {
    var report = try report()
    report.cases[0].calls[0].statistics?.worst?.found = ReportedNumber(.nan)
    report.cases[0].calls[0].statistics?.worst?.expected = ReportedNumber(-.infinity)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let data = try encoder.encode(report)
    #expect(try JSONDecoder().decode(VerificationReport.self, from: data) == report)
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains(#""verdict":"differs""#))
    #expect(text.contains(#""expected":"-inf""#))
    #expect(text.contains(#""found":"nan""#))
  }

  @Test func `numbers are short`() {
    let values = [
      0, 1, 0.5, 0.05, 0.005, 9.96, 99.6, 12, 1234, 12345, 3.44e-7, 9.99e-5, 0x1p-1030, 1e300, -2.5,
      .infinity, .nan,
    ]
    #expect(
      values.map(short) == [
        "0", "1.0", "0.50", "0.050", "5.0e-03", "10", "100", "12", "1234", "1.2e+04", "3.4e-07",
        "1.0e-04", "8.7e-311", "1.0e+300", "-2.5", "inf", "nan",
      ])
  }

  @Test func `a verdict that is not passed has a sentence`() throws {
    let agrees = try Verifier().verify(Block.model(), against: .block())
    #expect(agrees.counts == "6 tensors: 6 ok")
    #expect(agrees.conclusion == "agrees: what was compared differs by no more than rounding")
    let stated = Verifier(options: .init(absoluteTolerance: 1))
    #expect(
      try stated.verify(Block.model(), against: .block()).conclusion
        == "agrees: what was compared differs by no more than the stated tolerance")
  }

  @Test func `each line knows its verdict`() throws {
    let lines = try report().lines
    #expect(lines.first?.verdict == nil)
    #expect(lines.filter { $0.verdict == .wrong }.count == 4)
    #expect(lines.first { $0.text.hasPrefix("relu") }?.verdict == .unchecked)
  }
}

/// Reports for systems of continuous integration.
@Suite struct JUnitTests {
  @Test func `each tensor is a test, and what is unchecked is skipped`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls["relu"] = nil
    golden.cases[0].calls["<lost> & \"found\"\u{1}"] = Block.input()
    let report = try Verifier().verify(Block.model(epsilon: 1e-3), against: golden)
    let lines = JUnit([(name: "model.pb", report: report)]).text.split(separator: "\n")
    #expect(lines[0] == #"<?xml version="1.0" encoding="UTF-8"?>"#)
    #expect(
      lines[2]
        == #"  <testsuite name="model.pb: random" tests="7" failures="2" errors="1" skipped="1">"#)
    #expect(lines[3] == #"    <testcase classname="Linear" name="first"/>"#)
    #expect(lines[4] == #"    <testcase classname="Standardization" name="norm">"#)
    #expect(lines[5].hasPrefix(#"      <failure message="at ["#))
    #expect(lines.contains(#"      <skipped message="unchecked: not recorded"/>"#))
    #expect(lines.contains { $0.contains(#"name="calls/&lt;lost&gt; &amp; &quot;found&quot;�""#) })
  }

  @Test func `a report that compared nothing is an error`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls = [:]
    golden.cases[0].outputs = [:]
    let report = try Verifier().verify(Block.model(), against: golden)
    let text = JUnit([(name: "model.pb", report: report)]).text
    #expect(text.contains(#"<error message="nothing was compared"/>"#))
    // The output that is not recorded, and the verdict on the case.
    #expect(text.contains(#"tests="7" failures="0" errors="2" skipped="5""#))
  }

  @Test(arguments: [
    CallReport.Reason.allCases.map(\.rawValue), CallReport.Verdict.allCases.map(\.rawValue),
    VerificationReport.Verdict.allCases.map(\.rawValue),
  ])
  func `the schema of reports lists what a report may say`(words: [String]) throws {
    let path = Repository.file("schemas/verification-report.schema.json")
    let schema = try String(contentsOfFile: path, encoding: .utf8).filter { !$0.isWhitespace }
    #expect(schema.contains("\"enum\":[" + words.map { "\"\($0)\"" }.joined(separator: ",") + "]"))
  }
}
