internal import CommandSupport
internal import Residual

/// What one golden's comparison with the model gave.
struct Verified {
  /// Where the golden comes from: a file's name, or the model's where it holds it or needs none.
  let source: String
  let report: VerificationReport
  /// The file that shows the first fault by itself, if one was written.
  var reproducer: String?
}

/// One run of the program: the model, the goldens, and how they are compared.
struct Verification {
  private let command: Verify

  init(of command: Verify) {
    self.command = command
  }

  /// What was found, and the graph of the model.
  func run() throws -> (verified: [Verified], graph: Graph) {
    let verifier = Verifier(
      engine: try command.choice.makeEngine(
        isCompared: true, operationLimit: command.limits.operationLimit),
      options: Verifier.Options(
        absoluteTolerance: command.absoluteTolerance,
        relativeTolerance: command.relativeTolerance, diagnoses: command.diagnose,
        operationLimit: command.limits.operationLimit))
    let model = try MemoryLimit.whileReading { try Model(contentsOfFile: command.model) }
    let bar = ProgressBar(isQuiet: command.quiet)
    defer { bar.clear() }
    func show(_ progress: Verifier.Progress) {
      bar.show(progress.call, progress.completed, of: progress.total) { "\($0)" }
    }
    guard command.against == nil else {
      let inputs = try command.sampleInputs(of: model)
      let one = try verified(command.model) {
        try verifier.verify(model, againstReferenceOn: inputs, progress: show)
      }
      return ([one], model.graph)
    }
    let goldens = try Self.goldens(of: model, named: command.model, files: command.goldenFiles)
    let all = try selected(goldens).map { source, golden in
      var one = try verified(source) {
        try verifier.verify(model, against: golden, progress: show)
      }
      if let folder = command.cutFolder {
        one.reproducer = try Reproducer(of: one.report, model, golden)?
          .write(in: folder, checking: command.checkTarget)
      }
      return one
    }
    return (all, model.graph)
  }

  /// A report, or an error that names the file.
  private func verified(
    _ source: String, _ verify: () throws -> VerificationReport
  ) throws -> Verified {
    do {
      return Verified(source: source, report: try verify())
    } catch let error as ModelError {
      throw ResidualError.inFile(command.model, error)
    } catch let error as VerificationError {
      throw ResidualError.inFile(source, error)
    }
  }

  /// The goldens of some files or, without any, those in the model.
  static func goldens(
    of model: Model, named name: String, files: [String]
  ) throws -> [(source: String, golden: Golden)] {
    guard files.isEmpty else { return try files.map { ($0, try MemoryLimit.readingGolden($0)) } }
    guard !model.goldens.isEmpty else { throw VerificationProblem.noGoldens(name) }
    return model.goldens.map { (name, $0) }
  }

  /// Keeps the cases that are asked for; each of them must be somewhere.
  private func selected(
    _ goldens: [(source: String, golden: Golden)]
  ) throws -> [(source: String, golden: Golden)] {
    guard !command.cases.isEmpty else { return goldens }
    let names = goldens.flatMap { $0.golden.cases.map(\.name) }
    if let missing = command.cases.first(where: { !names.contains($0) }) {
      throw VerificationProblem.noCase(missing, file: goldens[0].source, cases: names)
    }
    return goldens.compactMap { source, golden in
      var golden = golden
      golden.cases.removeAll { !command.cases.contains($0.name) }
      return golden.cases.isEmpty ? nil : (source, golden)
    }
  }
}

/// Why there is nothing to compare or to run.
enum VerificationProblem: Error, CustomStringConvertible {
  case noGoldens(String)
  case noCase(String, file: String, cases: [String])
  case noSize(input: String, Shape, file: String)
  case noOneDNN

  var description: String {
    switch self {
    case .noGoldens(let file): "\(file): holds no goldens; name a file of them with '--golden'"
    case .noCase(let name, let file, let cases):
      "\(file): has no case '\(name)'; the cases are "
        + cases.quoted()
    case .noSize(let input, let shape, let file):
      "\(file): input '\(input)' has shape \(shape); choose its unknown sizes with '--size'"
    case .noOneDNN:
      "engine 'onednn' is not in this program: it was built without the package's trait 'OneDNN'"
    }
  }
}
