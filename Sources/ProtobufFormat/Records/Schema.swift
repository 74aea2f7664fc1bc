internal import ModelGraph

/// The constants of `schemas/residual/v1`.
enum Schema {
  static let format = "residual.v1"
  static let shardFormat = "residual.v1.shard"
  static let version = 1
  /// Where payloads start: at a multiple of this in the file.
  static let alignment = 64
  /// The most bytes that a protobuf message can have for every library to read it.
  static let messageByteLimit = Int(Int32.max)

  /// The numbers of the fields of `Model` and `TensorShard` that are read without
  /// protobuf-c.
  enum File {
    static let format: UInt32 = 1
    static let schemaVersion: UInt32 = 2
    static let fileByteCount: UInt32 = 3
    static let headerChecksum: UInt32 = 4
    static let source: UInt32 = 6
    static let tensors: UInt32 = 15
  }

  /// The numbers of the fields of `Tensor`.
  enum Tensor {
    static let name: UInt32 = 1
    static let dtype: UInt32 = 2
    static let shape: UInt32 = 3
    static let checksum: UInt32 = 4
    static let usage: UInt32 = 5
    static let padding: UInt32 = 14
    static let data: UInt32 = 15
  }

  /// The messages that a later version may add fields to, which are kept; a field
  /// that is not known in any other message is refused, as it would be lost.
  static let openMessages: Set = [
    "Model", "Provenance", "HistoryStep", "Graph", "Layer", "Call", "Source", "SourceObject",
    "Golden", "GoldenCase",
  ]
}

/// What a tensor is for.
enum TensorUsage: UInt64 {
  case model = 0
  case golden = 1
}

/// Whether training may change a weight.
enum Trainability: UInt32 {
  case unknown = 0
  case trainable = 1
  case fixed = 2

  init(_ isTrainable: Bool) {
    self = isTrainable ? .trainable : .fixed
  }
}

extension DType {
  private static let schemaOrder: [DType] = [
    .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float16, .bfloat16,
    .float32, .float64, .string,
  ]

  /// The type of a `DataType`, or `nil` for a number that is none.
  init?(schemaNumber number: UInt64) {
    guard (1...UInt64(Self.schemaOrder.count)).contains(number) else { return nil }
    self = Self.schemaOrder[Int(number) - 1]
  }

  /// The number of the type's `DataType`.
  var schemaNumber: UInt32 { UInt32((Self.schemaOrder.firstIndex(of: self) ?? -1) + 1) }
}

extension Graph.Form {
  /// The form of a `GraphForm`, or `nil` for a number that is none.
  init?(schemaNumber number: UInt32) {
    switch number {
    case 1: self = .sequential
    case 2: self = .functional
    case 3: self = .timeDistributed
    default: return nil
    }
  }

  /// The number of the form's `GraphForm`.
  var schemaNumber: UInt32 {
    switch self {
    case .sequential: 1
    case .functional: 2
    case .timeDistributed: 3
    }
  }
}
