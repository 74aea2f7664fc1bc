public import OrderedCollections
public import ModelLayers

/// What a model computed where it was trained: recorded tensors to hold any
/// other evaluation against.
public struct Golden: Sendable {
  /// The program that computed the tensors: `keras`; empty where the golden names none.
  public var producer: String
  /// Its version: `2.15.0`.
  public var producerVersion: String
  /// The framework below it: `tensorflow`.
  public var backend: String
  /// The seed of the random inputs, if there were any.
  public var seed: Int?
  /// What else the producer wants known (JSON or prose).
  public var notes: String?
  /// The recorded cases.
  public var cases: [GoldenCase]
  /// The digests of the weights that the tensors were computed with, ascending and each once.
  ///
  /// Empty where they are not known. The schema's README defines them.
  public var weightDigests: [UInt64]

  /// Describes a golden.
  public init(
    producer: String, producerVersion: String, backend: String = "", seed: Int? = nil,
    notes: String? = nil, cases: [GoldenCase], weightDigests: [UInt64] = []
  ) {
    self.producer = producer
    self.producerVersion = producerVersion
    self.backend = backend
    self.seed = seed
    self.notes = notes
    self.cases = cases
    self.weightDigests = weightDigests
  }

  /// The program that computed the tensors and its version, in words: `keras 2.15.0`.
  public var producerText: String {
    guard !producer.isEmpty else { return "an unnamed producer" }
    return producerVersion.isEmpty ? producer : "\(producer) \(producerVersion)"
  }
}

/// One evaluation: what went in, what came out, and what every call made of it.
public struct GoldenCase: Sendable {
  /// The case's name: `random`.
  public var name: String
  /// What the case is, for people.
  public var description: String
  /// The inputs by the name of the input layer.
  public var inputs: OrderedDictionary<String, Tensor>
  /// The outputs by the name of the layer that makes them.
  public var outputs: OrderedDictionary<String, Tensor>
  /// The first output of each call by the call's path; may be empty or partial.
  ///
  /// A further output has its index after the node: `split:0:1`.
  public var calls: OrderedDictionary<String, Tensor>
  /// The masks that go on with tensors, truth values by the names that these have in `calls`; where
  /// none is recorded, none are compared.
  public var masks: OrderedDictionary<String, Tensor>

  /// Describes a case.
  public init(
    name: String, description: String = "", inputs: OrderedDictionary<String, Tensor>,
    outputs: OrderedDictionary<String, Tensor>, calls: OrderedDictionary<String, Tensor> = [:],
    masks: OrderedDictionary<String, Tensor> = [:]
  ) {
    self.name = name
    self.description = description
    self.inputs = inputs
    self.outputs = outputs
    self.calls = calls
    self.masks = masks
  }
}
