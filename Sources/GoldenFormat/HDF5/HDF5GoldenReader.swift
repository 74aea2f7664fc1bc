internal import HDF5
internal import OrderedCollections
internal import ModelGraph

/// The layout "residual golden, version 1": what the recorder writes.
///
/// The root has the attributes `format`, `version`, `producer`,
/// `producer_version`, `backend`, `seed`, `notes` and `weights`: the digests of the
/// weights, ascending, in 16 hexadecimal digits, one a line. Each case is a group
/// `/cases/NAME` with the groups `inputs`, `outputs` and `calls`, whose datasets
/// are named by layers and calls, and may have one `masks`; a name with slashes makes groups. Texts are
/// strings, of one length or of any. `calls` has an
/// attribute `order`: the names in the order of execution, one a line.
struct HDF5GoldenReader {
  static let format = "residual-golden"
  static let version = 1

  private let file: FileReader
  private let mapped: MappedFile
  private let allocating: (Int) -> Void
  /// What was asked for to read one dataset, which the next may use again.
  private var workingByteCount = 0

  init(
    path: String, mapped: MappedFile, limits: Limits, allocating: @escaping (Int) -> Void
  ) throws {
    file = try FileReader(path: path, limits: limits)
    self.mapped = mapped
    self.allocating = allocating
  }

  mutating func read() throws -> Golden {
    guard try file.hasAttribute("format", of: "/") else {
      throw GoldenFormatError.notGolden(found: nil)
    }
    let format = try text("format", of: "/") ?? ""
    guard format == Self.format else { throw GoldenFormatError.notGolden(found: format) }
    guard let version = try integer("version") else {
      throw GoldenFormatError.attribute("version", expected: "an integer")
    }
    guard version == Self.version else {
      throw GoldenFormatError.version(version, newest: Self.version)
    }
    var cases: [GoldenCase] = []
    for child in try file.children(of: "/cases") {
      cases.append(try readCase(child.name))
    }
    return Golden(
      producer: try text("producer", of: "/") ?? "",
      producerVersion: try text("producer_version", of: "/") ?? "",
      backend: try text("backend", of: "/") ?? "", seed: try integer("seed"),
      notes: try text("notes", of: "/"), cases: cases, weightDigests: try weightDigests())
  }

  private func weightDigests() throws -> [UInt64] {
    let lines = try text("weights", of: "/")?.split(separator: "\n") ?? []
    let digests = lines.compactMap { line in
      line.count == 16 && line.allSatisfy(\.isHexDigit) ? UInt64(line, radix: 16) : nil
    }
    guard digests.count == lines.count else {
      throw GoldenFormatError.attribute("weights", expected: "a list of digests")
    }
    return Set(digests).sorted()
  }

  private mutating func readCase(_ name: String) throws -> GoldenCase {
    let path = "/cases/\(name)"
    var calls = try tensors(in: path + "/calls")
    if try file.contains(path + "/calls"), let order = try text("order", of: path + "/calls") {
      calls = try ordered(calls, by: order)
    }
    return GoldenCase(
      name: name, description: try text("description", of: path) ?? "",
      inputs: try tensors(in: path + "/inputs"), outputs: try tensors(in: path + "/outputs"),
      calls: calls, masks: try tensors(in: path + "/masks"))
  }

  /// The datasets below a group, by their paths from it; none if there is no such group.
  private mutating func tensors(in group: String) throws -> OrderedDictionary<String, Tensor> {
    guard try file.contains(group) else { return [:] }
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for entry in try file.walk(from: group) where entry.kind != .group {
      guard entry.kind == .dataset else {
        throw GoldenFormatError.objectKind(entry.path, expected: "a group or a dataset")
      }
      tensors[String(entry.path.dropFirst(group.count + 1))] = try tensor(entry.path)
    }
    return tensors
  }

  private mutating func tensor(_ path: String) throws -> Tensor {
    let description = try file.dataset(path)
    if case .string = description.datatype { return try text(path, description) }
    guard let dtype = description.datatype.numberName.flatMap(DType.init) else {
      throw GoldenFormatError.member(path, .unsupportedType("\(description.datatype)"))
    }
    guard description.dataspace != .null else {
      throw GoldenFormatError.objectKind(path, expected: "an array")
    }
    if let range = description.nativeRange, let bytes = MappedBytes(mapped, range: range) {
      return try Tensor(dtype: dtype, dimensions: description.shape, bytes: bytes)
    }
    // What cannot be counted is refused by the reader.
    allocating((description.shape + [dtype.byteCount]).checkedProduct() ?? 0)
    if description.workingByteCount > workingByteCount {
      allocating(description.workingByteCount - workingByteCount)
      workingByteCount = description.workingByteCount
    }
    return try Tensor(
      dtype: dtype, dimensions: description.shape, bytes: OwnedBytes(file.readDataset(path)))
  }

  /// A dataset of strings; a text ends before the nulls that fill it up.
  private func text(_ path: String, _ description: DatasetDescription) throws -> Tensor {
    guard description.dataspace != .null else {
      throw GoldenFormatError.objectKind(path, expected: "an array")
    }
    guard description.shape.count < Shape.maximumRank else {
      throw GoldenFormatError.member(
        path, .rank(description.shape.count + 1, limit: Shape.maximumRank))
    }
    allocating(Tensor.maximumTextByteCount)
    return try Tensor(texts: file.readStrings(path), description.shape)
  }

  private func ordered(
    _ calls: OrderedDictionary<String, Tensor>, by order: String
  ) throws -> OrderedDictionary<String, Tensor> {
    let names = order.split(separator: "\n").map(String.init)
    var ordered: OrderedDictionary<String, Tensor> = [:]
    var missing: [String] = []
    for name in names {
      guard let tensor = calls[name] else {
        missing.append(name)
        continue
      }
      guard ordered.updateValue(tensor, forKey: name) == nil else {
        throw GoldenFormatError.duplicateName(name)
      }
    }
    let extra = calls.keys.filter { ordered[$0] == nil }
    guard missing.isEmpty, extra.isEmpty else {
      throw GoldenFormatError.orderDiffers(missing: missing, extra: Array(extra))
    }
    return ordered
  }

  /// An attribute that is a text; `nil` if there is none of that name.
  private func text(_ name: String, of path: String) throws -> String? {
    guard try file.hasAttribute(name, of: path) else { return nil }
    guard let text = try file.attribute(name, of: path).text else {
      throw GoldenFormatError.attribute(name, expected: "a text")
    }
    return text
  }

  private func integer(_ name: String) throws -> Int? {
    guard try file.hasAttribute(name, of: "/") else { return nil }
    guard let integers = try file.attribute(name, of: "/").integers, integers.count == 1 else {
      throw GoldenFormatError.attribute(name, expected: "an integer")
    }
    return integers[0]
  }
}
