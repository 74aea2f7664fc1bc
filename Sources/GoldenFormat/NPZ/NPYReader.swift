internal import ModelGraph
internal import Zip

/// Reads an .npy array from bytes that come one after the other, each element into its place: a
/// large array is in memory once.
struct NPYReader {
  /// Puts the bytes that follow into a range of others.
  typealias Fill = (inout [UInt8], Range<Int>) throws(GoldenFormatError) -> Void

  let limits: GoldenLimits
  /// Is told of what the elements take before it is asked for.
  var allocating: (Int) -> Void = { _ in }

  /// The bytes of one piece where elements have to be moved.
  private static let pieceByteCount = 1 << 20

  /// Reads an array.
  ///
  /// - Parameter byteCount: The bytes of the header and the elements.
  func tensor(byteCount: Int, _ fill: Fill) throws(GoldenFormatError) -> Tensor {
    // The magic number, the version, the length of the header, and the header.
    let longestHead = 12 + limits.headerByteCount
    var head = [UInt8](repeating: 0, count: min(byteCount, longestHead))
    try fill(&head, head.indices)
    let header = try NPYHeader(head, limits: limits)
    let expected = try header.byteCount()
    let found = byteCount - header.dataOffset
    guard found == expected else { throw .dataSize(expected: expected, found: found) }
    allocating(expected)
    let first = head[header.dataOffset...]
    let isMoved = header.isFortranOrder && header.shape.count > 1
    var elements = [UInt8](repeating: 0, count: expected)
    if isMoved {
      try move(first, into: &elements, header, fill)
    } else {
      elements.replaceSubrange(..<first.count, with: first)
      try fill(&elements, first.count..<expected)
    }
    if header.isBigEndian { Self.reverseBytes(of: &elements, width: header.dtype.byteCount) }
    if header.isUnicode || header.dtype == .string {
      return try Self.text(elements, header)
    }
    do {
      return try Tensor(
        dtype: header.dtype, dimensions: header.shape, bytes: OwnedBytes(elements))
    } catch {
      throw .dataSize(expected: expected, found: found)
    }
  }

  /// Reads an array that is a member of a zip file.
  func tensor(_ member: ZipArchive.Member, _ archive: borrowing ZipArchive) throws -> Tensor {
    try archive.read(member) { stream in
      try tensor(byteCount: member.byteCount) { bytes, range throws(GoldenFormatError) in
        do throws(ZipError) {
          try stream.fill(&bytes, range)
        } catch {
          throw .archive(error)
        }
      }
    }
  }

  /// Texts of bytes or of characters.
  private static func text(
    _ elements: [UInt8], _ header: NPYHeader
  ) throws(GoldenFormatError) -> Tensor {
    let length = header.shape.last ?? 1
    let dimensions = Array(header.shape.dropLast())
    var texts: [[UInt8]] = []
    let width = header.dtype.byteCount
    for start in stride(from: 0, to: elements.count, by: length * width) {
      let stored = elements[start..<start + length * width]
      guard let text = header.isUnicode ? utf8(stored) : Array(stored) else {
        throw .unsupportedType("character")
      }
      texts.append(Array(text[..<(text.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0)]))
    }
    do {
      return try Tensor(texts: texts, dimensions)
    } catch {
      throw .archive(.sizeLimit(elements.count, limit: Tensor.maximumTextByteCount))
    }
  }

  /// Characters of 4 bytes as UTF-8; `nil` where one is none.
  private static func utf8(_ stored: ArraySlice<UInt8>) -> [UInt8]? {
    var text: [UInt8] = []
    for start in stride(from: stored.startIndex, to: stored.endIndex, by: 4) {
      let number = stored[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      guard let scalar = Unicode.Scalar(number) else { return nil }
      text += UTF8.encode(scalar).map(Array.init) ?? []
    }
    return text
  }

  /// Puts elements that come with the first axis varying fastest where the last one does.
  private func move(
    _ first: ArraySlice<UInt8>, into elements: inout [UInt8], _ header: NPYHeader, _ fill: Fill
  ) throws(GoldenFormatError) {
    guard !elements.isEmpty else { return }
    let width = header.dtype.byteCount
    var places = TransposedPlaces(shape: header.shape, width: width)
    var piece = Array(first)
    var readCount = piece.count
    while true {
      var offset = 0
      while offset + width <= piece.count {
        let place = places.next()
        for byte in 0..<width { elements[place + byte] = piece[offset + byte] }
        offset += width
      }
      guard readCount < elements.count else { return }
      // A part of an element may be left.
      piece.removeFirst(offset)
      let start = piece.count
      let more = min(Self.pieceByteCount, elements.count - readCount)
      piece += repeatElement(0, count: more)
      try fill(&piece, start..<start + more)
      readCount += more
    }
  }

  private static func reverseBytes(of elements: inout [UInt8], width: Int) {
    for start in stride(from: 0, to: elements.count, by: width) {
      for offset in 0..<width / 2 {
        elements.swapAt(start + offset, start + width - 1 - offset)
      }
    }
  }
}

/// Where the elements of an array lie with the last axis varying fastest, in the order in which the
/// first does.
private struct TransposedPlaces {
  private let shape: [Int]
  private let strides: [Int]
  private var position: [Int]
  private var place = 0

  init(shape: [Int], width: Int) {
    self.shape = shape
    var strides = shape
    var step = width
    for axis in shape.indices.reversed() {
      strides[axis] = step
      step *= shape[axis]
    }
    self.strides = strides
    position = shape.map { _ in 0 }
  }

  /// The place of the next element.
  mutating func next() -> Int {
    defer { advance() }
    return place
  }

  private mutating func advance() {
    for axis in shape.indices {
      position[axis] += 1
      place += strides[axis]
      if position[axis] < shape[axis] { return }
      place -= strides[axis] * shape[axis]
      position[axis] = 0
    }
  }
}
