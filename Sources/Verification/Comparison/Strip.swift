internal import ModelGraph

/// So many elements as are compared at once.
typealias Strip = SIMD8<Double>

extension Strip {
  /// The elements of an array in a range of as many.
  @inline(__always)
  init<Element: ReferenceScalar>(_ elements: [Element], _ range: Range<Int>) {
    let elements = elements.span.extracting(range)
    self = .zero
    // The compiler makes one instruction of a loop that it knows the length of.
    for lane in 0..<Self.scalarCount { self[lane] = Double(elements[lane]) }
  }
}

/// The magnitude of each element.
@inline(__always)
func abs(_ strip: Strip) -> Strip {
  strip.replacing(with: -strip, where: -strip .> strip)
}
