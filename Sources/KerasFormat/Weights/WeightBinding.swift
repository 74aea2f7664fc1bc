public import ResidualGraph

/// How one weight of a file was found to be one of the model's.
public struct WeightBinding: Hashable, Sendable {
  /// What the decision rests on.
  public enum Method: String, Hashable, Sendable {
    /// The weight's name says which layer's and what it is.
    case name
    /// The names do not tell; the place in Keras's order does, and role and shape agree.
    case order
  }

  /// The tensor's name in the model: `block1/conv/kernel`.
  public var tensor: String
  /// The path of the layer.
  public var layer: String
  /// What the weight is to its layer.
  public var role: String
  /// The weight's shape.
  public var shape: Shape
  /// The path of the dataset in the file.
  public var dataset: String
  /// What the decision rests on.
  public var method: Method
  /// Whether no other weight of the file has the same role and shape, so that
  /// nothing could have taken its place.
  public var isUnique: Bool
}
