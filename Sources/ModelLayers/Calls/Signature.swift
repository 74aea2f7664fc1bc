/// What a call of a layer takes: the parameters of its `call` in Keras, in order.
public struct Signature: Hashable, Sendable {
  /// What a parameter is for.
  public enum Role: Hashable, Sendable {
    /// Tensors that the layer computes with: they reach it as inputs, constants and numbers too.
    case operand
    /// A value that says how it computes.
    case setting
    /// A mask of the first operand.
    case mask
    /// A mask of the operand of that name.
    case maskOf(String)
    /// Whether it computes as in training. No call of a graph has it: a graph is for inference.
    case training
  }

  /// One parameter.
  public struct Parameter: Hashable, Sendable {
    /// The name in Python.
    public let name: String
    /// What it is for.
    public let role: Role

    /// Describes a parameter.
    public init(_ name: String, _ role: Role) {
      self.name = name
      self.role = role
    }
  }

  /// What the masks of a call's inputs are to its value: those that they have, or that the call is
  /// given.
  public enum MaskUse: Hashable, Sendable {
    /// Nothing: what is masked is computed as everything else is.
    case ignored
    /// The formula takes it into account.
    case honoured
  }

  /// The parameters, in the order of positional arguments.
  public let parameters: [Parameter]
  /// What a mask is to the value of a call.
  public let maskUse: MaskUse

  /// Describes a signature.
  public init(_ parameters: [Parameter], maskUse: MaskUse = .ignored) {
    self.parameters = parameters
    self.maskUse = maskUse
  }

  /// One parameter, `inputs`: a tensor, or a list for a layer that merges several.
  public static let inputs = Signature([Parameter("inputs", .operand)])

  /// What a parameter is for, or `nil` where there is none of that name.
  ///
  /// Keras takes `training` and `mask` of every layer by keyword.
  public func role(of name: String) -> Role? {
    if let parameter = parameters.first(where: { $0.name == name }) { return parameter.role }
    return name == "training" ? .training : name == "mask" ? .mask : nil
  }

  /// The operand of which a parameter is the mask; `nil` for any other parameter.
  public func operand(maskedBy name: String) -> String? {
    if case .maskOf(let operand) = role(of: name) { operand } else { nil }
  }

  /// The place of a parameter among arguments that are put in order.
  public func place(of name: String) -> Int {
    parameters.firstIndex { $0.name == name }
      ?? parameters.count + (name == "training" ? 0 : name == "mask" ? 1 : 2)
  }
}

// MARK: - Layers whose calls take more than their inputs

extension Signature {
  fileprivate static let inputsAndTraining = Signature([
    Parameter("inputs", .operand), Parameter("training", .training),
  ])

  fileprivate static let inputsTrainingAndMask = Signature([
    Parameter("inputs", .operand), Parameter("training", .training), Parameter("mask", .mask),
  ])

  fileprivate static let inputsAndHonouredMask = Signature(
    [Parameter("inputs", .operand), Parameter("mask", .mask)], maskUse: .honoured)

  fileprivate static let inputsMasksAndFlags = Signature(
    [
      Parameter("inputs", .operand), Parameter("mask", .mask), Parameter("training", .training),
      Parameter("return_attention_scores", .setting), Parameter("use_causal_mask", .setting),
    ], maskUse: .honoured)

  // In Keras 3's order; Keras 2 writes all but the first by name.
  fileprivate static let queryAndValue = Signature(
    [
      Parameter("query", .operand), Parameter("value", .operand), Parameter("key", .operand),
      Parameter("query_mask", .maskOf("query")), Parameter("value_mask", .maskOf("value")),
      Parameter("key_mask", .maskOf("key")), Parameter("attention_mask", .operand),
      Parameter("return_attention_scores", .setting), Parameter("training", .training),
      Parameter("use_causal_mask", .setting),
    ], maskUse: .honoured)
}

extension DenseAttention {
  /// The inputs, their masks, and flags.
  public var signature: Signature { .inputsMasksAndFlags }
}

extension HeadAttention {
  /// What asks and what is looked at, masks, and flags.
  public var signature: Signature { .queryAndValue }
}

extension BatchNormalization {
  /// The inputs, `training` and `mask`, which only statistics of batches depend on.
  public var signature: Signature { .inputsTrainingAndMask }
}

extension DroppingLayer {
  /// The inputs and `training`.
  public var signature: Signature { .inputsAndTraining }
}

extension GaussianNoise {
  /// The inputs and `training`.
  public var signature: Signature { .inputsAndTraining }
}

extension RandomImageLayer {
  /// The inputs and `training`.
  public var signature: Signature { .inputsAndTraining }
}

extension Softmax {
  /// The inputs and a mask of what takes part.
  public var signature: Signature { .inputsAndHonouredMask }
}

extension GlobalPooling {
  /// The inputs; and for the mean of a sequence a mask of what takes part.
  public var signature: Signature {
    Self.kind == GlobalAveragePooling1D.kind ? .inputsAndHonouredMask : .inputs
  }
}
