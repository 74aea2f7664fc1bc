internal import HDF5
public import OrderedCollections
public import ModelGraph

/// An HDF5 file of recorded tensors that is written call by call: no tensor is kept.
///
/// The file is complete only when ``close()`` has returned.
public struct GoldenStream: ~Copyable {
  private let file: FileWriter
  private var caseNames: Set<String> = []
  /// Where the case is that is written, and how its calls' names are stored.
  private var group = ""
  private var storedNames: [String: String] = [:]

  /// Begins a file, over one that may be there.
  ///
  /// - Parameters:
  ///   - golden: Who computed the tensors, and with which weights; its cases are not looked at.
  ///   - path: The file.
  /// - Throws: `HDF5Error`.
  public init(describing golden: Golden, path: String) throws {
    let file = try FileWriter(path: path)
    try file.writeAttribute(Attribute(name: "format", text: HDF5GoldenReader.format), to: "/")
    try file.writeAttribute(Self.integer("version", HDF5GoldenReader.version), to: "/")
    try file.writeAttribute(Attribute(name: "producer", text: golden.producer), to: "/")
    try file.writeAttribute(
      Attribute(name: "producer_version", text: golden.producerVersion), to: "/")
    try file.writeAttribute(Attribute(name: "backend", text: golden.backend), to: "/")
    if let seed = golden.seed { try file.writeAttribute(Self.integer("seed", seed), to: "/") }
    if let notes = golden.notes {
      try file.writeAttribute(Attribute(name: "notes", text: notes), to: "/")
    }
    if !golden.weightDigests.isEmpty {
      let lines = golden.weightDigests.map(Self.hexadecimal).joined(separator: "\n")
      try file.writeAttribute(Attribute(name: "weights", text: lines), to: "/")
    }
    try file.createGroup("/cases")
    self.file = file
  }

  /// Begins a case.
  ///
  /// - Parameters:
  ///   - name: The case's name.
  ///   - description: What the case is, for people.
  ///   - inputs: What is fed, by the name of the input layer.
  ///   - calls: The names of the calls that will be added, in the order of running.
  /// - Throws: `GoldenFormatError` for a name that HDF5 cannot hold or that is there already;
  ///   `HDF5Error`; what reading the tensors throws.
  public mutating func begin(
    _ name: String, description: String, inputs: OrderedDictionary<String, Tensor>,
    calls: [String]
  ) throws {
    try Self.check(name, isPath: false)
    guard caseNames.insert(name).inserted else { throw GoldenFormatError.duplicateName(name) }
    group = "/cases/\(name)"
    try file.createGroup(group)
    try file.writeAttribute(Attribute(name: "description", text: description), to: group)
    try write(inputs, to: group + "/inputs")
    let stored = try Self.storedNames(calls)
    storedNames = Dictionary(zip(calls, stored)) { first, _ in first }
    try file.createGroup(group + "/calls")
    try file.writeAttribute(
      Attribute(name: "order", text: stored.joined(separator: "\n")), to: group + "/calls")
  }

  /// Writes what a call made, which must be one of those that the case began with.
  ///
  /// - Throws: `GoldenFormatError`, `HDF5Error`; what reading the tensor throws.
  public func add(_ tensor: Tensor, call: String) throws {
    guard let name = storedNames[call] else { throw GoldenFormatError.unwritableName(call) }
    try write(tensor, at: "\(group)/calls/\(name)")
  }

  /// Ends a case.
  ///
  /// - Parameters:
  ///   - outputs: What the model made, by the name of the call that makes it.
  ///   - masks: The masks, by the names of the calls that hand them on.
  /// - Throws: As ``begin(_:description:inputs:calls:)``.
  public func end(
    outputs: OrderedDictionary<String, Tensor>, masks: OrderedDictionary<String, Tensor> = [:]
  ) throws {
    try write(outputs, to: group + "/outputs")
    if !masks.isEmpty { try write(masks, to: group + "/masks") }
  }

