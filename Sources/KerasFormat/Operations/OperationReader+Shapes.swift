internal import OrderedCollections
internal import ModelGraph

// Shapes that are made of sizes of tensors.

extension OperationReader {
  /// The settings of a reshape to sizes some of which are tensors.
  ///
  /// One such size alone follows from the number of elements. Of more than one, each has to be
  /// the size of the same axis of what is reshaped.
  ///
  /// - Throws: `Unsupported` for sizes that nobody can tell.
  func reshaping(_ input: CallArgument, to elements: [CallArgument]) throws -> Attributes {
    guard elements.count <= Shape.maximumRank else {
      throw Unsupported(reason: "is reshaped to \(elements.count) axes")
    }
    var sizes: [Int] = []
    var unknown: [(place: Int, tensor: TensorReference)] = []
    for (place, element) in elements.enumerated() {
      switch element {
      case .setting(.int(let size)): sizes.append(size)
      case .tensor(let tensor):
        unknown.append((place, tensor))
        sizes.append(0)
      default: throw Unsupported(reason: "is reshaped to \(CallArgument.list(elements))")
      }
    }
    let known = sizes.indices.filter { index in !unknown.contains { $0.place == index } }
    guard !known.contains(where: { sizes[$0] == 0 }) else {
      throw Unsupported(
        reason: "is reshaped to \(CallArgument.list(elements)), which has no element")
    }
    if unknown.count == 1, known.allSatisfy({ sizes[$0] > 0 }) {
      sizes[unknown[0].place] = -1
      return ["newshape": .ints(sizes)]
    }
    for (place, tensor) in unknown {
      guard case .tensor(let source) = input, size(tensor) == Size(tensor: source, axis: place)
      else {
        throw Unsupported(
          reason: "is reshaped to \(CallArgument.list(elements)), which depends on tensors")
      }
    }
    return ["newshape": .ints(sizes), "copies_zeros": .bool(true)]
  }
}
