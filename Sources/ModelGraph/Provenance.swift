/// Where a model comes from, and what has been done to it since.
public struct Provenance: Hashable, Sendable {
  /// One step of the model's history.
  public struct Step: Hashable, Sendable {
    /// What was done: `convert`, `drop-optimizer`.
    public var operation: String
    /// The program and version that did it: `resconv 0.1.0`.
    public var tool: String
    /// What a reader needs to know of it.
    public var detail: String

    /// Describes a step.
    public init(operation: String, tool: String, detail: String = "") {
      self.operation = operation
      self.tool = tool
      self.detail = detail
    }
  }

  /// The format that the model was first read from: `keras-hdf5`.
  public var format: String
  /// The program that wrote that file: `keras`.
  public var producer: String
  /// The program's version as the file states it: `2.15.0`.
  public var producerVersion: String
  /// The framework below the program: `tensorflow`.
  public var backend: String
  /// What has been done to the model since, oldest first.
  ///
  /// A plain conversion changes nothing and adds no step.
  public var history: [Step]

  /// Describes a provenance.
  public init(
    format: String = "", producer: String = "", producerVersion: String = "", backend: String = "",
    history: [Step] = []
  ) {
    self.format = format
    self.producer = producer
    self.producerVersion = producerVersion
    self.backend = backend
    self.history = history
  }
}
