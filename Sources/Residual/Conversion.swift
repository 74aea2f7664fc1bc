public import KerasFormat
internal import OrderedCollections
internal import ProtobufFormat
internal import Verification
public import ResidualCore
public import ModelGraph

/// Moves models from one file to another.
public struct Conversion: Sendable {
  /// Drops the optimizer's state and the training configuration.
  public var dropsOptimizer = false
  /// Recorded tensors to embed, in front of those that the input has, each with the file that errors name;
  /// only protobuf files hold any, and those of another model are refused.
  public var goldens: [(file: String, golden: Golden)] = []
  /// For which line of Keras a file is composed; without a choice it is for both, where one file can be.
  public var line: KerasLine?
  /// Reads back what was written, and compares it with the input bit for bit,
  /// before the target is replaced.
  public var checks = false
  /// Carries layers that cannot be run along, word for word.
  public var allowsUnsupported = false
  /// The most bytes of a protobuf file, at most 2 GiB; a model that needs more is spread over shards.
  public var shardByteLimit = ProtobufWriter.maximumByteCount
  /// The layers that can be run.
  public var registry = LayerRegistry.standard
  /// The program and version that converts, for the model's history.
  public var tool: String

  /// Makes a conversion that changes nothing.
  public init(tool: String) {
    self.tool = tool
  }

  /// How far a conversion has come.
  public struct Progress: Hashable, Sendable {
    /// What is being done.
    public enum Phase: String, Hashable, Sendable {
      case writing, checking
    }

    /// What is being done.
    public var phase: Phase
    /// The bytes of tensors that are done.
    public var completed: Int
    /// The bytes of tensors in all.
    public var total: Int
  }

  /// What was converted.
  public struct Summary: Hashable, Sendable {
    /// The format of the input.
    public var input: ModelFormat
    /// The format of the output.
    public var output: ModelFormat
    /// The number of layers, those in nested models included.
    public var layerCount: Int
    /// The number of tensors.
    public var tensorCount: Int
    /// The size of the tensors in bytes.
    public var byteCount: Int
    /// The number of golden cases that the output holds.
    public var goldenCaseCount: Int
    /// The number of golden cases of the input that the output does not hold.
    public var droppedGoldenCaseCount = 0
    /// Who alone loads the output; `nil` where nothing was composed, or both lines of Keras load it.
    public var restriction: KerasRestriction?
    /// Weights that are not those of a golden that was embedded, a sentence for each golden, its file first.
    public var goldenRemarks: [String] = []
  }

  /// Converts a file.
  ///
  /// The target is replaced as a whole, or not at all; it may be the input.
  ///
  /// - Parameters:
  ///   - input: A file of either format, told by its content.
  ///   - output: The target; its extension tells the format.
  ///   - progress: Is told how far the conversion has come.
  /// - Throws: `ResidualError`, whose description names the file first.
  public func convert(
    _ input: String, to output: String, progress: (Progress) -> Void = { _ in }
  ) throws(ResidualError) -> Summary {
    _ = try format(forWriting: output)
    let file = try ModelFile(path: input, registry: registry)
    return try convert(file, to: output, progress: progress)
  }

  /// Converts a file that has been read.
  ///
  /// - Parameters:
  ///   - file: A file of either format.
  ///   - output: The target; its extension tells the format.
  ///   - progress: Is told how far the conversion has come.
  /// - Throws: `ResidualError`, whose description names the file first.
  public func convert(
    _ file: ModelFile, to output: String, progress: (Progress) -> Void = { _ in }
  ) throws(ResidualError) -> Summary {
    let format = try format(forWriting: output)
    let input = file.path
    let unsupported = file.model.unsupportedLayers
    guard allowsUnsupported || unsupported.isEmpty else {
      throw .unsupportedLayers(input, unsupported)
    }
    guard dropsOptimizer || file.trainingTensorCount == 0 else {
      throw .trainingState(input, count: file.trainingTensorCount)
    }
    let remarks = try goldenRemarks(on: file)
    let (model, restriction) = try ResidualError.naming(file.path) {
      let model = try changed(file)
      guard let kind = format.kerasKind else { return (model, nil as KerasRestriction?) }
      let composed = try model.composingKerasFile(kind, for: line)
      return (composed.model, composed.restriction)
    }
    try ResidualError.naming(output) {
      try AtomicFile.replace(output, removing: { shards(of: $0, notNeededBy: input) }) {
        try write(model, of: input, to: $0, format: format, output: output, progress)
      }
    }
    let caseCount = model.goldens.reduce(0) { $0 + $1.cases.count }
    return Summary(
      input: file.format, output: format, layerCount: model.graph.allLayers.count,
      tensorCount: model.tensors.count,
      byteCount: model.tensors.values.reduce(0) { $0 + $1.bytes.byteCount },
      goldenCaseCount: format == .protobuf ? caseCount : 0,
      droppedGoldenCaseCount: format == .protobuf ? 0 : caseCount,
      restriction: restriction, goldenRemarks: remarks)
  }

