internal import OrderedCollections
internal import ModelGraph

extension CaseRun {
  /// How sensitive each output of a call is to relative changes of its inputs:
  /// the sum over the inputs of |y(x·(1 + h)) - y(x)| / h.
  ///
  /// Each input is changed by itself, so that changes of two inputs do not cancel;
  /// once in all elements alike, and once with alternating signs, for a layer that
  /// normalizes does not see the former. The larger change counts, for each
  /// element. `h` is large enough for our own rounding not to show. Integers and truth values are
  /// not rounded, and so not changed.
  func sensitivities(of visit: Visit) -> [[Double]] {
    let step = 0x1p-24
    var sums = visit.outputs.map { [Double](repeating: 0, count: $0.elements.count) }
    let types = table.entries[visit.path.description]?.inputTypes ?? []
    for input in visit.inputs.indices {
      if types.indices.contains(input), types[input].unitRoundoff == nil { continue }
      var largest = sums.map { [Double](repeating: 0, count: $0.count) }
      for isAlternating in [false, true] {
        var inputs = visit.inputs
        inputs[input].elements = changed(
          inputs[input].elements, by: step, isAlternating: isAlternating)
        let outputs = visit.definition.values(inputs, visit.parameters)
        for (output, made) in outputs.enumerated() where largest.indices.contains(output) {
          raise(
            &largest[output], toDifferenceOf: made.elements, visit.outputs[output].elements,
            per: step)
        }
      }
      for output in sums.indices { add(largest[output], to: &sums[output]) }
    }
    return sums
  }
}

private func changed(_ elements: [Double], by step: Double, isAlternating: Bool) -> [Double] {
  var changed = elements
  for index in changed.indices {
    changed[index] *= isAlternating && !index.isMultiple(of: 2) ? 1 - step : 1 + step
  }
  return changed
}

private func raise(
  _ values: inout [Double], toDifferenceOf left: [Double], _ right: [Double], per step: Double
) {
  for index in values.indices {
    // Infinities that meet have no difference, and say nothing.
    let difference = abs(left[index] - right[index]) / step
    if difference > values[index] { values[index] = difference }
  }
}

private func add(_ values: [Double], to sums: inout [Double]) {
  for index in sums.indices { sums[index] += values[index] }
}
