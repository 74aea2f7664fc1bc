public import ModelLayers

/// How a weight of a file was bound to a layer, and whether another weight could have taken its
/// place.
public struct WeightBinding: Codable, Hashable, Sendable {
  /// What a decision rests on.
  public enum Method: String, Codable, Hashable, Sendable {
    /// The weight's name says which layer's it is, and what it is.
    case name
    /// The names do not tell; the place in the file's order does, and role and shape agree.
    case order
  }

  /// The tensor's name in the model: `block1/conv/kernel`.
  public var tensor: String
  /// The path of the layer.
  public var layer: String
  /// What the weight is to its layer: `kernel`.
  public var role: String
  /// The size of each axis.
  public var dimensions: [Int?]
  /// The path of the dataset in the file.
  public var dataset: String
  /// What the decision rests on.
  public var method: Method
  /// Whether no other weight of the file has the same role and shape.
  public var isUnique: Bool

  /// The weight's shape.
  public var shape: Shape { Shape(dimensions) }

  /// Describes how a weight was bound.
  public init(
    tensor: String, layer: String, role: String, shape: Shape, dataset: String, method: Method,
    isUnique: Bool
  ) {
    self.tensor = tensor
    self.layer = layer
    self.role = role
    dimensions = shape.dimensions
    self.dataset = dataset
    self.method = method
    self.isUnique = isUnique
  }
}
