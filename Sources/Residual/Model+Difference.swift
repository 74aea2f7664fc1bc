internal import OrderedCollections
package import ResidualGraph

extension Model {
  /// The first thing in which two models differ, as a sentence, or `nil` where
  /// they are the same: the graph, what the source file said, and every tensor
  /// bit for bit.
  ///
  /// - Throws: What reading the tensors throws.
  package func difference(
    from other: Model, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> String? {
    if let difference = graph.difference(from: other.graph) { return difference }
    if let difference = source.difference(from: other.source) { return difference }
    if let name = tensors.keys.first(where: { other.tensors[$0] == nil }) {
      return "tensor '\(name)' is missing"
    }
    if let name = other.tensors.keys.first(where: { tensors[$0] == nil }) {
      return "tensor '\(name)' is added"
    }
    let total = tensors.values.reduce(0) { $0 + $1.bytes.byteCount }
    var done = 0
    for (name, tensor) in tensors {
      guard let found = other.tensors[name], try tensor.isIdentical(to: found) else {
        return "tensor '\(name)' has other bytes"
      }
      done += tensor.bytes.byteCount
      progress(done, total)
    }
    return nil
  }
}

extension SourceRecord? {
  /// The first object of the source file in which two records differ.
  fileprivate func difference(from other: SourceRecord?) -> String? {
    guard self != other else { return nil }
    guard let mine = self, let theirs = other else { return "the source record is missing" }
    for (object, found) in zip(mine.objects, theirs.objects) where object != found {
      return object.path == found.path
        ? "source object '\(object.path)' differs"
        : "source object '\(object.path)' is in the place of '\(found.path)'"
    }
    return "the source record has \(theirs.objects.count) objects instead of \(mine.objects.count)"
  }
}
