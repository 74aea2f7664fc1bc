public import ModelGraph

/// What can be wrong with a protobuf file of a model, or with writing one.
@nonexhaustive public indirect enum ProtobufFormatError: Error, Hashable, Sendable {
  /// The fault lies in one file.
  case inFile(String, ProtobufFormatError)
  /// The fault lies in what the file describes.
  case model(ModelError)

  /// The fault lies in what one place of the file describes.
  case inPlace(String, ModelError)

  // The file as a whole
  case notAModel
  case shard
  case format(found: String, expected: String)
  case version(found: Int, newest: Int)
  case truncated(byteCount: Int, expected: Int?)
  case trailing(byteCount: Int, expected: Int)
  case headerDamaged(found: UInt64, expected: UInt64)
  case exceeds(what: String, limit: Int)

  // The encoding
  case overlongVarint(offset: Int)
  case fieldNumber(UInt64, offset: Int)
  case wireType(Int, offset: Int)
  case fieldLength(UInt64, available: Int, offset: Int)
  case fieldType(String, offset: Int)
  case unknownField(UInt32, message: String)
  case notText(field: String)
  case unparsable

  // What must be there
  case missing(field: String, of: String)
  case repeated(field: String, of: String)
  case value(field: String, of: String, found: String, expected: String)
  case duplicate(String, what: String, of: String)

  // Graphs
  case graphReferences(index: Int, count: Int)
  case derivedShapes(call: String, found: String, expected: String)
  case derivedPadding(call: String, found: [Int], expected: [Int])

  // Tensors
  case tensorSize(name: String, dtype: DType, dimensions: [UInt64], byteCount: Int)
  case duplicateTensor(String)
  case unknownTensor(String, neededBy: String)
  case unusedGoldenTensor(String)
  case damaged(tensor: String, found: UInt64, expected: UInt64)

  // Shards
  case shardName(String)
  case shardLink(String)
  case folderNotUTF8
  case shardMismatch(String)
  case shardsAndTensors
  case shardElsewhere(String)

  // Writing
  case nulInText(String)
  case tooLarge(what: String, byteCount: Int, limit: Int)
  case number(Int, what: String)
  case malformedUnknownFields(key: String)
  case shardsUnwritten
  case changedSize(tensor: String, found: Int, expected: Int)
}

extension ProtobufFormatError: CustomStringConvertible {
  /// One sentence: the place first, then what was expected and what was found.
  public var description: String {
    switch self {
    case .inFile(let path, let error): "\(path): \(error)"
    case .model(let error): "\(error)"
    case .inPlace(let place, let error): "\(place): \(error)"
    case .notAModel, .shard, .format, .version, .truncated, .trailing, .headerDamaged, .exceeds:
      fileSentence
    case .overlongVarint, .fieldNumber, .wireType, .fieldLength, .fieldType, .unknownField,
      .notText, .unparsable:
      encodingSentence
    case .missing, .repeated, .value, .duplicate, .graphReferences, .derivedShapes,
      .derivedPadding:
      contentSentence
    case .tensorSize, .duplicateTensor, .unknownTensor, .unusedGoldenTensor, .damaged:
      tensorSentence
    case .shardName, .shardLink, .folderNotUTF8, .shardMismatch, .shardsAndTensors, .shardElsewhere:
      shardSentence
    case .nulInText, .tooLarge, .number, .malformedUnknownFields, .shardsUnwritten, .changedSize:
      writingSentence
    }
  }

  private var fileSentence: String {
    switch self {
    case .notAModel:
      "is not a model in the residual.v1 schema"
    case .shard:
      "holds some of the tensors of a model; open the file that the model itself is in"
    case .format(let found, let expected):
      "is of format '\(found)'; this build reads '\(expected)'"
    case .version(let found, let newest):
      "schema version \(found) is newer than \(newest), the newest this build reads"
    case .truncated(let byteCount, let expected?):
      "ends after \(byteCount) of \(expected) bytes"
    case .truncated(let byteCount, nil):
      "ends after \(byteCount) bytes, inside its header"
    case .trailing(let byteCount, let expected):
      "has \(byteCount) bytes; its header says \(expected)"
    case .headerDamaged(let found, let expected):
      "is damaged: the checksum of its header is \(hexadecimal(found)), "
        + "expected \(hexadecimal(expected))"
    case .exceeds(let what, let limit):
      "has more than \(limit) \(what)"
    default: ""
    }
  }

