public import ModelLayers

/// What a call gives to one parameter of its layer.
public indirect enum CallArgument: Hashable, Sendable {
  /// A tensor that flows through the graph.
  case tensor(TensorReference)
  /// A small tensor that stands in the graph itself; its type is strong.
  case constant(Constant)
  /// A number, a text, a truth value or a list of one of them.
  ///
  /// A number where a tensor may stand takes the type of what it meets.
  case setting(AttributeValue)
  /// Python's `None`.
  case none
  /// Several, in order.
  case list([CallArgument])

  /// How deep lists may be nested.
  public static let maximumDepth = 8

  /// How deep its lists are nested; 0 for what is none.
  public var depth: Int {
    guard case .list(let elements) = self else { return 0 }
    return 1 + (elements.map(\.depth).max() ?? 0)
  }

  /// Itself, or what is in its lists, from the first to the last.
  public var leaves: [CallArgument] {
    guard case .list(let elements) = self else { return [self] }
    return elements.flatMap(\.leaves)
  }

  /// The number of its leaves.
  var leafCount: Int {
    guard case .list(let elements) = self else { return 1 }
    return elements.reduce(0) { $0 + $1.leafCount }
  }

  /// The tensors in it, in order.
  public var tensors: [TensorReference] {
    switch self {
    case .tensor(let reference): [reference]
    case .list(let elements): elements.flatMap(\.tensors)
    case .constant, .setting, .none: []
    }
  }

  /// Whether nothing else is in it.
  public var isTensorsAlone: Bool {
    switch self {
    case .tensor: true
    case .list(let elements): elements.allSatisfy(\.isTensorsAlone)
    case .constant, .setting, .none: false
    }
  }

  /// Whether one of its values is not a number.
  var hasNaN: Bool {
    switch self {
    case .setting(.double(let number)): number.isNaN
    case .setting(.doubles(let numbers)): numbers.contains(where: \.isNaN)
    case .list(let elements): elements.contains(where: \.hasNaN)
    case .tensor, .constant, .setting, .none: false
    }
  }

  /// The same with other tensors.
  public func mapTensors(_ transform: (TensorReference) -> TensorReference) -> CallArgument {
    switch self {
    case .tensor(let reference): .tensor(transform(reference))
    case .list(let elements): .list(elements.map { $0.mapTensors(transform) })
    case .constant, .setting, .none: self
    }
  }

  /// The tensors as one argument: one alone, or a list.
  public init(_ tensors: [TensorReference]) {
    self = tensors.count == 1 ? .tensor(tensors[0]) : .list(tensors.map(CallArgument.tensor))
  }
}

extension CallArgument: CustomStringConvertible {
  /// The argument as sentences show it.
  public var description: String {
    switch self {
    case .tensor(let reference): "\(reference)"
    case .constant(let constant): "\(constant)"
    case .setting(let value): "\(value)"
    case .none: "None"
    case .list(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
    }
  }
}
