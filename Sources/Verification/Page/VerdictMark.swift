extension CallReport.Verdict {
  /// The sign of the verdict, which tells it without a colour.
  var sign: String {
    switch self {
    case .ok: "✓"
    case .rounding: "≈"
    case .wrong: "✕"
    case .unchecked: "?"
    }
  }

  /// How much a verdict counts where a call has several.
  var gravity: Int {
    switch self {
    case .unchecked: 0
    case .ok: 1
    case .rounding: 2
    case .wrong: 3
    }
  }

  /// The sign and the verdict.
  var badge: Markup {
    .element(
      "span", ["class": "badge \(rawValue)"],
      .element("span", ["aria-hidden": "true"], Markup(sign)), Markup(" \(rawValue)"))
  }
}

extension VerificationReport.Verdict {
  /// The verdict in words.
  var title: String {
    switch self {
    case .agrees: "Agrees"
    case .differs: "Differs"
    case .couldNotTell: "Could not tell"
    }
  }

  /// The verdict on calls that has the same sign and colour.
  var mark: CallReport.Verdict {
    switch self {
    case .agrees: .ok
    case .differs: .wrong
    case .couldNotTell: .unchecked
    }
  }
}

extension [VerificationReport.Verdict] {
  /// What several reports come to.
  var together: VerificationReport.Verdict {
    if contains(.differs) { return .differs }
    return !isEmpty && allSatisfy { $0 == .agrees } ? .agrees : .couldNotTell
  }
}

extension VerificationReport.Case {
  /// What the case comes to by itself.
  var verdict: VerificationReport.Verdict {
    let verdicts = (calls + outputs).map(\.verdict)
    if verdicts.contains(.wrong) { return .differs }
    let isCompared = verdicts.contains { $0 == .ok || $0 == .rounding }
    return isCompared && unknownTensors.isEmpty ? .agrees : .couldNotTell
  }
}
