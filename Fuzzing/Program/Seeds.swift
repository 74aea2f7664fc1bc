internal import Glibc
internal import KerasFormat
internal import ModelGraph
internal import OrderedCollections
internal import ProtobufFormat

/// Inputs to begin with, made of Keras files; goldens are packed by what starts this program.
enum Seeds {
  /// What is larger makes every trial slower, and finds no more.
  private static let byteLimit = 8 << 10

  /// Writes the inputs that Keras files give, each to the folder of its target.
  static func write(_ arguments: [String]) throws {
    guard let folder = arguments.first else { return }
    for path in arguments.dropFirst() {
      guard let model = try? KerasReader().read(path: path).model else { continue }
      let name = path.split(separator: "/").suffix(2).joined(separator: "-")
      for (target, kind, bytes) in try seeds(of: model) where bytes.count <= byteLimit {
        let file = "\(folder)/\(target)"
        // Sound: the path is lent for the call.
        unsafe mkdir(file, 0o777)
        try write(bytes, to: "\(file)/\(name)-\(kind)")
      }
    }
  }

  private static func seeds(
    of model: Model
  ) throws -> [(target: String, kind: String, bytes: [UInt8])] {
    var seeds: [(target: String, kind: String, bytes: [UInt8])] = []
    let bare = try Model(graph: model.graph, tensors: weights(of: model))
    for target in ["protobuf", "execution", "keras-writing"] {
      if target != "execution" { seeds.append((target, "source", try unsealed(model))) }
      seeds.append((target, "graph", try unsealed(bare)))
    }
    for object in model.source?.objects ?? [] {
      for attribute in object.attributes {
        guard case .texts(let texts) = attribute.value.elements else { continue }
        for text in texts where text.first == UInt8(ascii: "{") {
          seeds.append(("json", attribute.name, text))
          guard attribute.name == "model_config" else { continue }
          let version = UInt8(ascii: model.provenance.producerVersion.hasPrefix("2") ? "2" : "3")
          seeds.append(("configuration", "config", [version] + text))
        }
      }
      for (index, attribute) in object.attributes.enumerated() {
        seeds.append(("datatype", "attribute\(index)", Array(attribute.datatype.utf8)))
      }
      guard let dataset = object.dataset else { continue }
      seeds.append(("datatype", "type", Array(dataset.datatype.utf8)))
      seeds.append(("datatype", "storage", Array(dataset.storage.utf8)))
    }
    return seeds
  }

  private static func weights(of model: Model) -> OrderedDictionary<String, Tensor> {
    let names = Set(model.graph.allLayers.flatMap { $0.layer.parameters.values })
    return model.tensors.filter { names.contains($0.key) }
  }

  /// A file without the fields that state its size and the checksum of its header, so that what is
  /// changed in it gets to the parser.
  private static func unsealed(_ model: Model) throws -> [UInt8] {
    let plan = try ProtobufWriter().plan(model, fileName: "seed.pb")
    let file = MemoryFile()
    for part in plan.files { try plan.write(part, to: file.path) }
    let bytes = try MappedFile(path: file.path).withBytes { span in
      unsafe span.withUnsafeBytes { unsafe Array($0) }
    }
    return Array(bytes[..<15] + bytes[33...])
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    // Sound, here and below: path and bytes are lent for the calls.
    guard let file = unsafe fopen(path, "wb") else {
      throw FileError(path: path, operation: .create, code: errno)
    }
    defer { unsafe fclose(file) }
    guard unsafe fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      throw FileError(path: path, operation: .write, code: errno)
    }
  }
}
