/// A layer that changes images at random in training.
package protocol RandomImageLayer: DeclaredLayer {}

/// What is done to images in training by a layer that passes them on at inference.
public protocol AugmentationKind: Sendable {
  /// The name of the layer in the schema and in Keras.
  static var name: String { get }
  /// How much is done, under the names of Keras and with its defaults, or those of its documentation
  /// where it has none; a number may be a pair.
  static var settings: Attributes { get }
}

/// Passes images on; changes them at random in training.
///
/// How much they are changed is kept as it is: files say it, and training goes on with it elsewhere.
/// As the files of `keras/src/layers/preprocessing/image_preprocessing`.
public struct Augmentation<Kind: AugmentationKind>: InferenceIdentity, RandomImageLayer, Hashable {
  /// The name in the schema and in Keras.
  public static var kind: String { Kind.name }

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// How much is done in training, by the names of Keras.
  public internal(set) var settings: Attributes

  /// Makes the layer.
  ///
  /// - Parameter settings: What is other than in ``AugmentationKind/settings``.
  public init(_ settings: Attributes = [:], name: String? = nil) {
    self.settings = Kind.settings.merging(settings)
    declaration = LayerDeclaration(name: name)
  }

  /// Keras's defaults.
  public static var prototype: Augmentation { Augmentation() }

  /// The settings as attributes.
  public static var fields: [AttributeField<Self>] {
    Kind.settings.values.map { name, usual in
      AttributeField(
        name, usual.form,
        read: { attributes, layer throws(ModelError) in
          guard attributes[name] != nil else { return }
          layer.settings[name] = try attributes.value(name, usual.form)
        },
        write: { layer, attributes in attributes[name] = layer.settings[name] },
        check: { layer throws(ModelError) in _ = try layer.settings.value(name, usual.form) })
    }
  }

  /// Real numbers are taken: what becomes of integers is different in each layer and version.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) { try inputs.checkReal() }

  /// Whether both are one layer with the same settings.
  public static func == (one: Self, other: Self) -> Bool {
    one.declaration == other.declaration && one.settings == other.settings
  }

  /// Hashes the settings.
  public func hash(into hasher: inout Hasher) { hasher.combine(settings) }
}

extension AttributeValue {
  /// What a setting is in a configuration.
  fileprivate var form: AttributeForm {
    switch self {
    case .bool: .flag
    case .int: .integer
    case .ints: .integers
    case .double, .doubles: .numbers
    case .string, .strings: .text
    }
  }
}

extension Attributes {
  /// A value of a form.
  fileprivate func value(
    _ name: String, _ form: AttributeForm
  ) throws(ModelError) -> AttributeValue {
    switch form {
    case .flag: .bool(try bool(name, default: false))
    case .integer: .int(try int(name))
    case .integers: .ints(try ints(name))
    case .numbers: .doubles(try doubles(name))
    default: .string(try string(name))
    }
  }
}
