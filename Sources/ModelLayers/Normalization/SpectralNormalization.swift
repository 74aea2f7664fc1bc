/// A layer whose kernel training has divided by its largest singular value: at inference the layer itself.
///
/// Weights: those of the layer, and vector_u `(1, n)` for the last axis of its kernel, of which the value of
/// a call makes no use. As `keras/src/layers/normalization/spectral_normalization.py`.
public struct SpectralNormalization: DeclaredLayer, MaskPassing {
  /// The name in the schema and in Keras.
  public static let kind = "SpectralNormalization"

  /// The layer with the kernel.
  public internal(set) var layer: any DeclaredLayer
  /// How often training comes nearer to the singular value in each step.
  public internal(set) var powerIterations: Int

  /// The name and initializers of the layer inside, unless it was given a name of its own.
  public var declaration: LayerDeclaration {
    get { layer.declaration }
    set { layer.declaration = newValue }
  }

  /// Makes the layer, with the defaults of Keras 3.
  public init(_ layer: any DeclaredLayer, powerIterations: Int = 1, name: String? = nil) {
    self.layer = layer
    self.powerIterations = powerIterations
    let initializers = layer.declaration.initializers.merging([
      "vector_u": .truncatedNormal(mean: 0, stddev: 0.02)
    ]) { own, _ in own }
    declaration = LayerDeclaration(name: name, initializers: initializers)
  }

  /// A layer that is refused.
  public static var prototype: SpectralNormalization { SpectralNormalization(Dense.prototype) }

  /// The attributes.
  public static let fields: [AttributeField<SpectralNormalization>] = [
    .layer("layer", \.layer), .count("power_iterations", \.powerIterations),
  ]

  /// Throws `ModelError.attribute` for what the layer refuses.
  public func check() throws(ModelError) {
    try checkFields()
    try layer.check()
    // Keras hands the mask of what comes in on, and the layer makes one of its own.
    guard !layer.makesMask, !layer.takesMasks else {
      throw .attribute("layer", expected: "a layer that makes no mask", found: "one that does")
    }
  }

  /// Keras 3 makes the results of the type that the inputs have.
  public func checkElements(_ inputs: [TensorType]) throws(ModelError) {
    try inputs.checkReal()
    try layer.checkElements(inputs)
  }

  /// The inputs and `training`.
  public var signature: Signature {
    Signature([
      Signature.Parameter("inputs", .operand), Signature.Parameter("training", .training),
    ])
  }

  /// The names of what is normalized.
  private static let kernels: Set = ["kernel", "embeddings", "depthwise_kernel"]

  /// The layer.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    let first = definition.weights.count
    let made = try layer.define([inputs.only()], in: &definition)
    let own = definition.weights[first...]
    let kernels = own.filter { Self.kernels.contains(PathName($0.role).last) }
    guard kernels.count == 1, let width = kernels.first?.shape.last else {
      throw .attribute(
        "layer.kind", expected: "a kind with one kernel", found: "'\(layer.kind)'")
    }
    definition.weight("vector_u", [1, width], isTrainable: false)
    return made
  }
}
