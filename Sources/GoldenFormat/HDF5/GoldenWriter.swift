internal import HDF5
internal import OrderedCollections
public import ResidualGraph

/// Writes recorded tensors to an HDF5 file, in the layout that the reader and
/// the recorder share; equal goldens make equal bytes.
public struct GoldenWriter: Sendable {
  /// Makes a writer.
  public init() {}

  /// Writes a golden, over a file that may be there.
  ///
  /// - Throws: `GoldenFormatError` for a name that HDF5 cannot hold; `HDF5Error`;
  ///   what reading the tensors throws.
  public func write(_ golden: Golden, to path: String) throws {
    try naming(file: path) {
      for one in golden.cases { try Self.check(one.name, isPath: false) }
      let file = try FileWriter(path: path)
      try file.writeAttribute(Attribute(name: "format", text: HDF5GoldenReader.format), to: "/")
      try file.writeAttribute(Self.integer("version", HDF5GoldenReader.version), to: "/")
      try file.writeAttribute(Attribute(name: "producer", text: golden.producer), to: "/")
      try file.writeAttribute(
        Attribute(name: "producer_version", text: golden.producerVersion), to: "/")
      try file.writeAttribute(Attribute(name: "backend", text: golden.backend), to: "/")
      if let seed = golden.seed {
        try file.writeAttribute(Self.integer("seed", seed), to: "/")
      }
      if let notes = golden.notes {
        try file.writeAttribute(Attribute(name: "notes", text: notes), to: "/")
      }
      try file.createGroup("/cases")
      var names: Set<String> = []
      for one in golden.cases {
        guard names.insert(one.name).inserted else {
          throw GoldenFormatError.duplicateName(one.name)
        }
        try Self.write(one, to: file)
      }
      try file.close()
    }
  }

  private static func write(_ one: GoldenCase, to file: borrowing FileWriter) throws {
    let path = "/cases/\(one.name)"
    try file.createGroup(path)
    try file.writeAttribute(Attribute(name: "description", text: one.description), to: path)
    for (group, tensors) in [
      ("inputs", one.inputs), ("outputs", one.outputs), ("calls", one.calls),
    ] {
      let groupPath = "\(path)/\(group)"
      try file.createGroup(groupPath)
      let names = try storedNames(Array(tensors.keys))
      for (name, tensor) in zip(names, tensors.values) {
        try write(tensor, to: file, at: "\(groupPath)/\(name)")
      }
      if group == "calls" {
        try file.writeAttribute(
          Attribute(name: "order", text: names.joined(separator: "\n")), to: groupPath)
      }
    }
  }

  /// The names of the datasets: `a` becomes `a:0:0` where `a/b` needs `a` as its group.
  private static func storedNames(_ names: [String]) throws -> [String] {
    var groups: Set<Substring> = []
    for name in names {
      try check(name, isPath: true)
      for end in name.indices where name[end] == "/" { groups.insert(name[..<end]) }
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
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard isPath || parts.count == 1, parts.allSatisfy({ !$0.isEmpty && $0 != "." }),
      !name.utf8.contains(0), !name.contains("\n")
    else { throw GoldenFormatError.unwritableName(name) }
  }

  private static func write(
    _ tensor: Tensor, to file: borrowing FileWriter, at path: String
  ) throws {
    let space: Dataspace = tensor.dimensions.isEmpty ? .scalar : .simple(tensor.dimensions)
    let bytes = try tensor.bytes.withBytes { bytes in
      // Sound: any bytes are numbers; they are copied before the span's owner goes.
      unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }
    try file.createDataset(
      path, datatype: Datatype(tensor.dtype), dataspace: space, bytes: bytes)
  }

  private static func integer(_ name: String, _ value: Int) -> Attribute {
    let pattern = UInt64(bitPattern: Int64(value))
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: pattern >> UInt64($0 * 8)) }
    return Attribute(
      name: name, datatype: .integer(IntegerFormat(byteCount: 8, isSigned: true)),
      dataspace: .scalar, value: .bytes(bytes))
  }
}

extension Datatype {
  /// How an element type is stored, as h5py stores it.
  fileprivate init(_ dtype: DType) {
    switch dtype {
    case .bool:
      self = .enumeration(
        IntegerFormat(byteCount: 1, isSigned: true),
        members: [.init(name: "FALSE", value: 0), .init(name: "TRUE", value: 1)])
    case .int8, .int16, .int32, .int64:
      self = .integer(IntegerFormat(byteCount: dtype.byteCount, isSigned: true))
    case .uint8, .uint16, .uint32, .uint64:
      self = .integer(IntegerFormat(byteCount: dtype.byteCount, isSigned: false))
    case .float16: self = .float(.binary16, .littleEndian)
    case .bfloat16: self = .float(.bfloat16, .littleEndian)
    case .float32: self = .float(.binary32, .littleEndian)
    case .float64: self = .float(.binary64, .littleEndian)
    }
  }
}
