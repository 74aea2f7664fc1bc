internal import ModelPresentation
internal import ModelGraph

extension ComparisonReport {
  /// One line of the report as text.
  public typealias Line = VerificationReport.Line

  /// What was compared, and what differs; the models are called A and B.
  ///
  /// - Parameter limit: How many differences of one sort are listed; the rest is counted.
  public func lines(limit: Int = 20) -> [Line] {
    let sections = [structureSection, settingsSection, weightsSection, resultsSection]
    return sections.flatMap { section in
      let rows = section.rows.prefix(limit).map { Line("  " + $0, section.verdict) }
      let rest = section.rows.count - rows.count
      let more = rest > 0 ? [Line("  and \(SummaryText.grouped(rest)) more")] : []
      let heading = section.heading.map { [Line("  " + $0)] } ?? []
      return [Line(section.title, section.verdict)] + heading + rows + more
    }
  }

  /// What the whole comes to, in one sentence.
  public var conclusion: String {
    switch verdict {
    case .agrees:
      let equal = [
        count(layerCount, "layer"), count(settings.comparedCount, "attribute"),
        count(weights.comparedCount, "weight"), count(run.comparedCount, "result"),
      ]
      let allowed = weights.differences.count + run.differences.count
      let remark =
        allowed > 0 ? "; \(count(allowed, "difference")) within \(allowance)" : ""
      return "agrees: \(Self.list(equal)) are the same" + remark
    case .differs:
      return "differs in \(Self.list(differenceCounts)): \(firstDifference)"
    case .couldNotTell:
      if let failure = run.failure {
        return "could not tell: nothing differs, but the models cannot be run: \(failure)"
      }
      let call = run.differences.first { $0.verdict == .unchecked }?.call.first ?? ""
      return "could not tell: nothing differs, but both make NaN, first in '\(call)'"
    }
  }

  /// How many layers both models have.
  var layerCount: Int { structure.sameNameCount + structure.renamed.count }

  private var allowance: String { isToleranceStated ? "the stated tolerance" : "rounding" }

  /// How much differs, of each sort.
  private var differenceCounts: [String] {
    let structural =
      structure.onlyInFirst.count + structure.onlyInSecond.count
      + structure.callsOnlyInFirst.count + structure.callsOnlyInSecond.count
    let counts = [
      (structural, structural == 1 ? "layer" : "layers"),
      (structure.rewired.count, structure.rewired.count == 1 ? "connection" : "connections"),
      (settings.differences.count, settings.differences.count == 1 ? "attribute" : "attributes"),
      (wrongWeights.count, wrongWeights.count == 1 ? "weight" : "weights"),
      (wrongResults.count, wrongResults.count == 1 ? "result" : "results"),
    ]
    return counts.filter { $0.0 > 0 }.map { "\(SummaryText.grouped($0.0)) \($0.1)" }
  }

  private var wrongWeights: [WeightDifference] {
    weights.differences.filter { !$0.isWithinTolerance }
  }

  private var wrongResults: [CallDifference] {
    run.differences.filter { $0.verdict == .differs }
  }

  /// The first difference, of what comes first in explaining the others.
  private var firstDifference: String {
    if let row = structureRows.first(where: { $0.isWrong })?.text { return row }
    if let setting = settings.differences.first { return setting.sentence }
    if let weight = wrongWeights.first { return weight.sentence }
    return wrongResults.first.map { "'\($0.call.first)' makes something else" } ?? ""
  }

  fileprivate static func list(_ parts: [String]) -> String {
    parts.count < 2
      ? parts.joined() : parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "")
  }
}

/// A number and what it counts: `1 layer`, `2 layers`.
private func count(_ number: Int, _ noun: String) -> String {
  "\(SummaryText.grouped(number)) \(noun)\(number == 1 ? "" : "s")"
}

// MARK: - Sections

extension ComparisonReport {
  /// What was found of one sort.
  private struct Section {
    var title: String
    /// The headings of a table.
    var heading: String?
    var rows: [String]
    var verdict: CallReport.Verdict?
  }

