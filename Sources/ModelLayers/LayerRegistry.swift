internal import OrderedCollections
internal import Synchronization

/// The kinds of layers that can be run: the package's own, and those that a
/// program registers.
public final class LayerRegistry: Sendable {
  /// The registry that readers use unless they are given another.
  public static let standard = LayerRegistry(builtIn)

  private let kinds: Mutex<[String: any Layer.Type]>

  /// Makes a registry of some kinds.
  public init(_ types: [any Layer.Type]) {
    kinds = Mutex(Dictionary(types.map { ($0.kind, $0) }) { first, _ in first })
  }

  /// The package's own layers.
  public static let builtIn: [any Layer.Type] = [
    InputLayer.self,
    // Sums of products
    Conv1D.self, Conv2D.self, Conv3D.self, Conv1DTranspose.self, Conv2DTranspose.self,
    Conv3DTranspose.self, Dense.self, DepthwiseConv1D.self, DepthwiseConv2D.self,
    EinsumDense.self, LocallyConnected1D.self, LocallyConnected2D.self, SeparableConv1D.self,
    SeparableConv2D.self,
    // Normalizations
    BatchNormalization.self, GroupNormalization.self, LayerNormalization.self,
    Normalization.self, RMSNormalization.self, SpectralNormalization.self,
    UnitNormalization.self,
    // Those of keras.applications
    CustomScaleLayer.self, LayerScale.self, StochasticDepth.self,
    // Activations
    Activation.self, ELU.self, LeakyReLU.self, PReLU.self, ReLU.self, Softmax.self,
    ThresholdedReLU.self,
    // Those that Keras 1 alone has
    CosineSimilarity.self, FeatureNormalization.self, Highway.self, MaxoutDense.self,
    ParametricSoftplus.self, SReLU.self,
    // Sequences
    Bidirectional.self, ConvLSTM1D.self, ConvLSTM2D.self, ConvLSTM3D.self, CuDNNGRU.self,
    CuDNNLSTM.self, Embedding.self,
    GRU.self, GRUCell.self, LSTM.self, LSTMCell.self, Masking.self, ReversibleEmbedding.self,
    JoinedSteps.self, RNN.self, SimpleRNN.self, SimpleRNNCell.self, SplitSteps.self,
    StackedRNNCells.self, TimeDistributed.self,
    // Preprocessing
    CategoryEncoding.self, Discretization.self, HashedCrossing.self, Hashing.self,
    IntegerLookup.self, StringLookup.self, TextVectorization.self,
    // Attention
    AdditiveAttention.self, Attention.self, GroupQueryAttention.self, MultiHeadAttention.self,
    // Merging
    Add.self, Average.self, Concatenate.self, Dot.self, Maximum.self, Minimum.self, Multiply.self,
    Subtract.self,
    // Pooling
    AdaptiveAveragePooling1D.self, AdaptiveAveragePooling2D.self, AdaptiveAveragePooling3D.self,
    AdaptiveMaxPooling1D.self, AdaptiveMaxPooling2D.self, AdaptiveMaxPooling3D.self,
    AveragePooling1D.self, AveragePooling2D.self, AveragePooling3D.self,
    GlobalAveragePooling1D.self, GlobalAveragePooling2D.self, GlobalAveragePooling3D.self,
    GlobalMaxPooling1D.self, GlobalMaxPooling2D.self, GlobalMaxPooling3D.self,
    MaxPooling1D.self, MaxPooling2D.self, MaxPooling3D.self,
    // Reshaping
    Cropping1D.self, Cropping2D.self, Cropping3D.self, Flatten.self, Permute.self,
    RepeatVector.self, Rescaling.self, Reshape.self, UpSampling1D.self, UpSampling2D.self,
    UpSampling3D.self, ZeroPadding1D.self, ZeroPadding2D.self, ZeroPadding3D.self,
    // Signals
    MelSpectrogram.self, STFTSpectrogram.self,
    // Images
    AutoContrast.self, CenterCrop.self, ContrastLimitedAdaptiveHistogramEqualization.self,
    RandomCrop.self, Resizing.self,
    // Nothing at inference
    AugMix.self, CutMix.self, MixUp.self, RandAugment.self, RandomBrightness.self,
    RandomColorJitter.self, RandomContrast.self, RandomElasticTransform.self, RandomErasing.self,
    RandomFlip.self, RandomGaussianBlur.self, RandomGrayscale.self, RandomHeight.self,
    RandomHue.self, RandomInvert.self, RandomPerspective.self, RandomRotation.self,
    RandomShear.self, RandomTranslation.self, RandomWidth.self, RandomZoom.self,
    ActivityRegularization.self, AlphaDropout.self, Dropout.self, GaussianDropout.self,
    GaussianNoise.self, Identity.self, SpatialDropout1D.self, SpatialDropout2D.self,
    SpatialDropout3D.self,
  ]

  /// Adds a kind of layer.
  ///
  /// - Throws: `ModelError.duplicateLayer` where the kind is registered already.
  public func register(_ type: any Layer.Type) throws(ModelError) {
    let isNew = kinds.withLock { kinds in
      guard kinds[type.kind] == nil else { return false }
      kinds[type.kind] = type
      return true
    }
    guard isNew else { throw .duplicateLayer(type.kind) }
  }

  /// The names of the registered kinds, sorted.
  public var names: [String] { kinds.withLock { $0.keys.sorted() } }

  /// Whether a kind is registered.
  public func contains(_ kind: String) -> Bool { kinds.withLock { $0[kind] != nil } }

  /// Makes a layer of canonical attributes, or returns `nil` for a kind that is
  /// not registered.
  ///
  /// - Parameter isStrict: Whether attributes that the layer does not have are an error.
  /// - Throws: `ModelError` for an attribute that is missing, wrong or unknown.
  public func layer(
    kind: String, attributes: Attributes, isStrict: Bool = true
  ) throws(ModelError) -> (any Layer)? {
    if kind.hasPrefix(Operation.prefix) {
      let name = String(kind.dropFirst(Operation.prefix.count))
      return Operation.isKnown(name) ? try Operation(name, attributes: attributes) : nil
    }
    guard let type = kinds.withLock({ $0[kind] }) else { return nil }
    let layer = try type.init(attributes: attributes)
    guard isStrict else { return layer }
    let known = layer.attributes
    if let extra = attributes.values.keys.first(where: { known[$0] == nil }) {
      throw .attributeUnknown(extra, kind: kind)
    }
    return layer
  }
}
