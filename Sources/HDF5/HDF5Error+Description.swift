import Glibc

extension HDF5Error: CustomStringConvertible {
  /// One sentence: the file, the place in it, what was expected and what was found.
  public var description: String {
    "\(location.file): \(sentence)"
  }

  /// Where the error lies.
  public var location: Location {
    switch self {
    case .cannotOpen(let location, _), .notRegularFile(let location), .notHDF5(let location),
      .truncated(let location, _, _), .closed(let location), .missing(let location),
      .wrongKind(let location, _, _), .refusedLink(let location, _), .invalidName(let location),
      .externalStorage(let location), .virtualDataset(let location),
      .unsupportedFilter(let location, _, _), .partialChunks(let location),
      .unsupportedDatatype(let location, _),
      .wrongDatatype(let location, _, _), .namedDatatype(let location),
      .endsOutside(let location, _, _), .storedTooShort(let location, _, _),
      .sizeOverflow(let location, _), .exceedsLimit(let location, _, _, _),
      .chunkShort(let location, _, _), .storedChunks(let location, _, _),
      .unwritten(let location, _), .shuffledWidth(let location, _, _),
      .chunkLength(let location, _, _, _),
      .chunkDamaged(let location, _, _), .wrongCount(let location, _, _),
      .outOfBounds(let location, _, _),
      .unstorableString(let location, _), .invalidChunk(let location, _, _),
      .invalidMaximum(let location, _, _),
      .library(let location, _, _):
      location
    }
  }

  /// The description without the file.
  package var sentence: String {
    let subject = location.subject
    return switch self {
    case .cannotOpen(_, let code): "cannot be opened: \(Self.systemMessage(code))"
    case .notRegularFile: "is not a regular file"
    case .notHDF5: "is not an HDF5 file"
    case .truncated(_, let found, let expected): "ends after \(found) of \(expected) bytes"
    case .closed: "is closed"
    case .missing: "has no \(subject)"
    case .wrongKind(_, let expected, let found):
      "\(subject) is a \(found.words); expected a \(expected.words)"
    case .refusedLink(_, let kind):
      "\(subject) is \(kind.words), which is not followed; expected the object itself"
        + (kind == .soft ? ", or a hard link to it" : "")
    case .invalidName: "\(subject) has a name that is not valid UTF-8 without null characters"
    default: contentSentence(subject)
    }
  }

  private func contentSentence(_ subject: String) -> String {
    switch self {
    case .externalStorage:
      "\(subject) has its data in other files; only data inside the file is read"
    case .virtualDataset: "\(subject) is a virtual dataset; only data inside the file is read"
    case .unsupportedFilter(_, let identifier, let name):
      "\(subject) needs filter \(identifier)\(name.isEmpty ? "" : " ('\(name)')"); "
        + "only deflate, shuffle and fletcher32 are read"
    case .partialChunks:
      "\(subject) leaves the filters out of chunks that reach past it; such chunks are not read"
    case .unsupportedDatatype(_, let found): "\(subject) has the unsupported datatype \(found)"
    case .wrongDatatype(_, let expected, let found):
      "\(subject) has datatype \(found); expected \(expected)"
    case .namedDatatype: "\(subject) has a named datatype; only datatypes of its own are read"
    case .endsOutside(_, let end, let file):
      "\(subject) ends at byte \(end) of a file of \(file) bytes"
    case .storedTooShort(_, let declared, let stored):
      "\(subject) declares \(declared) bytes and stores \(stored)"
    case .unwritten(_, nil): "\(subject) was never written: the file has no elements of it"
    case .unwritten(_, let chunk?):
      "\(subject) was never written whole: the file has no chunk at \(chunk)"
    case .chunkLength(_, let chunk, let declared, let found):
      "\(subject) has chunks of \(declared) bytes; the one at \(chunk) has \(found)"
    case .chunkShort(_, let chunk, let declared):
      "\(subject) has chunks of \(declared) bytes; the one at \(chunk) has fewer"
    case .storedChunks(_, let declared, let stored):
      "\(subject) has chunks of \(declared) bytes in all and stores \(stored)"
    case .chunkDamaged(_, let chunk, let how): "\(subject): its chunk at \(chunk) \(how)"
    case .shuffledWidth(_, let declared, let found):
      "\(subject) has elements of \(declared) bytes, shuffled as if of \(found)"
    case .sizeOverflow(_, let shape): "\(subject) has shape \(shape), whose size overflows"
    case .exceedsLimit(_, let kind, let found, let allowed):
      "\(subject) \(kind.words(found)); \(kind.rawValue) is limited to \(allowed)"
    default: requestSentence(subject)
    }
  }

