public import ModelGraph

/// What a call of a model that is being built gives to one parameter of its layer.
public indirect enum SymbolicArgument: Sendable {
  /// A tensor of the model.
  case tensor(SymbolicTensor)
  /// A small tensor that stands in the model itself; its type is strong.
  case constant(Constant)
  /// A number, a text, a truth value or a list of one of them.
  case setting(AttributeValue)
  /// Python's `None`.
  case none
  /// Several, in order.
  case list([SymbolicArgument])

  /// The argument with its tensors named by their number among the inputs, to which they are added.
  func bound(
    to inputs: inout [(call: SymbolicCall, index: Int)]
  ) throws(BuildFailure) -> CallArgument {
    switch self {
    case .tensor(let tensor):
      inputs.append(try tensor.made())
      return .tensor(TensorReference("", index: inputs.count - 1))
    case .constant(let constant): return .constant(constant)
    case .setting(let value): return .setting(value)
    case .none: return .none
    case .list(let elements):
      var bound: [CallArgument] = []
      for element in elements { bound.append(try element.bound(to: &inputs)) }
      return .list(bound)
    }
  }
}

/// What layers and operations compute with: a tensor, a constant, or a number, which takes the type
/// of what it meets.
public protocol SymbolicOperand: Sendable {
  /// The operand as an argument of a call.
  var argument: SymbolicArgument { get }
}

extension SymbolicTensor: SymbolicOperand {
  /// The tensor.
  public var argument: SymbolicArgument { .tensor(self) }
}

extension Constant: SymbolicOperand {
  /// The constant.
  public var argument: SymbolicArgument { .constant(self) }
}

extension Int: SymbolicOperand {
  /// The number.
  public var argument: SymbolicArgument { .setting(.int(self)) }
}

extension Double: SymbolicOperand {
  /// The number.
  public var argument: SymbolicArgument { .setting(.double(self)) }
}