  private var structureRows: [(text: String, isWrong: Bool)] {
    let structure = structure
    var rows: [(String, Bool)] = []
    func add(_ singles: [Single], _ noun: String, _ model: String) {
      rows += singles.map { ("\(noun) '\($0.path)' (\($0.kind)) is only in \(model)", true) }
    }
    add(structure.onlyInFirst, "layer", "A")
    add(structure.onlyInSecond, "layer", "B")
    add(structure.callsOnlyInFirst, "call", "A")
    add(structure.callsOnlyInSecond, "call", "B")
    rows += structure.rewired.map { ($0.sentence, true) }
    rows += structure.ambiguous.map {
      ("'\($0.first)' is taken for '\($0.second)' of B by its order alone", false)
    }
    rows += structure.renamed.map { ("'\($0.first)' (\($0.kind)) is '\($0.second)' in B", false) }
    return rows
  }

  private var structureSection: Section {
    let names = structure.renamed.count
    let title =
      "structure   \(count(layerCount, "layer")) and \(count(structure.sameCallCount, "call")) "
      + "in both" + (names > 0 ? ", \(SummaryText.grouped(names)) of the layers renamed" : "")
    let rows = structureRows
    return Section(
      title: title, rows: rows.map(\.text), verdict: structure.isSame ? nil : .wrong)
  }

  private var settingsSection: Section {
    let total = SummaryText.grouped(settings.comparedCount)
    return Section(
      title: "attributes  " + Self.summary(total, different: settings.differences.count),
      rows: settings.differences.map(\.sentence),
      verdict: settings.differences.isEmpty ? nil : .wrong)
  }

  private var weightsSection: Section {
    let total =
      SummaryText.grouped(weights.comparedCount) + " of " + count(weights.elementCount, "element")
    let table = Self.table(
      ["layer", "role", "shape", "different", "max abs", "max rel", "ULP", ""],
      weights.differences.map(\.cells))
    return Section(
      title: "weights     " + Self.summary(total, different: weights.differences.count),
      heading: table.first, rows: Array(table.dropFirst()),
      verdict: wrongWeights.isEmpty ? nil : .wrong)
  }

  private var resultsSection: Section {
    if let failure = run.failure, run.comparedCount == 0 {
      return Section(title: "results     not run: \(failure)", rows: [], verdict: .unchecked)
    }
    let fed = run.inputs.map { "\($0.name) \($0.shape)" }.listed()
    let total = SummaryText.grouped(run.comparedCount) + " on \(fed)"
    let table = Self.table(
      ["call", "kind", "shape", "different", "max abs", "max rel", "ULP", "allowed", "verdict"],
      run.differences.map { $0.cells(allowance: allowance) })
    let title = "results     " + Self.summary(total, different: run.differences.count)
    let end = run.failure.map { "; then: \($0)" } ?? ""
    return Section(
      title: title + end, heading: table.first, rows: Array(table.dropFirst()),
      verdict: wrongResults.isEmpty ? (run.isComplete ? nil : .unchecked) : .wrong)
  }

  private static func summary(_ total: String, different: Int) -> String {
    guard different > 0 else { return "\(total): all equal" }
    return "\(total): \(SummaryText.grouped(different)) differ\(different == 1 ? "s" : "")"
  }

  /// Rows with their headings, or nothing where there are none.
  private static func table(_ headings: [String], _ rows: [[String]]) -> [String] {
    guard !rows.isEmpty else { return [] }
    let cells = [headings] + rows
    let widths = SummaryText.widths(of: cells)
    return cells.map { row in
      var line = VerificationReport.aligned(row, widths)
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }
  }
}

// MARK: - Rows

extension ComparisonReport.Wiring {
  fileprivate var sentence: String {
    let (first, second) = (first.quoted(), second.quoted())
    guard let call else { return "the outputs are \(first) in A, \(second) in B" }
    return "'\(call.first)' (\(call.kind)) is fed \(first) in A, \(second) in B"
  }
}

