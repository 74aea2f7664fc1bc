/// How a recurrent layer goes along a sequence, and what it makes.
public struct Recurrence: Hashable, Sendable {
  /// Whether the outputs of all steps are made, rather than that of the last.
  public internal(set) var returnsSequences = false
  /// Whether the states after the last step are made besides.
  public internal(set) var returnsState = false
  /// Whether the last step of the sequence comes first; outputs are in the order in which they are
  /// computed.
  public internal(set) var goesBackwards = false
  /// Whether the states of one batch are the first of the next.
  ///
  /// Files hold no states: a model that is read starts from zeros, as Keras does.
  public internal(set) var isStateful = false
  /// Whether the steps are along the first axis, before that of the batch; only in Keras 2.
  public internal(set) var isTimeMajor = false
  /// Whether the output is zeros where a step is masked, rather than the last that there was.
  public internal(set) var zeroesMaskedOutputs = false
  /// Whether the output is the state that is given, rather than zeros, as long as all steps were masked,
  /// as Keras has it on JAX.
  public internal(set) var repeatsState = false
  /// Whether masks are only handed on, as Keras 3 has it where states are given and no mask is.
  public internal(set) var ignoresMask = false

  init(
    returnsSequences: Bool = false, returnsState: Bool = false, goesBackwards: Bool = false,
    isStateful: Bool = false, isTimeMajor: Bool = false, zeroesMaskedOutputs: Bool = false
  ) {
    self.returnsSequences = returnsSequences
    self.returnsState = returnsState
    self.goesBackwards = goesBackwards
    self.isStateful = isStateful
    self.isTimeMajor = isTimeMajor
    self.zeroesMaskedOutputs = zeroesMaskedOutputs
  }

  static let fields: [AttributeField<Recurrence>] = [
    .flag("return_sequences", \.returnsSequences), .flag("return_state", \.returnsState),
    .flag("go_backwards", \.goesBackwards), .flag("stateful", \.isStateful),
    .flag("time_major", \.isTimeMajor), .flag("zero_output_for_mask", \.zeroesMaskedOutputs),
    .impliedFlag("repeats_state", \.repeatsState, usual: false),
    .impliedFlag("ignores_mask", \.ignoresMask, usual: false),
  ]

  /// The axis of the steps.
  var axis: Int { isTimeMajor ? 0 : 1 }
}
