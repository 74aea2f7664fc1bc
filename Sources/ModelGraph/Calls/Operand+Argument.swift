internal import ModelLayers

extension Operand {
  /// What an argument, which is no list, is to a layer.
  ///
  /// - Parameter type: The type that the layer computes in, which a number takes.
  init(_ argument: CallArgument, in type: DType) {
    switch argument {
    case .tensor: self = .tensor
    case .constant(let constant):
      self = .constant(
        dimensions: constant.dimensions, elements: constant.elements, type: constant.dtype)
    case .setting(.int(let number)): self = .integer(number)
    case .setting(.double(let number)):
      self = .constant(dimensions: [], elements: [number.rounded(to: type)], type: .float32)
    case .setting, .none, .list: self = .absent
    }
  }
}

extension Double {
  /// The number as a type of less precision holds it; itself where that cannot hold it, or is of no
  /// real numbers.
  fileprivate func rounded(to type: DType) -> Double {
    let rounded =
      switch type {
      case .float16: Double(Float16(self))
      case .float32, .bfloat16: Double(Float(self))
      default: self
      }
    return rounded.isFinite ? rounded : self
  }
}
