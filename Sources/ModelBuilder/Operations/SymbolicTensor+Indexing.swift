internal import ModelGraph

/// What stands between the brackets of a tensor that is indexed: a place, a range, or one of `.all`,
/// `.rest`, `.newAxis` and `.stride(from:to:by:)`.
///
/// Places count as in Python: -1 is the last one of an axis.
public protocol TensorIndex: Sendable {
  /// The part as NumPy's basic indexing writes it: `1`, `0:5`, `...`.
  var key: String { get }
}

extension SymbolicTensor {
  /// A part of the tensor, batch axis first, as NumPy's basic indexing takes it: `x[0..., 1]`,
  /// `x[.rest, ..<(-1)]`, `x[0..., .newAxis]`.
  ///
  /// An axis of which a place is taken is gone; axes behind the last part are whole.
  public subscript(
    _ parts: any TensorIndex..., file file: StaticString = #fileID, line line: UInt = #line
  ) -> SymbolicTensor {
    operation("GetItem", settings: ["key": .strings(parts.map(\.key))], file: file, line: line)[0]
  }
}

extension Int: TensorIndex {
  /// The place.
  public var key: String { "\(self)" }
}

extension Range: TensorIndex where Bound == Int {
  /// The places from the first to the last.
  public var key: String { "\(lowerBound):\(upperBound)" }
}

extension ClosedRange: TensorIndex where Bound == Int {
  /// The places from the first to the last.
  public var key: String { "\(lowerBound):\(end(behind: upperBound))" }
}

extension PartialRangeFrom: TensorIndex where Bound == Int {
  /// The places from one on.
  public var key: String { "\(lowerBound):" }
}

extension PartialRangeUpTo: TensorIndex where Bound == Int {
  /// The places before one.
  public var key: String { ":\(upperBound)" }
}

extension PartialRangeThrough: TensorIndex where Bound == Int {
  /// The places up to one.
  public var key: String { ":\(end(behind: upperBound))" }
}

/// The place behind another; none behind the last.
private func end(behind place: Int) -> String {
  let (end, overflow) = place.addingReportingOverflow(1)
  return end == 0 || overflow ? "" : "\(end)"
}

/// A part of an index that is neither a place nor a range of Swift's.
public struct TensorIndexPart: TensorIndex {
  /// The part as NumPy's basic indexing writes it.
  public let key: String
}

extension TensorIndex where Self == TensorIndexPart {
  /// The whole axis.
  public static var all: TensorIndexPart { TensorIndexPart(key: ":") }

  /// All axes that no other part is for.
  public static var rest: TensorIndexPart { TensorIndexPart(key: "...") }

  /// A new axis of size 1.
  public static var newAxis: TensorIndexPart { TensorIndexPart(key: "None") }

  /// Every so many places, backwards for a step below 0; from one end to the other where no place
  /// is given.
  public static func stride(
    from start: Int? = nil, to end: Int? = nil, by step: Int
  ) -> TensorIndexPart {
    func text(_ place: Int?) -> String { place.map { "\($0)" } ?? "" }
    return TensorIndexPart(key: "\(text(start)):\(text(end)):\(step)")
  }
}
