/// Where a model goes wrong first: a call, or the calls one of which it must be.
public struct Fault: Hashable, Sendable, Codable {
  /// A tensor that goes into a call.
  public struct Port: Hashable, Sendable, Codable {
    /// The tensor's name: that of the call that makes it.
    public var name: String
    /// The shape; `nil` where it is not known.
    public var shape: [Int]?
  }

  /// A setting of a layer.
  public struct Setting: Hashable, Sendable, Codable {
    /// The attribute's name.
    public var name: String
    /// Its value, as text.
    public var value: String
  }

  /// A weight of a layer.
  public struct Weight: Hashable, Sendable, Codable {
    /// What the weight is to the layer: `kernel`.
    public var role: String
    /// The tensor's name in the model.
    public var name: String
    /// The element type.
    public var dtype: String
    /// The shape.
    public var shape: [Int]
  }

  /// The first call, in the order of running, whose result is wrong.
  public var path: String
  /// The kind of its layer.
  public var kind: String
  /// The calls of which at least one is at fault, in the order of running: this one alone where all
  /// that it was given is recorded, else also those before it that lead here from the next recorded
  /// tensors.
  public var suspects: [String]
  /// What goes into the call.
  public var inputs: [Port]
  /// The shape of its result.
  public var shape: [Int]
  /// The layer's settings.
  public var attributes: [Setting]
  /// The layer's weights.
  public var weights: [Weight]
  /// The other calls that are wrong by themselves.
  public var others: [String]
  /// How many calls only pass on what is wrong with what they were given.
  public var passingCount: Int
  /// The mistakes that explain what is recorded of the call, the best first; `nil` where none was
  /// looked for.
  public var diagnoses: [Diagnosis]?
  /// How the elements differ; `nil` where the shapes do.
  public var detail: Detail?
}
