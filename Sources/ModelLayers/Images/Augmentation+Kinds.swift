// What augmentations do in training, and how much.

/// Images may be mirrored.
public typealias RandomFlip = Augmentation<RandomFlipKind>
/// The settings of ``RandomFlip``.
public enum RandomFlipKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomFlip"
  /// The defaults.
  public static let settings: Attributes = ["mode": .string("horizontal_and_vertical")]
}

/// Images may be turned.
public typealias RandomRotation = Augmentation<RandomRotationKind>
/// The settings of ``RandomRotation``.
public enum RandomRotationKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomRotation"
  /// The defaults.
  public static let settings: Attributes = [
    "factor": .doubles([0.5]), "fill_mode": .string("reflect"),
    "interpolation": .string("bilinear"), "fill_value": .doubles([0]),
  ]
}

/// Images may be moved.
public typealias RandomTranslation = Augmentation<RandomTranslationKind>
/// The settings of ``RandomTranslation``.
public enum RandomTranslationKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomTranslation"
  /// The defaults.
  public static let settings: Attributes = [
    "height_factor": .doubles([0.5]), "width_factor": .doubles([0.5]),
    "fill_mode": .string("reflect"), "interpolation": .string("bilinear"),
    "fill_value": .doubles([0]),
  ]
}

/// Images may be enlarged or made smaller.
public typealias RandomZoom = Augmentation<RandomZoomKind>
/// The settings of ``RandomZoom``.
public enum RandomZoomKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomZoom"
  /// The defaults.
  public static let settings: Attributes = [
    "height_factor": .doubles([0.5]), "width_factor": .doubles([]), "fill_mode": .string("reflect"),
    "interpolation": .string("bilinear"), "fill_value": .doubles([0]),
  ]
}

/// Images may be slanted.
public typealias RandomShear = Augmentation<RandomShearKind>
/// The settings of ``RandomShear``.
public enum RandomShearKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomShear"
  /// The defaults.
  public static let settings: Attributes = [
    "x_factor": .doubles([0]), "y_factor": .doubles([0]), "fill_mode": .string("reflect"),
    "interpolation": .string("bilinear"), "fill_value": .doubles([0]),
  ]
}

/// Images may be made higher; Keras 2 alone has it.
public typealias RandomHeight = Augmentation<RandomHeightKind>
/// The settings of ``RandomHeight``.
public enum RandomHeightKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomHeight"
  /// The defaults.
  public static let settings: Attributes = [
    "factor": .doubles([0.5]), "interpolation": .string("bilinear"),
  ]
}

/// Images may be made wider; Keras 2 alone has it.
public typealias RandomWidth = Augmentation<RandomWidthKind>
/// The settings of ``RandomWidth``.
public enum RandomWidthKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomWidth"
  /// The defaults.
  public static let settings: Attributes = [
    "factor": .doubles([0.5]), "interpolation": .string("bilinear"),
  ]
}

/// Images may be made brighter.
public typealias RandomBrightness = Augmentation<RandomBrightnessKind>
/// The settings of ``RandomBrightness``.
public enum RandomBrightnessKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomBrightness"
  /// The defaults.
  public static let settings: Attributes = [
    "factor": .doubles([0.5]), "value_range": .doubles([0, 255]),
  ]
}

/// Contrasts may change.
public typealias RandomContrast = Augmentation<RandomContrastKind>
/// The settings of ``RandomContrast``.
public enum RandomContrastKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomContrast"
  /// The defaults.
  public static let settings: Attributes = [
    "factor": .doubles([0.5]), "value_range": .doubles([0, 255]),
  ]
}

/// Hues may change.
public typealias RandomHue = Augmentation<RandomHueKind>
/// The settings of ``RandomHue``.
public enum RandomHueKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomHue"
  /// The defaults.
  public static let settings: Attributes = [
    "factor": .doubles([0.5]), "value_range": .doubles([0, 255]),
  ]
}

/// Colors may change.
public typealias RandomColorJitter = Augmentation<RandomColorJitterKind>
/// The settings of ``RandomColorJitter``.
public enum RandomColorJitterKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomColorJitter"
  /// The defaults.
  public static let settings: Attributes = [
    "value_range": .doubles([0, 255]), "brightness_factor": .doubles([]),
    "contrast_factor": .doubles([]), "saturation_factor": .doubles([]), "hue_factor": .doubles([]),
  ]
}