  private var encodingSentence: String {
    switch self {
    case .overlongVarint(let offset):
      "a number at byte \(offset) does not end within 64 bits"
    case .fieldNumber(let number, let offset):
      "a field at byte \(offset) has the number \(number); expected 1 to 536870911"
    case .wireType(let type, let offset):
      "a field at byte \(offset) is of wire type \(type), which the schema never uses"
    case .fieldLength(let length, let available, let offset):
      "a field at byte \(offset) has \(length) bytes; \(available) are left"
    case .fieldType(let name, let offset):
      "field '\(name)' at byte \(offset) is not of the type that the schema says"
    case .unknownField(let number, let message):
      "field \(number) of a \(message) is not one that this build knows"
    case .notText(let field):
      "field '\(field)' is not UTF-8 text without NUL"
    case .unparsable:
      "is not a model in the residual.v1 schema: its header cannot be parsed"
    default: ""
    }
  }

  private var contentSentence: String {
    switch self {
    case .missing(let field, let owner):
      "\(owner) has no \(field)"
    case .repeated(let field, let owner):
      "\(owner) has more than one \(field)"
    case .value(let field, let owner, let found, let expected):
      "\(owner): \(field) is \(found); expected \(expected)"
    case .duplicate(let name, let what, let owner):
      "\(owner) has two \(what) named '\(name)'"
    case .graphReferences(let index, let count):
      "graph \(index) is the body of \(count) layers before it; expected 1"
    case .derivedShapes(let call, let found, let expected):
      "call '\(call)': output shapes are written as \(found); the layers make \(expected)"
    case .derivedPadding(let call, let found, let expected):
      "call '\(call)': padding is written as \(found); the layer pads by \(expected)"
    default: ""
    }
  }

  private var tensorSentence: String {
    switch self {
    case .tensorSize(let name, let dtype, let dimensions, let byteCount):
      "tensor '\(name)': \(byteCount) bytes are not a \(dtype.rawValue) of shape \(dimensions)"
    case .duplicateTensor(let name):
      "two tensors are named '\(name)'"
    case .unknownTensor(let name, let neededBy):
      "\(neededBy) needs tensor '\(name)', which is not there"
    case .unusedGoldenTensor(let name):
      "tensor '\(name)' is that of a golden, but no golden refers to it"
    case .damaged(let name, let found, let expected):
      "tensor '\(name)' is damaged: its checksum is \(hexadecimal(found)), "
        + "expected \(hexadecimal(expected))"
    default: ""
    }
  }

  private var shardSentence: String {
    switch self {
    case .shardName(let name):
      "shard '\(name)' does not have a plain file name"
    case .shardLink(let name):
      "shard '\(name)' is a symbolic link, which is not followed"
    case .folderNotUTF8:
      "leads to a file in a folder whose name is not UTF-8, where its shards cannot be found"
    case .shardMismatch(let name):
      "shard '\(name)' is not the one that was written with this model"
    case .shardsAndTensors:
      "has both tensors and shards"
    case .shardElsewhere(let name):
      "has tensors in other files, such as '\(name)'; read the model from its file"
    default: ""
    }
  }

  private var writingSentence: String {
    switch self {
    case .nulInText(let text):
      "text '\(text.replacing("\0", with: "\\0"))' has a NUL, which the format cannot hold"
    case .tooLarge(let what, let byteCount, let limit):
      "\(what) has \(byteCount) bytes; a message holds at most \(limit)"
    case .number(let number, let what):
      "\(what) is \(number); the format holds 0 to 4294967295"
    case .malformedUnknownFields(let key):
      "the unknown fields of '\(key)' are not protobuf fields"
    case .shardsUnwritten:
      "the file of the model is written before all of its shards"
    case .changedSize(let name, let found, let expected):
      "tensor '\(name)' lends \(found) bytes; expected \(expected)"
    default: ""
    }
  }

  private func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
