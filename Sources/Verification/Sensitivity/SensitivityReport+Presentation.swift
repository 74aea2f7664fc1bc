extension SensitivityReport {
  /// The changes that are not noticed and those that were not tried, as rows of texts below a row of
  /// headings: weight, change, and why.
  public var rows: [[String]] {
    [["weight", "change", "why it is not noticed"]]
      + (unnoticed + untried).map { [$0.weight, $0.changeText, $0.reasonText] }
  }

  /// What the whole comes to, in one sentence.
  public var conclusion: String {
    let count = "\(noticedCount) of \(triedCount) changes to \(weightCount) weights are noticed"
    switch verdict {
    case .sensitive: return "sensitive: \(count)"
    case .insensitive:
      let rest = untried.isEmpty ? "" : ", \(untried.count) were not tried"
      return "insensitive: \(count), \(unnoticed.count) would not be\(rest)"
    case .couldNotTell:
      guard triedCount > 0 else { return "could not tell: nothing was tried" }
      return "could not tell: \(count), and \(untried.count) were not tried"
    }
  }
}

extension SensitivityReport.Finding {
  fileprivate var changeText: String {
    partner.map { "swapped with '\($0)'" } ?? change.rawValue
  }

  fileprivate var reasonText: String {
    switch reason {
    case .alreadyZero: "it is zero as it is"
    case .twins: "both are equal"
    case .zeroInput: "the layer is given zeros alone"
    case .zeroOutput: "what is recorded of the layer is all zero"
    case .constantOutput: "what is recorded of the layer is the same everywhere"
    case .saturated: "what is recorded of the layer is a saturated softmax"
    case .notANumber: "what is recorded of the layer holds NaN"
    case .noEffect: "the layer makes the same"
    case .rounding: "within what rounding may do" + (boundRatio.map(Self.text) ?? "")
    case .unknown: "nothing that is recorded shows it"
    case nil: "not tried: it needs the whole model to be run"
    }
  }

  private static func text(_ ratio: ReportedNumber) -> String {
    ": \(short(ratio.value)) of the probable bound"
  }
}
