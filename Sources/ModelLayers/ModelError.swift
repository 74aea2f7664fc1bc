/// What can be wrong with a model, its layers or what is fed to it.
///
/// The cases carry values; `description` is the one place that makes sentences
/// of them. Where the fault lies is added by `at` on the way out, outermost
/// first.
@nonexhaustive public indirect enum ModelError: Error, Hashable, Sendable {
  /// The fault lies in one layer.
  case at(layer: String, kind: String, ModelError)

  // Attributes
  case attributeMissing(String)
  case attribute(String, expected: String, found: String)
  case attributeUnknown(String, kind: String)

  // Calls
  case argument(String, found: String, expected: String)
  case argumentUnknown(String, found: String)
  case argumentCount(Int, limit: Int)
  case argumentDepth(limit: Int)
  case constantElementCount([Int], limit: Int)
  case constantType(DType, element: Double)
  case constantNotANumber

  // Tensors and shapes
  case tensorSize(dtype: DType, dimensions: [Int], byteCount: Int)
  case arraySize([Int], elementCount: Int)
  case inputCount(expected: String, found: Int)
  case rank(expected: String, found: Shape)
  case incompatibleShapes([Shape], rule: String)
  case emptyOutput(input: Shape, axis: Int)
  case unknownDimension(shape: Shape, needed: String)
  case invalidShape(Shape, reason: String)
  case elementCount(Shape, limit: Int)
  case axisCount(Int, limit: Int)

  // Graph
  case duplicateLayer(String)
  case duplicateTensor(String)
  case unknownTensor(String, neededBy: String)
  case unknownLayer(String, nearest: String?)
  case cycle([String])
  case noInputs, noOutputs
  case unsupported([UnsupportedLayer])
  case nestingTooDeep(limit: Int)
  /// The parts of a `TimeDistributed` are not what they should be.
  case timeDistributed(String)
  /// A model that is to be applied to each step takes or makes several tensors.
  case timeDistributedModel(String, model: String, inputs: Int, outputs: Int)
  case tooManyCalls(limit: Int)

  /// An engine could not run the model, for a reason in its own words.
  case engine(String)

  // Parameters
  case parameterMissing(role: String, shape: Shape)
  case parameterUnexpected(role: String)
  case parameterShape(role: String, found: Shape, expected: Shape)
  case parameterType(role: String, DType)
  case parameterUnknown(role: String, roles: [String])
  case replacementType(role: String, found: DType, expected: DType)

  // Running
  case feedMissing(String)
  case feedUnexpected(String, inputs: [String])
  case feedShape(String, found: Shape, expected: Shape)
  case feedText(String)
  /// A text that is none of those that a layer knows, which are so many.
  case textUnknown(String, count: Int)
  /// The text of that number ends in a null, with which texts are filled up.
  case textEnd(Int)
  case elementOutOfRange(Double, Range<Int>)
  case elementNotWhole(Double)
  case inexactInteger(Double, DType, ClosedRange<Int>)
  case tapUnknown(String, nearest: String?)
  /// A run has too many operations; the layer has most of them.
  case operationCount(Int, limit: Int, layer: String, kind: String)
}

extension ModelError {
  /// Whether integers are made, somewhere, that the type that is computed in does not hold.
  package var isInexactInteger: Bool {
    switch self {
    case .inexactInteger: true
    case .at(_, _, let error): error.isInexactInteger
    default: false
    }
  }
}

