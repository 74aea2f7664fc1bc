/// The size of each axis of a tensor in a graph; `nil` is an axis that is only
/// known when the model runs, as the batch axis usually is.
public struct Shape: Hashable, Sendable {
  /// The size of each axis, outermost first.
  public var dimensions: [Int?]

  /// Makes a shape from the size of each axis.
  public init(_ dimensions: [Int?]) {
    self.dimensions = dimensions
  }

  /// Makes a fully known shape.
  public init(_ dimensions: [Int]) {
    self.dimensions = dimensions.map { $0 }
  }

  /// The most axes that a tensor of a model may have: as many as HDF5 knows.
  public static let maximumRank = 32

  /// The number of axes.
  public var rank: Int { dimensions.count }

  /// The sizes, if every axis is known.
  public var known: [Int]? {
    var sizes: [Int] = []
    sizes.reserveCapacity(rank)
    for size in dimensions {
      guard let size else { return nil }
      sizes.append(size)
    }
    return sizes
  }

  /// The size of one axis; a negative axis counts from the last.
  public subscript(axis: Int) -> Int? {
    get { dimensions[axis < 0 ? axis + rank : axis] }
    set { dimensions[axis < 0 ? axis + rank : axis] = newValue }
  }
}

extension Shape: ExpressibleByArrayLiteral {
  /// Makes a shape from a literal such as `[nil, 224, 224, 3]`.
  public init(arrayLiteral elements: Int?...) {
    dimensions = elements
  }
}

extension Shape: CustomStringConvertible {
  /// The shape as sentences show it: `[None, 224, 224, 3]`.
  public var description: String {
    "[" + dimensions.map { $0.map(String.init) ?? "None" }.joined(separator: ", ") + "]"
  }
}

extension Collection<Int> {
  /// The product of the elements, or `nil` where it does not fit an `Int` or an
  /// element is negative: sizes read from a file are multiplied only by this.
  ///
  /// Beside an element of zero the others must fit as well: who steps along the axes of an empty
  /// tensor multiplies them alone, as NumPy holds too.
  package func checkedProduct() -> Int? {
    var product = 1
    for factor in self where factor != 0 {
      let (partial, overflow) = product.multipliedReportingOverflow(by: factor)
      guard !overflow, factor > 0 else { return nil }
      product = partial
    }
    return contains(0) ? 0 : product
  }
}
