/// What becomes of the masks of several inputs.
///
/// Keras has changed it: see `keras/src/layers/merging/base_merge.py`.
public enum MaskRule: String, CaseIterable, Hashable, Sendable {
  /// An element counts where it does in any of them; there is no mask where an input has none. Keras
  /// from 3.4 on.
  case any
  /// An element counts where it does in all of those that there are. Keras up to 3.3.
  case all
}

extension AttributeField {
  /// A rule for masks; it is written where it is not that of today's Keras.
  static func maskRule(_ path: any FieldPath<Root, MaskRule>) -> AttributeField {
    .deviation("mask_rule", path, from: .any)
  }
}

/// A layer that hands the mask of its first input on.
protocol MaskPassing: Layer {}

extension MaskPassing {
  /// The mask of the first input.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] { [masks.first ?? nil] }
}

/// A layer that hands the mask of its first input on, as it does in Keras 3 and did not in Keras 2.
protocol MaskPassingSinceKeras3: MaskPassing {
  /// Whether it hands masks on.
  var passesMask: Bool { get set }
}

extension MaskPassingSinceKeras3 {
  /// The mask of the first input, if it is handed on.
  public func defineMasks(
    _ inputs: [Definition.Value], masks: [Definition.Value?], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value?] { passesMask ? [masks.first ?? nil] : [] }
}

extension AttributeField where Root: MaskPassingSinceKeras3 {
  /// Whether masks are handed on; it is written where they are not.
  static var passesMask: AttributeField {
    AttributeField(
      "passes_mask",
      read: { attributes, layer throws(ModelError) in
        layer.passesMask = try attributes.bool("passes_mask", default: true)
      },
      write: { layer, attributes in
        if !layer.passesMask { attributes["passes_mask"] = .bool(false) }
      })
  }
}

// MARK: - Layers that hand masks on in every version

extension Activation: MaskPassing {}
extension ActivityRegularization: MaskPassing {}
extension AlphaDropout: MaskPassing {}
extension BatchNormalization: MaskPassing {}
extension Dense: MaskPassing {}
extension Dropout: MaskPassing {}
extension ELU: MaskPassing {}
extension GaussianDropout: MaskPassing {}
extension GaussianNoise: MaskPassing {}
extension LayerNormalization: MaskPassing {}
extension LeakyReLU: MaskPassing {}
extension PReLU: MaskPassing {}
extension ReLU: MaskPassing {}
extension Softmax: MaskPassing {}
extension SpatialDropout1D: MaskPassing {}
extension SpatialDropout2D: MaskPassing {}
