public import ModelGraph
public import Zip

/// What can be wrong with a file of recorded tensors.
///
/// The cases carry values; `description` is the one place that makes sentences
/// of them. `file` and `member` say where the fault lies, outermost first. What
/// HDF5 itself has to say comes as the HDF5 module's own error.
@nonexhaustive public indirect enum GoldenFormatError: Error, Hashable, Sendable {
  /// The fault lies in this file.
  case file(String, GoldenFormatError)
  /// The fault lies in this member of a file.
  case member(String, GoldenFormatError)

  // Files
  case unknownFormat
  case notGolden(found: String?)
  case version(Int, newest: Int)
  case attribute(String, expected: String)
  case objectKind(String, expected: String)
  case unsupportedType(String)
  case orderDiffers(missing: [String], extra: [String])
  case unwritableName(String)
  case duplicateName(String)

  // Zip files
  case archive(ZipError)
  case unknownMember
  case digestList

  // What a model is fed
  case notInputs
  case oneArray(inputs: [String])
  case inputMissing(String, inputs: [String], found: [String])
  case inputUnknown(String, inputs: [String])
  case inputShape(String, found: Shape, expected: Shape)
  case inputElement(String, found: String, expected: String)

  // .npy
  case notNPY
  case npyVersion(Int, Int)
  case headerSize(Int, limit: Int)
  case rank(Int, limit: Int)
  case truncatedHeader
  case header(String)
  case pythonObjects
  case shapeOverflow([Int])
  case dataSize(expected: Int, found: Int)
}

extension GoldenFormatError: CustomStringConvertible {
  /// One sentence: the file, the member, what was expected and what was found.
  public var description: String {
    switch self {
    case .file(let path, let error): "\(path): \(error)"
    case .member(let name, let error): "member '\(name)': \(error)"
    case .unknownFormat: "is neither an HDF5 nor an .npz file"
    case .notGolden(let found):
      found.map { "holds '\($0)'; expected 'residual-golden'" }
        ?? "is not a golden: attribute 'format' is missing"
    case .version(let found, let newest):
      "golden version \(found) is not one that this build reads; the newest is \(newest)"
    case .attribute(let name, let expected): "attribute '\(name)' is not \(expected)"
    case .objectKind(let path, let expected): "'\(path)' is not \(expected)"
    case .unsupportedType(let type): "elements of type '\(type)' are not supported"
    case .orderDiffers(let missing, let extra):
      "attribute 'order' and the recorded calls differ: "
        + [
          missing.isEmpty ? nil : "not recorded: \(missing.quoted(atMost: 3))",
          extra.isEmpty ? nil : "not in order: \(extra.quoted(atMost: 3))",
        ].compactMap(\.self).joined(separator: "; ")
    case .unwritableName(let name): "'\(name)' cannot be the name of a dataset"
    case .duplicateName(let name): "'\(name)' is there twice"
    case .notNPY, .npyVersion, .headerSize, .rank, .truncatedHeader, .header, .pythonObjects,
      .shapeOverflow, .dataSize:
      npySentence
    case .notInputs, .oneArray, .inputMissing, .inputUnknown, .inputShape, .inputElement:
      inputSentence
    default: zipSentence
    }
  }

  private var inputSentence: String {
    switch self {
    case .notInputs: "is neither an .npy nor an .npz file; write it with numpy.save or numpy.savez"
    case .oneArray(let inputs):
      "holds one array for a model of \(inputs.count) inputs; expected an .npz file with the keys "
        + inputs.quoted()
    case .inputMissing(let name, let inputs, let found):
      "has no array for input '\(name)'; expected the keys \(inputs.quoted()), found "
        + (found.isEmpty ? "none" : found.quoted())
    case .inputUnknown(let key, let inputs):
      "key '\(key)' is that of no input; expected the keys \(inputs.quoted()) alone"
    case .inputShape(let name, let found, let expected):
      "input '\(name)' is given shape \(found); expected \(expected), items along the first axis: "
        + "reshape the array"
    case .inputElement(let name, let found, let expected):
      "input '\(name)' is given \(found); expected \(expected): convert the array"
    default: "cannot be read"
    }
  }

  private var zipSentence: String {
    switch self {
    case .archive(let error): "\(error)"
    case .unknownMember:
      "is not named 'inputs/NAME.npy', 'outputs/NAME.npy', 'calls/NAME.npy', 'x.npy', 'y.npy' "
        + "or 'weights.npy'"
    case .digestList: "is not a list of uint64"
    default: "cannot be read"
    }
  }

  private var npySentence: String {
    switch self {
    case .notNPY: "is not an .npy array"
    case .npyVersion(let major, let minor):
      "has .npy version \(major).\(minor); expected 1.0, 2.0 or 3.0"
    case .headerSize(let found, let limit):
      "has a header of \(found) bytes; at most \(limit) are read"
    case .truncatedHeader: "ends inside its header"
    case .header(let expected): "header has no \(expected) where one is expected"
    case .pythonObjects:
      "holds Python objects, which are not read; expected numbers or texts: convert the array"
    case .rank(let found, let limit): "has \(found) axes; at most \(limit) are read"
    case .shapeOverflow(let shape): "shape \(shape) has too many elements"
    case .dataSize(let expected, let found):
      "has \(found) bytes of elements; expected \(expected) from its shape and type"
    default: "cannot be read"
    }
  }
}

/// Adds to errors of this module in which file they occurred.
func naming<Result>(file path: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as GoldenFormatError {
    throw GoldenFormatError.file(path, error)
  }
}