extension ComparisonReport.Setting {
  fileprivate var sentence: String {
    let (left, right) = Self.shortened(first ?? "missing", second ?? "missing")
    let place = layer.first.isEmpty ? "the model" : "'\(layer.first)' (\(layer.kind))"
    return "\(name) of \(place) is \(left) in A, \(right) in B"
  }
}

extension ComparisonReport.Setting {
  /// Long texts from a little before the place where they begin to differ.
  private static func shortened(_ left: String, _ right: String) -> (String, String) {
    let limit = 60
    guard max(left.count, right.count) > limit else { return (left, right) }
    let start = max(0, zip(left, right).prefix { $0 == $1 }.count - limit / 4)
    func cut(_ text: String) -> String {
      let rest = text.dropFirst(start)
      return (start > 0 ? "…" : "") + rest.prefix(limit) + (rest.count > limit ? "…" : "")
    }
    return (cut(left), cut(right))
  }
}

extension ComparisonReport.Statistics {
  fileprivate var share: String {
    "\(SummaryText.grouped(differentCount)) of \(SummaryText.grouped(count))"
  }

  /// How many numbers lie between, as long as that says something.
  fileprivate var ulps: String? {
    maxULP < 1_000_000 ? SummaryText.grouped(Int(clamping: maxULP)) : nil
  }

  fileprivate var cells: [String] {
    [share, short(maxAbsolute.value), short(maxRelative.value), ulps ?? ""]
  }
}

extension ComparisonReport.Element {
  fileprivate var text: String {
    let (left, right) = CallReport.texts(first.value, second.value)
    return (index.isEmpty ? "" : "at \(index) ") + "A has \(left), B \(right)"
  }
}

extension ComparisonReport.WeightDifference {
  fileprivate var cells: [String] {
    let shape = first?.shape ?? second?.shape ?? []
    let numbers = statistics?.cells ?? ["", "", "", ""]
    return [layer.first, role, "\(shape)"] + numbers + [remark]
  }

  /// What is different besides the numbers, or where they are furthest apart.
  private var remark: String {
    guard let first, let second else { return "only in \(first == nil ? "B" : "A")" }
    guard first.shape == second.shape else { return "\(first.shape) in A, \(second.shape) in B" }
    var parts: [String] = []
    if let foundAt { parts.append("A's is that of '\(foundAt)' in B") }
    if first.dtype != second.dtype { parts.append("\(first.dtype) in A, \(second.dtype) in B") }
    if isWithinTolerance { parts.append("within the stated tolerance") }
    if parts.isEmpty, let worst = statistics?.worst { parts.append(worst.text) }
    return parts.joined(separator: "; ")
  }

  fileprivate var sentence: String {
    let place = "\(role) of '\(layer.first)' (\(layer.kind))"
    guard let statistics else { return "\(place) is \(remark)" }
    guard let worst = statistics.worst else { return "\(place): \(remark)" }
    let ulps = statistics.ulps.map { ", by \($0) ULP at most" } ?? ""
    let found = foundAt.map { "; A's is that of '\($0)' in B" } ?? ""
    return "\(place) differs in \(statistics.share) elements\(ulps): \(worst.text)\(found)"
  }
}

extension ComparisonReport.CallDifference {
  fileprivate func cells(allowance: String) -> [String] {
    let name = output > 0 ? "\(call.first):\(output)" : call.first
    let numbers = statistics?.cells ?? ["", "", "", ""]
    let remark =
      switch verdict {
      case .rounding: "within \(allowance)"
      case .differs: statistics == nil ? "\(secondShape) in B" : "differs"
      case .unchecked: "unchecked: NaN in both"
      }
    return [name, call.kind, "\(firstShape)"] + numbers
      + [allowed.map { short($0.value) } ?? "", remark]
  }
}

extension ComparisonReport: CustomStringConvertible {
  /// The report as text.
  public var description: String {
    (lines().map(\.text) + [conclusion]).joined(separator: "\n")
  }
}
