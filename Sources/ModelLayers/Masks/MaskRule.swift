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
