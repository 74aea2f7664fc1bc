internal import ModelGraph

// Operators, as Python has them. An operator is not told where it stands: an error names the line of
// the call before it.

extension SymbolicTensor {
  /// The sum, broadcast as NumPy does: `x + shortcut`.
  public static func + (x1: SymbolicTensor, x2: SymbolicTensor) -> SymbolicTensor {
    combined("Add", x1, x2)
  }

  /// The sum with a constant or a number.
  public static func + (x1: SymbolicTensor, x2: some SymbolicOperand) -> SymbolicTensor {
    combined("Add", x1, x2)
  }

  /// The sum of a constant or a number and the tensor.
  public static func + (x1: some SymbolicOperand, x2: SymbolicTensor) -> SymbolicTensor {
    combined("Add", x1, x2)
  }

  /// The difference, broadcast as NumPy does.
  public static func - (x1: SymbolicTensor, x2: SymbolicTensor) -> SymbolicTensor {
    combined("Subtract", x1, x2)
  }

  /// The difference from a constant or a number.
  public static func - (x1: SymbolicTensor, x2: some SymbolicOperand) -> SymbolicTensor {
    combined("Subtract", x1, x2)
  }

  /// The difference of a constant or a number and the tensor: `1 - x`.
  public static func - (x1: some SymbolicOperand, x2: SymbolicTensor) -> SymbolicTensor {
    combined("Subtract", x1, x2)
  }

  /// The product of elements, broadcast as NumPy does.
  public static func * (x1: SymbolicTensor, x2: SymbolicTensor) -> SymbolicTensor {
    combined("Multiply", x1, x2)
  }

  /// The product with a constant or a number.
  public static func * (x1: SymbolicTensor, x2: some SymbolicOperand) -> SymbolicTensor {
    combined("Multiply", x1, x2)
  }

  /// The product of a constant or a number and the tensor.
  public static func * (x1: some SymbolicOperand, x2: SymbolicTensor) -> SymbolicTensor {
    combined("Multiply", x1, x2)
  }

  /// The quotient of elements, broadcast as NumPy does.
  public static func / (x1: SymbolicTensor, x2: SymbolicTensor) -> SymbolicTensor {
    combined("TrueDivide", x1, x2)
  }

  /// The quotient by a constant or a number.
  public static func / (x1: SymbolicTensor, x2: some SymbolicOperand) -> SymbolicTensor {
    combined("TrueDivide", x1, x2)
  }

  /// The quotient of a constant or a number by the tensor.
  public static func / (x1: some SymbolicOperand, x2: SymbolicTensor) -> SymbolicTensor {
    combined("TrueDivide", x1, x2)
  }

  /// The tensor with the other sign.
  public static prefix func - (x: SymbolicTensor) -> SymbolicTensor { combined("Negative", x) }

  private static func combined(
    _ name: String, _ operands: any SymbolicOperand...
  ) -> SymbolicTensor {
    var latest: SymbolicCall?
    for operand in operands {
      guard case .tensor(let tensor) = operand.argument,
        case .call(let call, _) = tensor.origin
      else { continue }
      if latest.map({ $0.order < call.order }) ?? true { latest = call }
    }
    var place = latest?.place ?? SourcePlace(file: #fileID, line: #line)
    place.isExact = false
    let callee = Callee.layer(Operation(unchecked: name))
    return SymbolicCall.make(callee, with: callee.arguments(operands), at: place)[0]
  }
}
