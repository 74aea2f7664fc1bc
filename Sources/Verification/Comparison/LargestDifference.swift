internal import ModelGraph

/// The largest difference between our two passes; elements that are not finite do
/// not count.
func spreadOfPasses<Scalar: ReferenceScalar>(_ pass: [Scalar], _ double: [Double]) -> Double {
  var largest = 0.0
  for (a, b) in zip(pass, double) {
    let difference = abs(Double(a) - b)
    // False for what is not a number.
    if difference > largest, difference < .infinity { largest = difference }
  }
  return largest
}

/// The largest difference between two tensors; infinite where an element is finite in one alone,
/// and 0 where the standard is not a number, which says nothing.
@specialized(where Scalar == Float) @specialized(where Scalar == Double)
func largestDifference<Scalar: ReferenceScalar>(_ found: [Scalar], _ standard: [Scalar]) -> Double {
  precondition(found.count == standard.count, "tensors of other shapes have no difference")
  var largest = 0.0
  for start in stride(from: 0, to: standard.count, by: Strip.scalarCount) {
    let range = start..<min(start + Strip.scalarCount, standard.count)
    if range.count == Strip.scalarCount {
      let differences = abs(Strip(found, range) - Strip(standard, range))
      if all(differences .<= largest) { continue }
    }
    for index in range {
      let (a, b) = (found[index], standard[index])
      let difference = abs(Double(a) - Double(b))
      // Infinities that meet have no difference.
      guard !(difference <= largest), a != b, !b.isNaN else { continue }
      largest = difference.isNaN ? .infinity : difference
    }
  }
  return largest
}

/// The same of tensors that may not have been read yet.
func largestDifference(_ found: Tensor, _ standard: Tensor) throws -> Double {
  found.dtype == .float32 && standard.dtype == .float32
    ? largestDifference(
      try found.array(Float.self).elements, try standard.array(Float.self).elements)
    : largestDifference(
      try found.array(Double.self).elements, try standard.array(Double.self).elements)
}
