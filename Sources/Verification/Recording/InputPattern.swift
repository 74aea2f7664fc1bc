/// How the elements of made-up inputs are chosen.
public enum InputPattern: String, CaseIterable, Hashable, Sendable {
  /// Random, uniform from -1 to 1.
  case seeded
  /// Random, normal with deviation 1.
  case normal
  /// Evenly spaced from -4 to 4, in row-major order.
  case ramp
  /// All 0.
  case zeros
  /// All 1.
  case ones
  /// Random whole numbers from 0 to 255, as images have.
  case bytes

  /// Whether another seed makes other elements.
  public var isRandom: Bool { self == .seeded || self == .normal || self == .bytes }
}

extension InputPattern: CustomStringConvertible {
  /// How the elements are chosen, in a few words.
  public var description: String {
    switch self {
    case .seeded: "uniform from -1 to 1"
    case .normal: "normal, deviation 1"
    case .ramp: "evenly spaced from -4 to 4 in row-major order"
    case .zeros: "zeros"
    case .ones: "ones"
    case .bytes: "whole numbers from 0 to 255"
    }
  }
}

extension InputPattern {
  /// The elements of one input.
  ///
  /// - Parameters:
  ///   - count: How many.
  ///   - range: Between which whole numbers they must be, if they must: so are then those of random
  ///     patterns, and a ramp.
  ///   - draws: Where random numbers come from.
  func elements(_ count: Int, wholeIn range: Range<Int>?, from draws: inout InputDraws) -> [Float] {
    let pattern = range != nil && isRandom ? .bytes : self
    switch pattern {
    case .seeded: return (0..<count).map { _ in draws.uniform() }
    case .normal: return (0..<count).map { _ in draws.normal() }
    case .bytes: return (0..<count).map { _ in draws.whole(in: range ?? 0..<256) }
    case .zeros: return [Float](repeating: 0, count: count)
    case .ones: return [Float](repeating: 1, count: count)
    case .ramp:
      let (first, last) =
        range.map { (Double($0.lowerBound), Double($0.upperBound - 1)) } ?? (-4, 4)
      let step = (last - first) / Double(max(1, count - 1))
      return (0..<count).map {
        let value = first + step * Double($0)
        return Float(range == nil ? value : value.rounded())
      }
    }
  }

  /// How the elements of one input are chosen, in a few words.
  ///
  /// - Parameters:
  ///   - expected: What a layer expects of them, if one does.
  ///   - range: Between which whole numbers they are by their type, if it is one of those.
  func description(_ expected: InputExpectations.Expected?, ofType range: Range<Int>?) -> String {
    guard let range = expected?.range ?? range, isRandom || self == .ramp else { return "\(self)" }
    let numbers = "whole numbers from \(range.lowerBound) to \(range.upperBound - 1)"
    let reason = expected.map { ", as \($0.layer) takes" } ?? ""
    return numbers + (self == .ramp ? " in row-major order" : "") + reason
  }
}
