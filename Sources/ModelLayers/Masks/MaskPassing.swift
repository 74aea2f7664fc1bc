/// A layer that hands the mask of its first input on.
protocol MaskPassing: Layer {}

extension MaskPassing {
  /// The mask of the first input.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] { [masks.first ?? nil] }
}

/// A layer that hands the mask of its first input on, or does not, as Keras before 3.
protocol OptionalMaskPassing: MaskPassing {
  /// Whether it hands masks on.
  var passesMask: Bool { get set }
}

extension OptionalMaskPassing {
  /// The mask of the first input, if it is handed on.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] { passesMask ? [masks.first ?? nil] : [] }
}

extension AttributeField where Root: OptionalMaskPassing {
  /// Whether masks are handed on; it is written where they are not.
  static var passesMask: AttributeField { .impliedFlag("passes_mask", \.passesMask) }
}

// MARK: - Layers that hand masks on in every version

extension Activation: MaskPassing {}
extension ActivityRegularization: MaskPassing {}
extension AdditiveAttention: MaskPassing {}
extension AlphaDropout: MaskPassing {}
extension Attention: MaskPassing {}
extension BatchNormalization: MaskPassing {}
extension Dense: MaskPassing {}
extension Dropout: MaskPassing {}
extension ELU: MaskPassing {}
extension FeatureNormalization: MaskPassing {}
extension GaussianDropout: MaskPassing {}
extension GaussianNoise: MaskPassing {}
extension GroupNormalization: MaskPassing {}
extension LayerNormalization: MaskPassing {}
extension LeakyReLU: MaskPassing {}
extension PReLU: MaskPassing {}
extension ParametricSoftplus: MaskPassing {}
extension ReLU: MaskPassing {}
extension SReLU: MaskPassing {}
extension Softmax: MaskPassing {}
extension SpatialDropout: MaskPassing {}
extension ThresholdedReLU: MaskPassing {}
extension UnitNormalization: MaskPassing {}
