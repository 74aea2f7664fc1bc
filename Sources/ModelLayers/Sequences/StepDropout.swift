/// What training drops in each step of a recurrent layer; nothing at inference.
public struct StepDropout: Hashable, Sendable {
  /// The share of what comes in.
  public internal(set) var dropout = 0.0
  /// The share of the state.
  public internal(set) var recurrentDropout = 0.0

  static let fields: [AttributeField<StepDropout>] = [
    .number("dropout", \.dropout).expecting("0 to 1") { 0...1 ~= $0.dropout },
    .number("recurrent_dropout", \.recurrentDropout)
      .expecting("0 to 1") { 0...1 ~= $0.recurrentDropout },
  ]
}
