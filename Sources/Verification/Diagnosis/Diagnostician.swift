internal import ModelGraph

/// Tries the mistakes that people make, and names those that make the golden fit.
struct Diagnostician {
  private let call: SuspectCall

  init(_ call: SuspectCall) {
    self.call = call
  }

  /// The mistakes that explain what is recorded, the one with the smallest error first.
  ///
  /// What is likely and cheap is tried first; as soon as something fits, what is less likely is not
  /// tried any more.
  func diagnoses() -> [Diagnosis] {
    let groups: [() -> [Hypothesis]] = [
      call.settings, { call.stepOrders() + call.otherMasks() + call.resets() }, call.padding,
      call.activations, { call.weightRoles() + call.exchangedParts() + call.headOrders() },
      call.gateOrders,
      // Colours in another order may be the image's or the kernel's.
      { call.otherInputs() + call.weightOrders() }, call.formulas, call.otherWeights,
      { call.otherBias() + call.sharedBiases() },
    ]
    for group in groups {
      let found = group().compactMap { hypothesis in
        call.error(with: hypothesis).map { error in
          Diagnosis(
            mistake: hypothesis.mistake, difference: hypothesis.difference, fix: hypothesis.fix,
            errorBefore: call.errorBefore, errorAfter: ReportedNumber(error))
        }
      }
      if !found.isEmpty { return found.sorted { $0.errorAfter.value < $1.errorAfter.value } }
    }
    return []
  }
}
