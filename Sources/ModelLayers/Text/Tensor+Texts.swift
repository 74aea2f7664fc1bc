// Texts as tensors. Each is its bytes along a last axis, which is as long as the longest of them, with zeros
// after its end, as NumPy and HDF5 keep texts of one length. So text is exact in every precision and on
// every engine, and no text can end in a null, which those do not keep either. Nothing says that the bytes
// are UTF-8: TensorFlow's are any.

extension Tensor {
  /// Makes a tensor of texts.
  ///
  /// - Parameters:
  ///   - texts: The texts, row-major.
  ///   - dimensions: The size of each axis, without that of the bytes.
  /// - Throws: As ``init(texts:_:)-([[UInt8]],_)``.
  public init(texts: [String], _ dimensions: [Int]) throws(ModelError) {
    try self.init(texts: texts.map { Array($0.utf8) }, dimensions)
  }

  /// Makes a tensor of texts that are given as bytes.
  ///
  /// - Throws: `ModelError.arraySize` where they are not as many as the dimensions say,
  ///   `ModelError.textEnd` for one that ends in a null, `ModelError.elementCount` where all would be too
  ///   long together.
  public init(texts: [[UInt8]], _ dimensions: [Int]) throws(ModelError) {
    guard dimensions.checkedProduct() == texts.count else {
      throw .arraySize(dimensions, elementCount: texts.count)
    }
    if let number = texts.firstIndex(where: { $0.last == 0 }) { throw .textEnd(number) }
    let shape = dimensions + [max(1, texts.lazy.map(\.count).max() ?? 1)]
    guard let count = shape.checkedProduct(), count <= Self.maximumTextByteCount else {
      throw .elementCount(Shape(shape), limit: Self.maximumTextByteCount)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for text in texts {
      bytes += text
      bytes += repeatElement(0, count: shape[dimensions.count] - text.count)
    }
    self.init(unchecked: shape, bytes)
  }

  /// How many bytes texts may have that are read: 64 MiB.
  ///
  /// One long text makes room for as many bytes in each.
  public static let maximumTextByteCount = 1 << 26

  /// The bytes of texts, of shape `dimensions`, which they fill.
  package init(unchecked dimensions: [Int], _ bytes: [UInt8]) {
    self.init(unchecked: .string, dimensions, OwnedBytes(bytes))
  }

  /// Makes a tensor of what an engine has made: of numbers, or of the bytes of texts.
  package init<Scalar: ReferenceScalar>(_ array: NDArray<Scalar>, isText: Bool) {
    if isText {
      self.init(unchecked: array.dimensions, array.elements.map(\.byte))
    } else {
      self.init(array)
    }
  }

  /// The same texts in so many bytes each; `nil` where one is longer, all would be too long together, or
  /// there are none.
  package func texts(ofLength length: Int) throws -> Tensor? {
    guard let texts = try texts(), texts.allSatisfy({ $0.count <= length }),
      let count = [texts.count, length].checkedProduct(), count <= Self.maximumTextByteCount
    else { return nil }
    let bytes = texts.flatMap { $0 + repeatElement(0, count: length - $0.count) }
    return Tensor(unchecked: dimensions.dropLast() + [length], bytes)
  }

  /// The texts, row-major, as bytes; `nil` where the elements are numbers.
  ///
  /// - Throws: What reading the bytes throws.
  public func texts() throws -> [[UInt8]]? {
    dtype == .string ? try array(Float.self).texts : nil
  }
}

extension NDArray {
  /// The texts whose bytes are the elements along the last axis.
  ///
  /// What is no byte counts for none: it may be fed by a program.
  var texts: [[UInt8]] {
    guard let length = dimensions.last else { return [] }
    return (0..<dimensions.dropLast().reduce(1, *)).map { row in
      let bytes = elements[row * length..<(row + 1) * length].map(\.byte)
      return Array(bytes[..<(bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0)])
    }
  }
}

extension ReferenceScalar {
  /// The byte of a text; 0 for what is none.
  fileprivate var byte: UInt8 { UInt8(exactly: rounded()) ?? 0 }
}
