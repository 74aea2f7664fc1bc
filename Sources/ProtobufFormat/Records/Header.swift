internal import ModelGraph

/// A `Model` message without its tensors, as Swift values that have not been
/// checked against each other.
struct Header: Hashable {
  var fileByteCount = 0
  var provenance = Provenance()
  var graphs: [GraphRecord] = []
  var source: SourceRecord?
  var goldens: [GoldenRecord] = []
  var shards: [ShardRecord] = []
  /// What is not known to this build, by the message it stood in.
  var unknown = UnknownFields()
}

/// The unknown fields of the messages of a model, by the message's place in it.
///
/// Places in graphs count the graphs in the order of a walk through the model,
/// which is the writer's, whatever the order in the file that was read.
struct UnknownFields: Hashable {
  var byPlace: [String: [UInt8]] = [:]

  static let model = "model"
  static let provenance = "provenance"
  static let source = "source"
  static func historyStep(_ index: Int) -> String { "provenance/history/\(index)" }
  static func sourceObject(_ path: String) -> String { "source/objects/\(path)" }
  static func sourceObject(_ path: String, of member: String) -> String {
    "source/members/\(member)/objects/\(path)"
  }
  static func golden(_ index: Int) -> String { "goldens/\(index)" }
  static func goldenCase(_ index: Int, of golden: Int) -> String {
    "goldens/\(golden)/cases/\(index)"
  }
  static func graph(_ index: Int) -> String { "graphs/\(index)" }
  static func layer(_ name: String, graph: Int) -> String { "graphs/\(graph)/layers/\(name)" }
  static func call(_ name: String, graph: Int) -> String { "graphs/\(graph)/calls/\(name)" }
  /// The attributes of a layer of a kind that the reading program did not know.
  static func attributes(_ name: String, graph: Int) -> String {
    "graphs/\(graph)/attributes/\(name)"
  }
  static func tensor(_ name: String) -> String { "tensors/\(name)" }

  /// The fields of a place, which is not even named where no place has any: nearly always.
  subscript(place: @autoclosure () -> String) -> [UInt8] {
    get { byPlace.isEmpty ? [] : byPlace[place()] ?? [] }
    set {
      if newValue.isEmpty, byPlace.isEmpty { return }
      byPlace[place()] = newValue.isEmpty ? nil : newValue
    }
  }
}

/// A `Graph` message.
struct GraphRecord: Hashable {
  var name = ""
  var form: UInt32 = 0
  var layers: [LayerRecord] = []
  var calls: [CallRecord] = []
  var inputs: [TensorReference] = []
  var outputs: [TensorReference] = []
  var unknown: [UInt8] = []
}

/// A `Layer` message.
struct LayerRecord: Hashable {
  enum Body: Hashable {
    case absent
    case attributes([AttributeRecord])
    case graph(Int)
    case unsupported(path: String, reason: String, configuration: String)
  }

  var name = ""
  var kind = ""
  var isTrainable = false
  var computeType: UInt32 = 0
  var parameters: [ParameterRecord] = []
  var body = Body.absent
  var unknown: [UInt8] = []
}

/// An `Attribute` message; the value is `nil` where it is of no type that is known.
struct AttributeRecord: Hashable {
  var name: String
  var value: AttributeValue?
}

/// A `Parameter` message.
struct ParameterRecord: Hashable {
  var role: String
  var tensor: String
  var trainability: UInt32
}

/// A `Call` message.
struct CallRecord: Hashable {
  var call: Call
  /// The shapes of the outputs, `nil` for one that is not known; empty where not written.
  var outputShapes: [ModelGraph.Shape?] = []
  var explicitPadding: [Int] = []
  var unknown: [UInt8] = []
}

/// A `Golden` message.
struct GoldenRecord: Hashable {
  var producer = ""
  var producerVersion = ""
  var backend = ""
  var seed: Int?
  var notes: String?
  var cases: [GoldenCaseRecord] = []
  var weightDigests: [UInt64] = []
}

/// A `GoldenCase` message.
struct GoldenCaseRecord: Hashable {
  var name = ""
  var description = ""
  var inputs: [NamedTensorRecord] = []
  var outputs: [NamedTensorRecord] = []
  var calls: [NamedTensorRecord] = []
  var masks: [NamedTensorRecord] = []
}

/// A `NamedTensor` message.
struct NamedTensorRecord: Hashable {
  var name: String
  var tensor: String
}

/// A `Shard` message.
struct ShardRecord: Hashable {
  var fileName: String
  var byteCount: Int
  var checksum: UInt64
}