  private func requestSentence(_ subject: String) -> String {
    switch self {
    case .wrongCount(_, let expected, let found):
      "\(subject) was given \(found) elements or bytes; expected \(expected)"
    case .outOfBounds(_, let range, let count):
      "\(subject) has \(count) elements; \(range.lowerBound)..<\(range.upperBound) were asked for"
    case .unstorableString(_, let byteCount):
      "\(subject) cannot hold a string of \(byteCount) bytes: it is too long or has a null character"
    case .invalidChunk(_, let chunk, let shape):
      "\(subject) cannot have chunks of shape \(chunk) in shape \(shape)"
    case .invalidMaximum(_, let maximum, let shape):
      "\(subject) of shape \(shape) cannot grow to "
        + "[\(maximum.map { $0.map(String.init) ?? "unlimited" }.joined(separator: ", "))]"
    case .library(_, let function, let message):
      (location.object == nil ? "" : "\(subject): ") + "libhdf5 refuses it: \(function): \(message)"
        + Self.remedy(for: message)
    default: subject
    }
  }

  /// Files that newer libraries write for themselves alone have structures of newer versions.
  private static func remedy(for message: String) -> String {
    guard message.contains("version number") else { return "" }
    return "; if the file is whole, it needs a libhdf5 newer than \(Library.version)"
  }

  private static func systemMessage(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    // Sound: the buffer lives during the call, and the message is copied out of it at once.
    // `strerror` itself is not safe for threads.
    return unsafe buffer.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress,
        unsafe strerror_r(code, start, buffer.count) == 0
      else { return "error \(code)" }
      return unsafe String(cString: start)
    }
  }
}

extension Location {
  /// `'/a'`, or `attribute 'x' of '/a'`.
  fileprivate var subject: String {
    let object = object.map { "'\($0)'" } ?? "the file"
    return attribute.map { "attribute '\($0)' of \(object)" } ?? object
  }
}

extension ObjectKind {
  fileprivate var words: String {
    switch self {
    case .group: "group"
    case .dataset: "dataset"
    case .namedDatatype: "named datatype"
    case .unknown: "thing of unknown kind"
    }
  }
}

extension LinkKind {
  fileprivate var words: String {
    switch self {
    case .soft: "a soft link"
    case .external: "an external link"
    case .userDefined: "a user-defined link"
    }
  }
}

extension Limits.Kind {
  fileprivate func words(_ found: Int) -> String {
    switch self {
    case .datasetByteCount, .attributeByteCount: "declares \(found) bytes"
    case .expandedByteCount: "brings the chunked datasets to \(found) bytes"
    case .paddingByteCount: "brings what chunks have past small datasets to \(found) bytes"
    case .attributesByteCount: "brings the attributes to \(found) bytes"
    case .chunkByteCount: "has chunks of \(found) bytes"
    case .chunkCount: "has \(found) chunks"
    case .stringByteCount: "has strings of \(found) bytes or more"
    case .attributeCount: "has \(found) attributes"
    case .objectCount: "has \(found) members or more"
    case .depth: "is at depth \(found)"
    }
  }
}
