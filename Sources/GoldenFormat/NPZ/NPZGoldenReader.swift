internal import OrderedCollections
internal import ModelGraph

/// One case as NumPy's `savez` stores it: arrays `inputs/NAME`, `outputs/NAME` and
/// `calls/NAME`, or plain `x` and `y` for a model with one input and one output;
/// and `weights`, the digests of the weights as a list of uint64.
///
/// The file does not say who made it; the case is named `npz`.
struct NPZGoldenReader {
  let path: String
  let limits: GoldenLimits

  func read(fileByteCount: Int) throws -> Golden {
    let archive = try ZipArchive(path: path)
    var one = GoldenCase(name: "npz", inputs: [:], outputs: [:])
    var digests: [UInt64] = []
    for member in try archive.members(fileByteCount: fileByteCount, limits: limits) {
      do {
        let tensor = try Self.tensor(try archive.read(member), limits: limits)
        if member.name == "weights.npy" {
          digests = try Self.digests(tensor)
        } else if !Self.store(tensor, as: member.name, in: &one) {
          throw GoldenFormatError.unknownMember
        }
      } catch let error as GoldenFormatError {
        throw GoldenFormatError.member(member.name, error)
      }
    }
    return Golden(
      producer: "unknown", producerVersion: "", cases: [one],
      weightDigests: Set(digests).sorted())
  }

  private static func digests(_ list: Tensor) throws -> [UInt64] {
    guard list.dtype == .uint64, list.dimensions.count == 1 else {
      throw GoldenFormatError.digestList
    }
    return try list.bytes.withBytes { bytes in
      // Sound: unaligned loads of whole elements inside the span; any bits are a number.
      unsafe bytes.withUnsafeBytes { bytes in
        stride(from: 0, to: bytes.count, by: 8).map {
          unsafe bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)
        }
      }
    }
  }

  /// Puts a tensor where its name says, or returns false where that is nowhere.
  private static func store(
    _ tensor: Tensor, as member: String, in one: inout GoldenCase
  ) -> Bool {
    guard member.hasSuffix(".npy") else { return false }
    let key = member.dropLast(4)
    if key == "x" || key == "y" {
      if key == "x" { one.inputs["x"] = tensor } else { one.outputs["y"] = tensor }
      return true
    }
    let parts = key.utf8.split(
      separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false
    ).map { Substring($0) }
    guard parts.count == 2, !parts[1].isEmpty else { return false }
    let name = String(parts[1])
    switch parts[0] {
    case "inputs": one.inputs[name] = tensor
    case "outputs": one.outputs[name] = tensor
    case "calls": one.calls[name] = tensor
    case "masks": one.masks[name] = tensor
    default: return false
    }
    return true
  }

  /// Reads an .npy array.
  static func tensor(
    _ bytes: [UInt8], limits: GoldenLimits
  ) throws(GoldenFormatError) -> Tensor {
    let header = try NPYHeader(bytes, limit: limits.headerByteCount)
    // Each element takes a step for each axis where the order is changed.
    guard header.shape.count <= limits.axisCount else {
      throw .axisCount(header.shape.count, limit: limits.axisCount)
    }
    let expected = try header.byteCount()
    let found = bytes.count - header.dataOffset
    guard found == expected else { throw .dataSize(expected: expected, found: found) }
    var elements = Array(bytes[header.dataOffset...])
    let width = header.dtype.byteCount
    if header.isBigEndian, width > 1 { reverseBytes(of: &elements, width: width) }
    if header.isFortranOrder, header.shape.count > 1 {
      elements = rowMajor(elements, shape: header.shape, width: width)
    }
    do {
      return try Tensor(
        dtype: header.dtype, dimensions: header.shape, bytes: OwnedBytes(elements))
    } catch {
      throw .dataSize(expected: expected, found: found)
    }
  }

  private static func reverseBytes(of elements: inout [UInt8], width: Int) {
    for start in stride(from: 0, to: elements.count, by: width) {
      for offset in 0..<width / 2 {
        elements.swapAt(start + offset, start + width - 1 - offset)
      }
    }
  }

  /// The elements with the last axis varying fastest, from the first doing so.
  private static func rowMajor(_ elements: [UInt8], shape: [Int], width: Int) -> [UInt8] {
    guard !elements.isEmpty else { return elements }
    var result: [UInt8] = []
    result.reserveCapacity(elements.count)
    var position = [Int](repeating: 0, count: shape.count)
    var strides: [Int] = []
    var step = width
    for size in shape {
      strides.append(step)
      step *= size
    }
    var source = 0
    while result.count < elements.count {
      result.append(contentsOf: elements[source..<source + width])
      var axis = shape.count - 1
      while axis >= 0 {
        position[axis] += 1
        source += strides[axis]
        if position[axis] < shape[axis] { break }
        source -= strides[axis] * shape[axis]
        position[axis] = 0
        axis -= 1
      }
    }
    return result
  }
}
