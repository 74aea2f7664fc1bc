internal import OrderedCollections
public import ModelGraph

/// The first thing in which a model that was written and read back differs from the one that was
/// to be written.
@nonexhaustive public enum ModelDifference: Hashable, Sendable {
  /// The file is of another format.
  case format(ModelFormat)
  case graph(GraphDifference)
  case sourceRecordMissing
  case sourceObject(String)
  case sourceObjectOrder(String, inPlaceOf: String)
  case sourceObjectCount(Int, expected: Int)
  /// A member of the source archive differs.
  case sourceMember(String)
  /// The source archive has another number of members.
  case sourceMemberCount(Int, expected: Int)
  case tensorMissing(String)
  case tensorAdded(String)
  case tensorBytes(String)
}

extension ModelDifference: CustomStringConvertible {
  /// One sentence that says what is found.
  public var description: String {
    switch self {
    case .format(let format): "it is \(format.name)"
    case .graph(let difference): "\(difference)"
    case .sourceRecordMissing: "the source record is missing"
    case .sourceObject(let path): "source object '\(path)' differs"
    case .sourceObjectOrder(let path, let found):
      "source object '\(path)' is in the place of '\(found)'"
    case .sourceObjectCount(let found, let expected):
      "the source record has \(found) objects instead of \(expected)"
    case .sourceMember(let name): "member '\(name)' of the source record differs"
    case .sourceMemberCount(let found, let expected):
      "the source record has \(found) members instead of \(expected)"
    case .tensorMissing(let name): "tensor '\(name)' is missing"
    case .tensorAdded(let name): "tensor '\(name)' is added"
    case .tensorBytes(let name): "tensor '\(name)' has other bytes"
    }
  }
}

extension Model {
  /// The first thing in which two models differ, or `nil` where they are the same: the graph, what
  /// the source file said, and every tensor bit for bit.
  ///
  /// - Throws: What reading the tensors throws.
  package func difference(
    from other: Model, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> ModelDifference? {
    if let difference = graph.difference(from: other.graph) { return .graph(difference) }
    if let difference = source.difference(from: other.source) { return difference }
    if let name = tensors.keys.first(where: { other.tensors[$0] == nil }) {
      return .tensorMissing(name)
    }
    if let name = other.tensors.keys.first(where: { tensors[$0] == nil }) {
      return .tensorAdded(name)
    }
    let total = tensors.values.reduce(0) { $0 + $1.bytes.byteCount }
    var done = 0
    for (name, tensor) in tensors {
      guard let found = other.tensors[name], try tensor.isIdentical(to: found) else {
        return .tensorBytes(name)
      }
      done += tensor.bytes.byteCount
      progress(done, total)
    }
    return nil
  }
}

extension SourceRecord? {
  /// The first object of the source file in which two records differ.
  fileprivate func difference(from other: SourceRecord?) -> ModelDifference? {
    guard self != other else { return nil }
    guard let mine = self, let theirs = other else { return .sourceRecordMissing }
    // Members in the order of their archive, with all that they say but what trees hold.
    for (member, found) in zip(mine.members, theirs.members)
    where (member.name, member.timestamp, member.bytes)
      != (found.name, found.timestamp, found.bytes)
    {
      return .sourceMember(member.name)
    }
    guard mine.members.count == theirs.members.count, mine.format == theirs.format else {
      return .sourceMemberCount(theirs.members.count, expected: mine.members.count)
    }
    for (object, found) in zip(mine.allObjects, theirs.allObjects) where object != found {
      return object.path == found.path
        ? .sourceObject(object.path)
        : .sourceObjectOrder(object.path, inPlaceOf: found.path)
    }
    return .sourceObjectCount(theirs.allObjects.count, expected: mine.allObjects.count)
  }
}
