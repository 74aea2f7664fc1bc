import FoundationEssentials
import Residual

/// Builds the five kinds of residual blocks, shows them, writes each as a Keras file and as a
/// protobuf file, and checks that both say the same.
///
///     swift run -c release ResidualBlocks [folder]
@main struct ResidualBlocks {
  static func main() throws {
    let path = CommandLine.arguments.dropFirst().first ?? "residual_blocks"
    let folder = URL(filePath: path, directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for model in try models() {
      print(model.summary(width: 120))
      let files = ["h5", "pb"].map { folder.appending(path: "\(model.graph.name).\($0)") }
      for file in files {
        try model.write(to: file)
        try verify(file, against: model)
      }
      print("wrote \(files.map(\.lastPathComponent).joined(separator: " and ")); both agree\n")
    }
  }

  /// A model of each kind of block.
  static func models() throws -> [Model] {
    let blocks: [(name: String, block: ResidualBlock)] = [
      ("basic", .basic(filters: 64)),
      ("activated", .activated(filters: 64)),
      ("batch_normalized", .batchNormalized(filters: 64)),
      ("expand_contract", .expandContract(filters: 64)),
      ("bottleneck", .bottleneck(filters: 64)),
      ("identity", .identity()),
    ]
    return try blocks.map { name, block in
      let input = Input(shape: [32, 32, 64])
      return try Model(inputs: input, outputs: block(input), name: name)
    }
  }

  /// Reads a file back, and runs it beside the model that it was written from.
  static func verify(_ file: URL, against model: Model) throws {
    let image = try NDArray<Float>(
      [1, 32, 32, 64], elements: (0..<65536).map { Float($0 % 251) / 251 })
    let engine = ReferenceEngine(Float.self)
    let results = try [model, Model(contentsOf: file)].map {
      try engine.session(for: $0).run(["input_layer": Tensor(image)])[0].array(Float.self)
    }
    guard results[0] == results[1] else { throw Disagreement(file: file.lastPathComponent) }
  }
}

/// A file does not say what it was written from.
struct Disagreement: Error {
  let file: String
}
