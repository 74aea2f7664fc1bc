/// A mistake that explains what is recorded of a wrong call.
public struct Diagnosis: Hashable, Sendable, Codable {
  /// What kind of mistake it is.
  public enum Mistake: String, CaseIterable, Hashable, Sendable, Codable {
    /// A setting of the layer has another value, such as epsilon or a slope.
    case setting
    /// The activation function is another one, or is missing, or is applied where it should not be.
    case activation
    /// Zeros are put around the input elsewhere.
    case padding
    /// The numbers of a weight are in another order.
    case weightOrder
    /// Two weights of the layer are exchanged, or one holds another quantity.
    case weightRole
    /// The weights are those of another layer.
    case otherWeights
    /// A weight is missing, or should be.
    case missingWeight
    /// The elements of the input are in another order.
    case inputOrder
    /// A mask is heeded that is not, or the other way round.
    case mask
    /// The steps of a sequence are in the opposite order.
    case stepOrder
    /// The model's input is scaled in another way.
    case inputScale
    /// The formula is another program's.
    case formula
  }

  /// What kind of mistake it is.
  public var mistake: Mistake
  /// What the golden was made with, to follow "with": `epsilon 0.001`.
  public var difference: String
  /// What to do about it, as a sentence without an end.
  public var fix: String
  /// The largest error of the model as it is.
  public var errorBefore: ReportedNumber
  /// The largest error with the difference made good.
  public var errorAfter: ReportedNumber
}

extension Diagnosis: CustomStringConvertible {
  /// The mistake with its evidence: `with epsilon 0.001: max error 3.1 → 2.0e-07`.
  public var description: String {
    "with \(difference): max error \(short(errorBefore.value)) → \(short(errorAfter.value))"
  }
}
