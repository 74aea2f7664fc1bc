public import ModelGraph

/// Something about a residual connection that is legal, but seldom meant.
///
/// A note is no error: the model can be converted and run all the same.
public struct ResidualNote: Hashable, Sendable {
  /// What a note is about.
  @nonexhaustive public enum Concern: Hashable, Sendable {
    /// An addition repeats an input along axes, since the shapes differ.
    case broadcast([Shape])
    /// Two inputs of an addition descend from one tensor by different strides, one stride a
    /// spatial axis.
    case strides(origin: String, first: Stride, second: Stride)
    /// A merge takes one tensor more than once.
    case repeatedInput(String)
    /// No output of the model depends on the call, or the layer is never called.
    case dead
    /// The residual branch ends in an activation function that makes no negative number.
    case nonNegativeBranch(activation: String, addition: String)

    /// What the concern is called in lists.
    public var name: String {
      switch self {
      case .broadcast: "broadcast"
      case .strides: "strides"
      case .repeatedInput: "repeated-input"
      case .dead: "dead"
      case .nonNegativeBranch: "non-negative-branch"
      }
    }
  }

  /// A tensor and how many of its origin's elements lie between two of its own, along each
  /// spatial axis.
  public struct Stride: Hashable, Sendable {
    /// The tensor.
    public var tensor: String
    /// The stride along each spatial axis.
    public var steps: [Int]

    /// Describes a stride.
    public init(_ tensor: String, _ steps: [Int]) {
      self.tensor = tensor
      self.steps = steps
    }
  }

  /// The layer's path, with the number of the call where it is not the first: `encoder/add:1`.
  public var layer: String
  /// The layer's kind.
  public var kind: String
  /// What the note is about.
  public var concern: Concern

  /// Describes a note.
  public init(layer: String, kind: String, concern: Concern) {
    self.layer = layer
    self.kind = kind
    self.concern = concern
  }
}

extension ResidualNote: CustomStringConvertible {
  /// One sentence: the layer first, then what was found and what it means.
  public var description: String { "layer '\(layer)' (\(kind)): \(concern)" }
}

extension ResidualNote.Concern: CustomStringConvertible {
  /// The sentence behind the layer's name.
  public var description: String {
    switch self {
    case .broadcast(let shapes):
      "inputs have shapes \(shapes.map(\.description).listed(separator: " and ")); axes of "
        + "size 1 are repeated to fit, of which Keras says nothing"
    case .strides(let origin, let first, let second):
      "\(first) and \(second) counted from '\(origin)'; their shapes were made to fit, but "
        + "elements that are added stand for different places"
    case .repeatedInput(let tensor):
      "takes '\(tensor)' more than once; a tensor that is merged with itself joins no two paths"
    case .dead:
      "no output of the model depends on it; it is carried along and changes nothing"
    case .nonNegativeBranch(let activation, let addition):
      "its '\(activation)' leaves nothing negative on the residual branch into '\(addition)', so "
        + "that the sum can only grow (He et al. 2016, Identity Mappings in Deep Residual "
        + "Networks, section 4.1, ReLU before addition)"
    }
  }
}

extension ResidualNote.Stride: CustomStringConvertible {
  /// The stride as sentences show it: `'conv' has stride 2×2`.
  public var description: String {
    "'\(tensor)' has stride \(steps.map(String.init).joined(separator: "×"))"
  }
}