  /// Writes what is still in memory, and closes the file.
  ///
  /// - Throws: `HDF5Error`.
  public consuming func close() throws {
    try file.close()
  }

  private func write(_ tensors: OrderedDictionary<String, Tensor>, to group: String) throws {
    try file.createGroup(group)
    let names = try Self.storedNames(Array(tensors.keys))
    for (name, tensor) in zip(names, tensors.values) { try write(tensor, at: "\(group)/\(name)") }
  }

  private func write(_ tensor: Tensor, at path: String) throws {
    // The last axis of texts are their bytes.
    let isText = tensor.dtype == .string
    let dimensions = isText ? tensor.dimensions.dropLast() : tensor.dimensions
    let space: Dataspace = dimensions.isEmpty ? .scalar : .simple(dimensions)
    let datatype = isText ? Datatype(textOf: tensor.dimensions.last ?? 1) : Datatype(tensor.dtype)
    let bytes = try tensor.bytes.withBytes { bytes in
      // Sound: any bytes are numbers; they are copied before the span's owner goes.
      unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }
    try file.createDataset(
      path, datatype: datatype, dataspace: space, bytes: bytes)
  }

  /// The names of the datasets: `a` becomes `a:0:0` where `a/b` needs `a` as its group.
  private static func storedNames(_ names: [String]) throws -> [String] {
    var groups: Set<Substring> = []
    for name in names {
      try check(name, isPath: true)
      for end in name.utf8.indices where name.utf8[end] == UInt8(ascii: "/") {
        groups.insert(name[..<end])
      }
    }
    let stored = names.map { groups.contains($0[...]) && !$0.contains(":") ? "\($0):0:0" : $0 }
    var known: Set<String> = []
    for name in stored {
      guard !groups.contains(name[...]), known.insert(name).inserted else {
        throw GoldenFormatError.duplicateName(name)
      }
    }
    return stored
  }

  /// Refuses names that HDF5 would read as another path, or that `order` cannot list.
  private static func check(_ name: String, isPath: Bool) throws {
    // Bytes, as HDF5 sees them: a slash and what combines with it are one character.
    let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard isPath || parts.count == 1,
      parts.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) }),
      !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "\n"))
    else { throw GoldenFormatError.unwritableName(name) }
  }

  private static func integer(_ name: String, _ value: Int) -> Attribute {
    let pattern = UInt64(bitPattern: Int64(value))
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: pattern >> UInt64($0 * 8)) }
    return Attribute(
      name: name, datatype: .integer(IntegerFormat(byteCount: 8, isSigned: true)),
      dataspace: .scalar, value: .bytes(bytes))
  }

  /// A digest in 16 digits.
  private static func hexadecimal(_ digest: UInt64) -> String {
    let digits = String(digest, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension Datatype {
  /// Texts of so many bytes, as h5py stores those of NumPy.
  fileprivate init(textOf length: Int) {
    self = .string(
      StringFormat(fixedLength: length, padding: .nullPadded, characterSet: .ascii))
  }

  /// How an element type is stored, as h5py stores it.
  fileprivate init(_ dtype: DType) {
    switch dtype {
    case .bool:
      self = .enumeration(
        IntegerFormat(byteCount: 1, isSigned: true),
        members: [.init(name: "FALSE", value: 0), .init(name: "TRUE", value: 1)])
    case .int8, .int16, .int32, .int64:
      self = .integer(IntegerFormat(byteCount: dtype.byteCount, isSigned: true))
    case .uint8, .uint16, .uint32, .uint64, .string:
      self = .integer(IntegerFormat(byteCount: dtype.byteCount, isSigned: false))
    case .float16: self = .float(.binary16, .littleEndian)
    case .bfloat16: self = .float(.bfloat16, .littleEndian)
    case .float32: self = .float(.binary32, .littleEndian)
    case .float64: self = .float(.binary64, .littleEndian)
    }
  }
}