extension ModelError: CustomStringConvertible {
  /// One sentence: the place first, then what was expected and what was found.
  public var description: String {
    switch self {
    case .at(let layer, let kind, let error):
      "layer '\(layer)' (\(kind)): \(error)"
    case .attributeMissing(let name):
      "attribute '\(name)' is missing"
    case .attribute(let name, let expected, let found):
      "attribute '\(name)' is \(found); expected \(expected)"
    case .attributeUnknown(let name, let kind):
      "attribute '\(name)' is not one that \(kind) has"
    case .argument(let name, let found, let expected):
      "is called with \(name)=\(found); expected \(expected)"
    case .argumentUnknown(let name, let found):
      "is called with \(name)=\(found), which is not an argument that it takes"
    case .argumentCount(let count, let limit):
      "is called with \(count) arguments; at most \(limit) are read"
    case .argumentDepth(let limit):
      "is called with lists that are nested more than \(limit) deep"
    case .constantElementCount(let dimensions, let limit):
      "a constant of shape \(dimensions) has more than \(limit) elements"
    case .constantType(let dtype, let element):
      "a constant of type \(dtype.rawValue) cannot have the element \(element)"
    case .constantNotANumber:
      "a constant has an element that is not a number (NaN)"
    case .tensorSize(let dtype, let dimensions, let byteCount):
      "a \(dtype.rawValue) tensor of shape \(dimensions) cannot have \(byteCount) bytes"
    case .arraySize(let dimensions, let count):
      "\(count) element\(count == 1 ? " does" : "s do") not fill an array of shape \(dimensions)"
    case .inputCount(let expected, let found):
      "has \(found) inputs; expected \(expected)"
    case .rank(let expected, let found):
      "input has shape \(found); expected \(expected)"
    case .incompatibleShapes(let shapes, let rule):
      "inputs have shapes \(Self.list(shapes.map(\.description))); \(rule)"
    case .emptyOutput(let input, let axis):
      "input of shape \(input) is too small along axis \(axis): the output would be empty"
    case .unknownDimension(let shape, let needed):
      "input has shape \(shape); \(needed) must be known"
    case .invalidShape(let shape, let reason):
      "shape \(shape) \(reason)"
    case .elementCount(let shape, let limit):
      "output of shape \(shape) has more than \(limit) elements"
    case .axisCount(let count, let limit):
      "has a tensor of \(count) axes; the limit is \(limit)"
    case .engine(let reason):
      reason
    case .duplicateLayer(let name):
      "two layers are named '\(name)'"
    case .duplicateTensor(let name):
      "two tensors are named '\(name)'"
    case .unknownTensor(let name, let neededBy):
      "'\(neededBy)' needs '\(name)', which no layer before it produces"
    case .unknownLayer(let name, let nearest):
      "there is no layer '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .cycle(let names):
      "layers \(Self.list(names.map { "'\($0)'" })) wait for each other"
    case .noInputs: "has no inputs"
    case .noOutputs: "has no outputs"
    case .unsupported(let layers):
      Self.sentence(for: layers)
    case .timeDistributed(let name):
      "'\(name)' is TimeDistributed, and is not one model of one input and one output between the steps of "
        + "its input and those of its output"
    case .timeDistributedModel(let name, let model, let inputs, let outputs):
      "'\(name)' is TimeDistributed of the model '\(model)', which has \(inputs) "
        + (inputs == 1 ? "input" : "inputs") + " and \(outputs) "
        + (outputs == 1 ? "output" : "outputs")
        + "; expected 1 of each: join what goes in along one axis and take it apart in the model, and "
        + "make a model of its own for each output"
    case .nestingTooDeep(let limit):
      "models are nested more than \(limit) deep"
    case .tooManyCalls(let limit):
      "one run makes more than \(limit) calls of layers"
    case .parameterMissing(let role, let shape):
      "weight '\(role)' of shape \(shape) is missing"
    case .parameterUnexpected(let role):
      "weight '\(role)' is not one that the layer has"
    case .parameterShape(let role, let found, let expected):
      "weight '\(role)' has shape \(found); expected \(expected)"
    case .parameterType(let role, let dtype):
      "weight '\(role)' is of type \(dtype.rawValue); expected a floating-point type"
    case .parameterUnknown(let role, let roles):
      "has no weight '\(role)'; "
        + (roles.isEmpty ? "it has none" : "it has \(Self.list(roles.map { "'\($0)'" }))")
    case .replacementType(let role, let found, let expected):
      "weight '\(role)' is of type \(expected.rawValue); it cannot become \(found.rawValue)"
    case .feedMissing(let name):
      "input '\(name)' is not given"
    case .feedUnexpected(let name, let inputs):
      "there is no input '\(name)'; the inputs are \(Self.list(inputs.map { "'\($0)'" }))"
    case .feedShape(let name, let found, let expected):
      "input '\(name)' has shape \(found); expected \(expected)"
    case .feedText(let name):
      "input '\(name)' is text; expected numbers"
    case .textUnknown(let text, let count):
      "is given the text '\(text)'; expected one of its vocabulary of \(count): it has no place for others, "
        + "as it has with 'num_oov_indices' of 1"
    case .textEnd(let number):
      "text \(number) ends in a null, which no file keeps"
    case .elementOutOfRange(let element, let range):
      "is given the element \(element); expected \(range.lowerBound) to \(range.upperBound - 1)"
    case .elementNotWhole(let element):
      "is given the element \(element); expected a whole number"
    case .inexactInteger(let element, let type, _) where element.isNaN:
      "comes upon nan on the way to \(type.rawValue), where it needs an integer: it is given a token that "
        + "its vocabulary does not have, a character that Unicode says is none, a divisor of 0, or "
        + "integers too large to be exact; change what it is given"
    case .inexactInteger(let element, let type, let range):
      "comes upon \(element) on the way to \(type.rawValue); expected an integer from "
        + "\(range.lowerBound) to \(range.upperBound), which are computed exactly"
    case .operationCount(let count, let limit, let layer, let kind):
      "one run has \(count == .max ? "more than \(count)" : "\(count)") operations, most of them in "
        + "layer '\(layer)' (\(kind)); the limit is \(limit)"
    case .tapUnknown(let name, let nearest):
      "there is no tensor '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    }
  }

  private static func sentence(for layers: [UnsupportedLayer]) -> String {
    guard layers.count > 1 else {
      return layers.first.map { "\($0)" } ?? "layer is not supported"
    }
    return "\(layers.count) layers are not supported: "
      + layers.map { "'\($0.path)' (\($0.kind)) \($0.reason)" }.joined(separator: "; ")
  }

  private static func list(_ names: [String]) -> String {
    names.count < 2
      ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
  }
}
