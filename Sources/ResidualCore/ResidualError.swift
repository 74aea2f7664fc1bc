public import ModelGraph

/// What can be wrong with a file that is read or written; every sentence names the file first.
@nonexhaustive public enum ResidualError: Error, Sendable {
  // What stands at a path
  case directory(String)
  case notRegularFile(String)
  case emptyFile(String)
  case unknownContent(String)
  case unreadableFormat(String, ModelFormat)

  // What is to be written
  case nameNotUTF8(String)
  case unknownExtension(String, found: String, nearest: ModelFormat?)
  case noExtension(String)
  case goldensNotStored(String, format: ModelFormat)
  /// A line of Keras is chosen for a file that is none of Keras's.
  case notForKeras(String, format: ModelFormat)
  /// A file of weights has what training left, which a model beside it does not take.
  case trainingState(String, count: Int)
  case notWeights(String)
  case unsupportedLayers(String, [UnsupportedLayer])

  /// What was written and read back is not what it should be.
  case checkFailed(String, difference: ModelDifference)

  /// A file's reader or writer failed; `alias` is another path that its error may name the file by.
  case inFile(String, any Error, alias: String? = nil)
}

extension ResidualError: CustomStringConvertible {
  /// The file that the error lies in.
  public var path: String {
    switch self {
    case .directory(let path), .notRegularFile(let path), .emptyFile(let path),
      .unknownContent(let path), .unreadableFormat(let path, _),
      .nameNotUTF8(let path),
      .unknownExtension(let path, _, _), .noExtension(let path), .goldensNotStored(let path, _),
      .notForKeras(let path, _), .trainingState(let path, _),
      .notWeights(let path),
      .unsupportedLayers(let path, _),
      .checkFailed(let path, _), .inFile(let path, _, _):
      path
    }
  }

  /// One sentence, the file first.
  public var description: String { "\(path): \(sentence)" }

  /// What is wrong with the file, without its name.
  package var sentence: String {
    switch self {
    case .directory(let path):
      path.utf8.last == UInt8(ascii: "/")
        ? "is the name of a folder, as it ends in '/'; expected that of a file"
        : "is a folder; expected a file"
    case .notRegularFile: "is not a regular file"
    case .emptyFile: "is empty"
    case .unknownContent: "is neither a Keras file nor a residual protobuf file"
    case .unreadableFormat(_, let format):
      "is a \(format.name) file, which the library ResidualCore does not read; "
        + "'resconv' converts it to '.pb'"
    case .nameNotUTF8: "leads to a file whose name is not UTF-8"
    case .unknownExtension(_, let found, let nearest?):
      "unknown format '.\(found)'; did you mean '.\(nearest.extensions[0])'?"
    case .unknownExtension(_, let found, nil):
      "unknown format '.\(found)'; expected \(Self.extensions)"
    case .noExtension: "has no extension to tell the format by; expected \(Self.extensions)"
    case .notForKeras(_, let format):
      "a line of Keras can be chosen for a file of Keras, and this one is \(format.name)"
    case .trainingState(_, let count):
      "has what training left, \(count) \(count == 1 ? "tensor" : "tensors") of an optimizer or of metrics, which "
        + "is not bound beside an architecture; '--drop-optimizer' leaves it out"
    case .goldensNotStored(_, let format): "goldens cannot be stored in a \(format.name) file"
    case .notWeights: "is a whole model by itself; expected weights in a file of Keras"
    case .unsupportedLayers(_, let layers): "\(ModelError.unsupported(layers))"
    case .checkFailed(_, let difference): "reads back differently: \(difference)"
    case .inFile(let path, let error, let alias):
      Self.sentence(of: error, in: [path, alias])
    }
  }

  private static var extensions: String {
    let names = ModelFormat.allCases.flatMap(\.extensions).map { "'.\($0)'" }
    return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
  }

  /// What a module said, without the file it named where that is said already.
  private static func sentence(of error: any Error, in paths: [String?]) -> String {
    guard let error = error as? any FileNamingError, let file = error.file, paths.contains(file)
    else { return "\(error)" }
    return error.sentence
  }
}

extension ResidualError {
  /// Runs a step on a file, and gives what it throws the file's name.
  package static func naming<Result>(
    _ path: String, alias: String? = nil, _ step: () throws -> Result
  ) throws(ResidualError) -> Result {
    do {
      return try step()
    } catch let error as ResidualError where alias == nil || error.path != alias {
      throw error
    } catch {
      throw .inFile(path, error, alias: alias)
    }
  }
}
