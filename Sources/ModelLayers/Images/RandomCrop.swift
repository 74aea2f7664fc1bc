/// Parts of images at random places in training; else as the versions of Keras differ.
///
/// Keras from 3.8 on passes images on as they are; before 3.7 it gave the largest part of the wanted
/// proportion, resized bilinearly. As
/// `keras/src/layers/preprocessing/image_preprocessing/random_crop.py`.
public struct RandomCrop: UnaryLayer, RandomImageLayer, Hashable {
  /// The name in the schema and in Keras.
  public static let kind = "RandomCrop"

  /// What is done when the model is used.
  public enum Inference: String, CaseIterable, Hashable, Sendable {
    /// Nothing.
    case none
    /// Images are cut to the proportion of the sides and resized.
    case resized
  }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The sides that images are given in training.
  public internal(set) var height: Int, width: Int
  /// Where the channels are.
  public internal(set) var dataFormat: DataFormat
  /// What is done when the model is used.
  public internal(set) var inference = Inference.none

  /// Makes the layer, with the default of Keras 3.
  public init(
    height: Int, width: Int, dataFormat: DataFormat = .channelsLast, name: String? = nil
  ) {
    self.height = height
    self.width = width
    self.dataFormat = dataFormat
    declaration = LayerDeclaration(name: name)
  }

  /// No sides.
  public static var prototype: RandomCrop { RandomCrop(height: 0, width: 0) }

  /// The attributes.
  public static let fields: [AttributeField<RandomCrop>] = [
    .count("height", \.height, isRequired: true), .count("width", \.width, isRequired: true),
    .choice("data_format", \.dataFormat), .deviation("inference", \.inference, from: .none),
  ]

  /// Real numbers are taken.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// The images, or a part of them that is resampled.
  public func define(
    _ x: Definition.Value, in definition: inout Definition
  ) throws(ModelError) -> Definition.Value {
    switch inference {
    case .none: x
    case .resized:
      try definition.resized(
        x, to: [height, width], ResamplingFilter(.bilinear), .cut, dataFormat)
    }
  }
}
