public import ModelGraph

/// Why a model could not be held against a golden.
@nonexhaustive public enum VerificationError: Error, Hashable, Sendable {
  /// The model cannot be run on the case's inputs.
  case run(case: String, ModelError)
  /// A layer bounds another number of elements than it makes.
  case bounds(call: String, found: Int, expected: Int)
  /// An engine makes another number of outputs than the call or the model has.
  case outputs(call: String, found: Int, expected: Int)
  /// The golden was recorded with the weights of another model; digests of all weights tell both.
  case otherModel(name: String, same: Int, count: Int, found: UInt64, expected: UInt64)
  /// A tensor is recorded that the model does not have.
  case otherTensor(case: String, String, model: String)
  /// A tensor is recorded that has another shape than the model makes.
  case otherShape(case: String, String, found: Shape, expected: Shape)
  /// The model as it is differs from the golden.
  case disagrees(case: String, call: String)
  /// An input has an axis besides the first whose size is not known.
  case unknownSize(input: String, Shape)
  /// An input has more elements than may be made up.
  case inputSize(input: String, Shape, limit: Int)
}

extension VerificationError: CustomStringConvertible {
  /// One sentence: the case first, then what is wrong with it.
  public var description: String {
    switch self {
    case .run(let name, let error):
      "case '\(name)': \(error)"
    case .bounds(let call, let found, let expected):
      "call '\(call)': has rounding bounds for \(found) elements; expected \(expected)"
    case .outputs(let call, let found, let expected):
      "'\(call)': the engine makes \(found) outputs; expected \(expected)"
    case .otherModel(let name, let same, let count, let found, let expected):
      "is the golden of another model: \(same) of the \(count) weights of '\(name)' are those that "
        + "it was recorded with; their digest is \(hexadecimal(found)), expected "
        + hexadecimal(expected)
    case .otherTensor(let name, let tensor, let model):
      "case '\(name)': is the golden of another model: '\(model)' has no tensor for '\(tensor)'"
    case .otherShape(let name, let tensor, let found, let expected):
      "case '\(name)': is the golden of another model: '\(tensor)' has shape \(found); expected "
        + "\(expected)"
    case .disagrees(let name, let call):
      "case '\(name)': the model as it is differs at '\(call)'; verify it first"
    case .unknownSize(let input, let shape):
      "input '\(input)' has shape \(shape); its unknown sizes must be chosen"
    case .inputSize(let input, let shape, let limit):
      "input '\(input)' of shape \(shape) has more than \(limit) elements"
    }
  }
}

/// A digest in 16 digits.
private func hexadecimal(_ digest: UInt64) -> String {
  let digits = String(digest, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
