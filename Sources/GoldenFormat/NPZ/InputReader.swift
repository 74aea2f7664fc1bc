public import ModelGraph
public import OrderedCollections
internal import Zip

/// Reads what a model is to be fed from NumPy's files: an `.npy` for the only input, or an `.npz` with an
/// array for each; the content tells which.
///
/// The keys of an `.npz` are the names of the inputs, or `inputs/NAME` as in a golden, whose other arrays
/// are left aside; `x` is the only input of a model.
public struct InputReader: Sendable {
  /// What a file may ask for.
  public var limits: GoldenLimits

  /// Makes a reader.
  public init(limits: GoldenLimits = GoldenLimits()) {
    self.limits = limits
  }

  /// Reads the inputs.
  ///
  /// - Parameter allocating: Is told how many bytes an array takes in memory before they are asked for.
  /// - Returns: Texts, or numbers in float32, by the names of the inputs, in their order.
  /// - Throws: `GoldenFormatError` where an input is missing or left over, or has another shape or type
  ///   than its array; `ZipError` or `FileError`.
  public func read(
    path: String, for graph: Graph, allocating: @escaping (Int) -> Void = { _ in }
  ) throws -> OrderedDictionary<String, Tensor> {
    let file = try MappedFile(path: path)
    return try naming(file: path) {
      let arrays = try arrays(of: file, graph.inputNames, allocating)
      var inputs: OrderedDictionary<String, Tensor> = [:]
      for (reference, type) in zip(graph.inputs, graph.inputTypes) {
        guard let array = arrays[reference.layer] else { continue }
        // In both precisions, to see whether they are the same.
        allocating(12 * array.elementCount)
        let dtype = graph.layers[reference.layer]?.inputLayer?.dtype ?? .float32
        inputs[reference.layer] = try array.fitted(to: type, dtype, name: reference.layer)
      }
      return inputs
    }
  }

  /// An array for each input, whatever its shape and type.
  private func arrays(
    of file: MappedFile, _ names: [String], _ allocating: @escaping (Int) -> Void
  ) throws -> [String: Tensor] {
    var magic = [UInt8](repeating: 0, count: min(6, file.byteCount))
    var start = magic.mutableSpan
    try file.read(at: 0, into: &start)
    if magic == NPYHeader.magic {
      guard names.count == 1 else { throw GoldenFormatError.oneArray(inputs: names) }
      return [names[0]: try array(of: file, allocating)]
    }
    guard magic.starts(with: [0x50, 0x4B, 3, 4]) || magic.starts(with: [0x50, 0x4B, 5, 6]) else {
      throw GoldenFormatError.notInputs
    }
    do {
      return try arrays(in: try ZipArchive(path: file.path), names, allocating)
    } catch let error as ZipError {
      throw GoldenFormatError.archive(error)
    }
  }

  private func arrays(
    in archive: borrowing ZipArchive, _ names: [String], _ allocating: @escaping (Int) -> Void
  ) throws -> [String: Tensor] {
    let members = try archive.members(limits: limits.zip).map { member in
      (
        key: member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name,
        member: member
      )
    }
    let keys = members.map(\.key)
    var arrays: [String: Tensor] = [:]
    var used: Set<String> = []
    for name in names {
      let choices = ["inputs/\(name)", name] + (names.count == 1 ? ["x"] : [])
      guard let key = choices.first(where: keys.contains),
        let member = members.first(where: { $0.key == key })?.member
      else { throw GoldenFormatError.inputMissing(name, inputs: names, found: keys) }
      used.insert(key)
      do {
        arrays[name] = try NPYReader(limits: limits, allocating: allocating).tensor(member, archive)
      } catch let error as GoldenFormatError {
        throw GoldenFormatError.member(member.name, error)
      } catch let error as ZipError {
        throw ZipError.member(member.name, error)
      }
    }
    let isGolden = used.allSatisfy { $0.hasPrefix("inputs/") }
    for key in keys where !used.contains(key) {
      let belongs =
        key == "weights" || ["outputs/", "calls/", "masks/"].contains(where: key.hasPrefix)
      guard isGolden, belongs else { throw GoldenFormatError.inputUnknown(key, inputs: names) }
    }
    return arrays
  }

  private func array(
    of file: MappedFile, _ allocating: @escaping (Int) -> Void
  ) throws -> Tensor {
    var offset = 0
    return try NPYReader(limits: limits, allocating: allocating)
      .tensor(byteCount: file.byteCount) { bytes, range throws(GoldenFormatError) in
        var span = bytes.mutableSpan
        var part = span._mutatingExtracting(range)
        do {
          try file.read(at: offset, into: &part)
        } catch {
          throw .dataSize(expected: file.byteCount, found: offset)
        }
        offset += range.count
      }
  }
}

extension Tensor {
  /// What an input takes, in the type that it is fed in.
  fileprivate func fitted(to type: TensorType, _ declared: DType, name: String) throws -> Tensor {
    guard type.isText == (dtype == .string) else {
      throw GoldenFormatError.inputElement(
        name, found: dtype == .string ? "texts" : "numbers of type \(dtype.rawValue)",
        expected: type.isText ? "texts" : "numbers")
    }
    let shape = type.shape.dimensions
    let isFit =
      dimensions.count == shape.count && !dimensions.contains(0)
      && zip(dimensions, shape).allSatisfy { $1 == nil || $0 == $1 }
    guard isFit else {
      throw GoldenFormatError.inputShape(
        name, found: Shape(type.isText ? dimensions.dropLast() : dimensions),
        expected: type.itemShape)
    }
    guard !type.isText else { return self }
    let numbers: NDArray<Double> = try array()
    let singles = NDArray<Float>(dimensions, numbers.elements.map { Float($0) })
    // Real numbers are rounded; integers and truth values have to be there, and to be exact in float32.
    let isReal = dtype.unitRoundoff != nil
    for (number, single) in zip(numbers.elements, singles.elements)
    where isReal ? single.isInfinite && number.isFinite : Double(single) != number {
      throw GoldenFormatError.inputElement(
        name, found: "\(number)", expected: "numbers that float32 has")
    }
    if let foreign = declared.firstForeign(in: singles) {
      throw GoldenFormatError.inputElement(
        name, found: "\(Double(foreign))",
        expected: "numbers that its type \(declared.rawValue) has")
    }
    return Tensor(singles)
  }
}