/// Images may lose their colors.
public typealias RandomGrayscale = Augmentation<RandomGrayscaleKind>
/// The settings of ``RandomGrayscale``.
public enum RandomGrayscaleKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomGrayscale"
  /// The defaults.
  public static let settings: Attributes = ["factor": .doubles([0.5])]
}

/// Colors may be inverted.
public typealias RandomInvert = Augmentation<RandomInvertKind>
/// The settings of ``RandomInvert``.
public enum RandomInvertKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomInvert"
  /// The defaults.
  public static let settings: Attributes = [
    "factor": .doubles([1]), "value_range": .doubles([0, 255]),
  ]
}

/// Parts may be erased.
public typealias RandomErasing = Augmentation<RandomErasingKind>
/// The settings of ``RandomErasing``.
public enum RandomErasingKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomErasing"
  /// The defaults.
  public static let settings: Attributes = [
    "factor": .doubles([1]), "scale": .doubles([0.02, 0.33]), "fill_value": .doubles([]),
    "value_range": .doubles([0, 255]),
  ]
}

/// Images may be blurred.
public typealias RandomGaussianBlur = Augmentation<RandomGaussianBlurKind>
/// The settings of ``RandomGaussianBlur``.
public enum RandomGaussianBlurKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomGaussianBlur"
  /// The defaults.
  public static let settings: Attributes = [
    "factor": .doubles([1]), "kernel_size": .ints([3, 3]), "sigma": .doubles([1]),
    "value_range": .doubles([0, 255]),
  ]
}

/// Images may be seen from another side.
public typealias RandomPerspective = Augmentation<RandomPerspectiveKind>
/// The settings of ``RandomPerspective``.
public enum RandomPerspectiveKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomPerspective"
  /// The defaults.
  public static let settings: Attributes = [
    "factor": .doubles([1]), "scale": .doubles([1]), "interpolation": .string("bilinear"),
    "fill_value": .doubles([0]),
  ]
}

/// Images may be bent.
public typealias RandomElasticTransform = Augmentation<RandomElasticTransformKind>
/// The settings of ``RandomElasticTransform``.
public enum RandomElasticTransformKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandomElasticTransform"
  /// The defaults.
  public static let settings: Attributes = [
    "factor": .doubles([1]), "scale": .doubles([1]), "interpolation": .string("bilinear"),
    "fill_mode": .string("reflect"), "fill_value": .doubles([0]),
    "value_range": .doubles([0, 255]),
  ]
}

/// Mixtures of changes.
public typealias AugMix = Augmentation<AugMixKind>
/// The settings of ``AugMix``.
public enum AugMixKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "AugMix"
  /// The defaults.
  public static let settings: Attributes = [
    "value_range": .doubles([0, 255]), "num_chains": .int(3), "chain_depth": .int(3),
    "factor": .doubles([0.3]), "alpha": .doubles([1]), "all_ops": .bool(true),
    "interpolation": .string("bilinear"),
  ]
}

/// Parts may come from another image.
public typealias CutMix = Augmentation<CutMixKind>
/// The settings of ``CutMix``.
public enum CutMixKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "CutMix"
  /// The defaults.
  public static let settings: Attributes = ["factor": .doubles([1])]
}

/// Images may be mixed.
public typealias MixUp = Augmentation<MixUpKind>
/// The settings of ``MixUp``.
public enum MixUpKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "MixUp"
  /// The defaults.
  public static let settings: Attributes = ["alpha": .doubles([0.2])]
}

/// Changes in a row.
public typealias RandAugment = Augmentation<RandAugmentKind>
/// The settings of ``RandAugment``.
public enum RandAugmentKind: AugmentationKind {
  /// The name in the schema and in Keras.
  public static let name = "RandAugment"
  /// The defaults.
  public static let settings: Attributes = [
    "value_range": .doubles([0, 255]), "num_ops": .int(2), "factor": .doubles([0.5]),
    "interpolation": .string("bilinear"),
  ]
}