  /// Refuses goldens of another model, and says which weights are not those of the others.
  private func goldenRemarks(on file: ModelFile) throws(ResidualError) -> [String] {
    var remarks: [String] = []
    for (path, golden) in goldens {
      let weights = try ResidualError.naming(file.path) {
        do {
          return try golden.check(isOf: file.model)
        } catch let error as VerificationError {
          throw ResidualError.inFile(path, error)
        }
      }
      remarks += [weights?.sentence].compactMap { $0.map { "\(path): \($0)" } }
    }
    return remarks
  }

  /// Writes a model to the place of the new file, and checks what is written.
  private func write(
    _ model: Model, of input: String, to temporary: String, format: ModelFormat, output: String,
    _ progress: (Progress) -> Void
  ) throws {
    do {
      try model.write(
        toNewFile: temporary, format: format, registry: registry, shardByteLimit: shardByteLimit
      ) { done, total in
        progress(Progress(phase: .writing, completed: done, total: total))
      }
    } catch  where !Self.lies(error, beside: temporary) {
      // Weights are read while they are written: what is wrong is then the input.
      throw ResidualError.inFile(input, error)
    }
    guard checks else { return }
    try check(temporary, against: model, format: format, output: output, progress)
  }

  /// The shards of a model that go with it; a copy of its file under another name, which is read, may
  /// be in the same shards.
  private func shards(of target: String, notNeededBy input: String) -> [String] {
    let names = ProtobufReader.shardNames(path: target)
    guard FileIdentity(path: target) != FileIdentity(path: input) else { return names }
    let needed = Set(ProtobufReader.shardPaths(path: input).compactMap(FileIdentity.init(path:)))
    let folder = PathName(target).folder
    return names.filter { name in
      FileIdentity(path: folder + name).map { !needed.contains($0) } ?? true
    }
  }

  private func format(forWriting output: String) throws(ResidualError) -> ModelFormat {
    let format = try ModelFormat(forWriting: output)
    guard goldens.isEmpty || format == .protobuf else {
      throw .goldensNotStored(output, format: format)
    }
    guard line == nil || format.kerasKind != nil else { throw .notForKeras(output, format: format) }
    return format
  }

  /// Whether an error is about a file in the folder of another.
  private static func lies(_ error: any Error, beside file: String) -> Bool {
    guard let found = (error as? any FileNamingError)?.file else { return false }
    return PathName(found).folder == PathName(file).folder
  }

  private func changed(_ file: ModelFile) throws -> Model {
    var model = file.model
    if dropsOptimizer {
      model = try model.droppingOptimizer(tool: tool)
    }
    if !goldens.isEmpty {
      model.goldens = goldens.map(\.golden) + model.goldens
      let cases = goldens.flatMap { $0.golden.cases.map { "'\($0.name)'" } }.joined(separator: ", ")
      model.provenance.history.append(
        Provenance.Step(operation: "embed-goldens", tool: tool, detail: cases))
    }
    return model
  }

  private func check(
    _ temporary: String, against model: Model, format: ModelFormat, output: String,
    _ progress: (Progress) -> Void
  ) throws {
    let written: Model
    if format == .kerasWeights {
      written = try model.loadingWeights(fromFile: temporary, registry: registry)
    } else {
      let file = try ModelFile(path: temporary, registry: registry)
      guard file.format == format else {
        throw ResidualError.checkFailed(output, difference: .format(file.format))
      }
      written = file.model
    }
    let expected =
      format == .kerasWeights ? try Model(graph: model.graph, tensors: model.tensors) : model
    let difference = try expected.difference(from: written) { done, total in
      progress(Progress(phase: .checking, completed: done, total: total))
    }
    if let difference { throw ResidualError.checkFailed(output, difference: difference) }
  }
}
