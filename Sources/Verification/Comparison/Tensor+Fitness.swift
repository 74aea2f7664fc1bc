internal import ModelGraph

extension Tensor {
  /// Whether the type of a recorded tensor can hold what a layer makes that computes in a type.
  ///
  /// Whatever a layer computes in may be recorded in float32, as Keras's recorder does. Less than that
  /// and than the layer's own type, or whole numbers where there are others, hide faults.
  func canHold(_ type: DType) -> Bool {
    guard let needed = type.unitRoundoff else { return true }
    guard let own = dtype.unitRoundoff else { return false }
    return own <= max(needed, 0x1p-24)
  }

  /// Whether an element is not a number; false as well where the bytes cannot be read, which who
  /// reads them will say.
  var holdsNaN: Bool {
    guard dtype.unitRoundoff != nil else { return false }
    var found = false
    try? bytes.forEachPiece { piece in
      let holdsNaN =
        dtype == .float64
        ? dtype.elements(in: piece, as: Double.self).holdsNaN
        : dtype.elements(in: piece, as: Float.self).holdsNaN
      if holdsNaN { found = true }
    }
    return found
  }
}

extension DType {
  /// Whether both are types of integers, and this one of fewer bytes.
  func isNarrowerInteger(than other: DType) -> Bool {
    isInteger && other.isInteger && byteCount < other.byteCount
  }
}

extension Array where Element: ReferenceScalar {
  /// Whether an element is not a number.
  fileprivate var holdsNaN: Bool {
    // Without a way out of the loop several elements are looked at at once.
    var found = false
    for element in self where element != element { found = true }
    return found
  }
}
