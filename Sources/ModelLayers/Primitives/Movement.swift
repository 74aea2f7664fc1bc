/// The primitives: what definitions are made of.
public enum Primitives {}

/// A primitive that moves or repeats elements, or puts zeros beside them: nothing is rounded, and
/// what an element may be off by goes where the element goes.
public protocol Movement: Primitive {}

extension Movement {
  /// The bounds of the inputs, moved as their elements are.
  public func bounds<Scalar: ReferenceScalar>(
    _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
  ) -> [RoundingBound<Scalar>] {
    guard !inputs.allSatisfy(\.isExact) else { return results.map { _ in .exact } }
    func moved(_ part: (Inexact<Scalar>) -> NDArray<Scalar>?) -> [[Scalar]] {
      let parts = inputs.map(part)
      guard parts.contains(where: { $0 != nil }) else { return results.map { _ in [] } }
      let filled = zip(parts, inputs).map { $0 ?? NDArray(repeating: 0, $1.dimensions) }
      return values(filled).map(\.elements)
    }
    let length = inputs.map(\.bound.length).max() ?? 0
    let coversValue = inputs.allSatisfy(\.bound.coversValue)
    return zip(moved(\.magnitude), moved(\.fixed)).map { magnitude, fixed in
      var bound = RoundingBound(length: length, magnitude: magnitude, fixed: fixed)
      bound.coversValue = coversValue
      return bound
    }
  }
}
