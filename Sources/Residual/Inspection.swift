public import ResidualCore

/// What a file holds, told in values that can be printed or written as JSON.
public struct Inspection: Codable, Hashable, Sendable {
  /// The file, as it was named.
  public var file: String
  /// The file's format.
  public var format: ModelFormat
  /// The size of the file in bytes.
  public var byteCount: Int
  /// The model's name.
  public var model: String
  /// How the source builds the model: `Sequential` or `Functional`.
  public var form: String
  /// The format that the model was first read from.
  public var sourceFormat: String
  /// The program that wrote that file.
  public var producer: String
  /// That program's version.
  public var producerVersion: String
  /// The framework below that program.
  public var backend: String
  /// The tensors that are fed.
  public var inputs: [Port]
  /// The tensors that are the result.
  public var outputs: [Port]
  /// The calls, in the order in which they are run; those of a nested model
  /// follow its first call.
  public var calls: [Call]
  /// The number of layers, those in nested models included.
  public var layerCount: Int
  /// The number of weights' elements.
  public var parameterCount: Int
  /// How many of these training changes.
  public var trainableParameterCount: Int
  /// The number of tensors that are weights of layers.
  public var weightCount: Int
  /// The size of these in bytes.
  public var weightByteCount: Int
  /// The number of other tensors, such as the optimizer's state.
  public var otherTensorCount: Int
  /// The size of these in bytes.
  public var otherByteCount: Int
  /// The goldens in the file.
  public var goldens: [GoldenSummary]
  /// What has been done to the model, oldest first.
  public var history: [Step]
  /// The layers that cannot be run.
  public var unsupported: [Unsupported]
  /// What seems not meant about the residual connections, and what other versions of Keras make of the file.
  public var notes: [Note]
  /// How each weight was bound; empty where the format says it itself.
  public var bindings: [WeightBinding]

  /// An input or output.
  public struct Port: Codable, Hashable, Sendable {
    /// The layer's name.
    public var name: String
    /// The size of each axis, which is `nil` where it is only known when the
    /// model runs; no sizes at all behind a layer that cannot be run.
    public var shape: [Int?]?
  }

  /// A call of a layer.
  public struct Call: Codable, Hashable, Sendable {
    /// The call's path.
    public var path: String
    /// The kind of the layer.
    public var kind: String
    /// The shape of each output; `nil` behind a layer that cannot be run.
    public var outputs: [[Int?]?]
    /// The number of the layer's parameters, those in a nested model included.
    public var parameterCount: Int
    /// Whether an earlier call uses the same parameters.
    public var isShared: Bool
    /// The tensors that it is called on.
    public var inputs: [String]
  }

  /// Recorded tensors.
  public struct GoldenSummary: Codable, Hashable, Sendable {
    /// The program that recorded them, its version and what is below it.
    public var producer: String
    /// The names of the cases.
    public var cases: [String]
    /// The number of recorded calls in all cases.
    public var callCount: Int
  }

  /// A step of the history.
  public struct Step: Codable, Hashable, Sendable {
    /// What was done.
    public var operation: String
    /// The program and version that did it.
    public var tool: String
    /// What a reader needs to know of it.
    public var detail: String
  }

  /// A layer that cannot be run.
  public struct Unsupported: Codable, Hashable, Sendable {
    /// Where the layer is.
    public var path: String
    /// The class that the source names.
    public var kind: String
    /// Why it cannot be run.
    public var reason: String
  }

  /// Something legal that is seldom meant: a `ResidualNote`, or what other versions of Keras make of a file.
  public struct Note: Codable, Hashable, Sendable {
    /// The layer's path, with the number of the call where it is not the first; empty for the whole file.
    public var path: String
    /// The kind of the layer.
    public var kind: String
    /// What the note is about: `broadcast`, `strides`, `repeated-input`, `dead` or
    /// `non-negative-branch`; of files of Keras 1 `keras1` or `flipped-kernel`.
    public var concern: String
    /// The note as a sentence, the layer's name included.
    public var sentence: String
  }
}
