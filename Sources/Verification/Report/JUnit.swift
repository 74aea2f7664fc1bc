/// Reports in the XML of JUnit, which systems of continuous integration show.
///
/// Each case is a suite and each tensor a test. What is unchecked is skipped, never passed; what makes
/// a report that could not tell is an error.
public struct JUnit: Sendable {
  private let suites: [Suite]

  private struct Suite {
    let name: String
    var tests: [Test] = []

    func count(_ outcome: String) -> Int { tests.count { $0.outcome?.tag == outcome } }
  }

  fileprivate struct Test {
    let name: String
    let kind: String
    /// What came of it; `nil` where it passed.
    let outcome: (tag: String, message: String)?
  }

  /// Lists what reports found.
  ///
  /// - Parameter reports: Each with the name of what was verified.
  public init(_ reports: [(name: String, report: VerificationReport)]) {
    suites = reports.flatMap { name, report in
      report.cases.map { one in
        var suite = Suite(name: "\(name): \(one.name)")
        suite.tests = one.calls.map { Test($0, in: report) }
        suite.tests += one.outputs.map { Test($0, in: report, prefix: "whole model: ") }
        suite.tests += one.unknownTensors.map {
          Test(name: $0, kind: "golden", outcome: ("error", "the model has no tensor for it"))
        }
        if !suite.tests.contains(where: { $0.outcome == nil || $0.outcome?.tag == "failure" }) {
          suite.tests.append(
            Test(name: "verdict", kind: "case", outcome: ("error", "nothing was compared")))
        }
        return suite
      }
    }
  }

  /// The XML.
  public var text: String {
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
    lines.append("<testsuites name=\"resverify\"\(Self.counts(suites))>")
    for suite in suites {
      lines.append("  <testsuite name=\"\(Self.escaped(suite.name))\"\(Self.counts([suite]))>")
      for test in suite.tests {
        let head =
          "    <testcase classname=\"\(Self.escaped(test.kind))\" name=\"\(Self.escaped(test.name))\""
        guard let (tag, message) = test.outcome else {
          lines.append(head + "/>")
          continue
        }
        lines.append(head + ">")
        lines.append("      <\(tag) message=\"\(Self.escaped(message))\"/>")
        lines.append("    </testcase>")
      }
      lines.append("  </testsuite>")
    }
    lines.append("</testsuites>")
    return lines.map { $0 + "\n" }.joined()
  }

  private static func counts(_ suites: [Suite]) -> String {
    let tests = suites.reduce(0) { $0 + $1.tests.count }
    let outcomes = [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
    return " tests=\"\(tests)\""
      + outcomes.map { name, tag in
        " \(name)=\"\(suites.reduce(0) { $0 + $1.count(tag) })\""
      }.joined()
  }

  /// A text as an attribute's value; what XML cannot say becomes U+FFFD.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
      case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

extension JUnit.Test {
  fileprivate init(_ call: CallReport, in report: VerificationReport, prefix: String = "") {
    name = prefix + call.path
    kind = call.kind
    let isMissing = !prefix.isEmpty && call.reason == .missing
    outcome =
      switch call.verdict {
      case .ok, .rounding: nil
      case .unchecked:
        (isMissing || call.isUnfit ? "error" : "skipped", call.sentence(report.standard))
      case .wrong:
        (
          "failure",
          call.divergence(
            from: report.standard, of: report.subject, allowedBy: report.allowance)
        )
      }
  }
}
