internal import CommandSupport
internal import Residual

/// What one golden's comparison with the model gave.
struct Verified {
  /// Where the golden comes from: a file's name, or the model's.
  let source: String
  let report: VerificationReport
}

/// One run of the program: the model, the goldens, and how they are compared.
struct Verification {
  private let command: Resverify

  init(of command: Resverify) {
    self.command = command
  }

  func run() throws -> [Verified] {
    let model = try Model(contentsOfFile: command.model)
    let goldens = try selected(try goldens(of: model))
    let verifier = Verifier(
      options: Verifier.Options(
        precision: command.precision == .float32 ? .float32 : .float64,
        absoluteTolerance: command.absoluteTolerance,
        relativeTolerance: command.relativeTolerance))
    let bar = ProgressBar(isQuiet: command.quiet)
    defer { bar.clear() }
    return try goldens.map { source, golden in
      do {
        let report = try verifier.verify(model, against: golden) {
          bar.show($0.call, $0.completed, of: $0.total) { "\($0)" }
        }
        return Verified(source: source, report: report)
      } catch let error as ModelError {
        throw ResidualError.inFile(command.model, error)
      } catch let error as VerificationError {
        throw ResidualError.inFile(source, error)
      }
    }
  }

  private func goldens(of model: Model) throws -> [(source: String, golden: Golden)] {
    guard command.goldenFiles.isEmpty else {
      return try command.goldenFiles.map { ($0, try Golden(contentsOfFile: $0)) }
    }
    guard !model.goldens.isEmpty else { throw VerificationProblem.noGoldens(command.model) }
    return model.goldens.map { (command.model, $0) }
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

/// Why there is nothing to compare.
enum VerificationProblem: Error, CustomStringConvertible {
  case noGoldens(String)
  case noCase(String, file: String, cases: [String])

  var description: String {
    switch self {
    case .noGoldens(let file): "\(file): holds no goldens; name a file of them with '--golden'"
    case .noCase(let name, let file, let cases):
      "\(file): has no case '\(name)'; the cases are "
        + cases.map { "'\($0)'" }.joined(separator: ", ")
    }
  }
}
