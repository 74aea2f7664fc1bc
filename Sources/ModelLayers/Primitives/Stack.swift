/// Arrays put one beside the other along a new axis.
struct Stack<Scalar: ReferenceScalar> {
  private(set) var array: NDArray<Scalar>
  private let axis: Int

  /// Takes the dimensions of one array.
  init(_ dimensions: [Int], axis: Int, count: Int) {
    var made = dimensions
    made.insert(count, at: axis)
    array = NDArray(repeating: 0, made)
    self.axis = axis
  }

  /// Puts the elements of one array at its place; none stand for zeros.
  mutating func put(_ part: [Scalar], at place: Int) {
    guard !part.isEmpty else { return }
    let run = array.dimensions[(axis + 1)...].reduce(1, *)
    let stride = array.dimensions[axis] * run
    for outer in 0..<part.count / run {
      let start = outer * stride + place * run
      array.elements.replaceSubrange(
        start..<start + run, with: part[outer * run..<(outer + 1) * run])
    }
  }
}

extension NDArray {
  /// What is at one place along an axis, without that axis.
  func slice(at place: Int, along axis: Int) -> NDArray {
    var made = dimensions
    made.remove(at: axis)
    guard !elements.isEmpty else { return NDArray(made, []) }
    let run = dimensions[(axis + 1)...].reduce(1, *)
    var part: [Scalar] = []
    part.reserveCapacity(made.reduce(1, *))
    for start in stride(from: place * run, to: elements.count, by: dimensions[axis] * run) {
      part += elements[start..<start + run]
    }
    return NDArray(made, part)
  }
}

extension Inexact {
  /// The bound of a slice.
  func boundSlice(at place: Int, along axis: Int) -> RoundingBound<Scalar> {
    guard !isExact else { return .exact }
    var slice = bound
    slice.magnitude = magnitude.map { $0.slice(at: place, along: axis).elements } ?? []
    slice.fixed = fixed.map { $0.slice(at: place, along: axis).elements } ?? []
    return slice
  }
}
