internal import ArgumentParser
internal import CommandSupport
internal import Residual

/// Records what the reference engine makes of a model.
struct Record: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Records a golden: what the reference engine makes in every layer call.",
    discussion: """
      The model is run in float64, and what each call makes is rounded to float32.
      The golden names 'residual reference' as its producer: it tells whether
      other engines and later versions compute the same, not whether Keras does.
      Without '--input' there are three cases: seeded, normal and ramp, of such
      numbers as the first layers suggest: before a Rescaling(1/255) these are
      0 to 255. What was chosen is printed, and kept in the golden.

      Your own inputs are read from an .npy file, or from an .npz file whose keys
      are the names of the model's inputs; 'resconv inspect' lists them.

      EXAMPLES:
        resverify record model.pb --out model.golden.h5
        resverify record model.pb --out bytes.golden.h5 --input bytes --cases 2
        resverify record model.pb --out mine.golden.h5 --input images.npz

      EXIT CODES:
        0   the golden is written
        2   a file cannot be read or written, or a layer cannot be run
        64  wrong arguments
      """)

  @Option(
    help: ArgumentHelp("The golden to write (.h5).", valueName: "file"),
    completion: .file(extensions: ["h5"]))
  var out: String

  @Option(
    name: .customLong("input"),
    help: ArgumentHelp(
      "What is fed: \(InputPattern.allCases.map(\.rawValue).joined(separator: ", ")), which may be "
        + "repeated; or a file (.npy, .npz).", valueName: "pattern"),
    completion: .file(extensions: ["npy", "npz"]), transform: Source.init)
  var sources: [Source] = []

  @Option(
    help: ArgumentHelp(
      "The number of cases: one for each pattern where not stated; more of them are random.",
      valueName: "count"))
  var cases: Int?

  @Option(help: ArgumentHelp("What random inputs begin with.", valueName: "number"))
  var seed: Int?

  @Option(
    help: ArgumentHelp("The batch size, where the model does not state it.", valueName: "count"))
  var batch: Int?

  @Option(
    help: ArgumentHelp(
      "Every other size of inputs that the model does not state.", valueName: "count"))
  var size: Int?

  @OptionGroup var limits: RunOptions

  @Flag(help: "Record inputs and outputs only.")
  var noCalls = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  @Argument(help: "The model: Keras or residual protobuf.", completion: .file())
  var model: String

  /// What is fed: numbers that are made up, or those of a file.
  enum Source: Equatable {
    case pattern(InputPattern)
    case file(String)

    /// A pattern by its name; anything that has an extension or a folder is a file.
    init(_ name: String) throws {
      if let pattern = InputPattern(rawValue: name) {
        self = .pattern(pattern)
      } else if name.contains(where: { $0 == "." || $0 == "/" }) {
        self = .file(name)
      } else {
        throw ValidationError("'\(name)' is neither a pattern nor an .npy or .npz file.")
      }
    }
  }

  private var files: [String] {
    sources.compactMap { if case .file(let file) = $0 { file } else { nil } }
  }

  private var patterns: [InputPattern] {
    guard !sources.isEmpty else { return [.seeded, .normal, .ramp] }
    return sources.compactMap { if case .pattern(let pattern) = $0 { pattern } else { nil } }
  }

  var inputs: [String] { [model] + files }
  var targets: [String] { [out] }

  mutating func validate() throws {
    for (name, value) in [("--batch", batch), ("--size", size), ("--cases", cases)] {
      guard let value, value < 1 else { continue }
      throw ValidationError("The value of '\(name)' must be at least 1.")
    }
    guard (seed ?? 0) >= 0 else {
      throw ValidationError("The value of '--seed' must be at least 0.")
    }
    guard out.hasSuffix(".h5") || out.hasSuffix(".hdf5") else {
      throw ValidationError("A golden is written as HDF5: the name must end in '.h5'.")
    }
    if !files.isEmpty {
      guard sources.count == 1 else {
        throw ValidationError("A file of inputs is one case; '--input' takes nothing beside it.")
      }
      guard cases == nil, seed == nil, batch == nil, size == nil else {
        throw ValidationError(
          "'--cases', '--seed', '--batch' and '--size' are for patterns, not for a file of inputs.")
      }
    }
    guard Set(patterns).count == patterns.count else {
      throw ValidationError("A pattern is there twice; '--cases' makes more cases of it.")
    }
    if let cases, cases > patterns.count, !patterns.contains(where: \.isRandom) {
      throw ValidationError("More cases than patterns need a random pattern.")
    }
  }

  func perform() throws -> ExitCode {
    let model = try MemoryLimit.whileReading { try Model(contentsOfFile: self.model) }
    let recipes = try recipes(for: model)
    let bar = ProgressBar(isQuiet: quiet)
    let count: Int
    do {
      defer { bar.clear() }
      count = try Golden.record(
        model, on: recipes, version: ProgramVersion.number, seed: files.isEmpty ? firstSeed : nil,
        recordsCalls: !noCalls,
        operationLimit: limits.operationLimit, toFile: out
      ) { call, completed, total in
        bar.show(call, completed, of: total) { "\($0)" }
      }
    } catch let error as ModelError {
      throw ResidualError.inFile(self.model, error)
    }
    if !quiet {
      for (input, text) in model.expectedSamples(followingLayers: isFree) where files.isEmpty {
        StandardError.write(
          Text.printable("\(self.model): input '\(input)' is fed \(text); --input feeds others")
            + "\n")
      }
      let cases = Text.count(recipes.count, "case")
      print(Text.printable("\(out): \(cases), \(Text.count(count, "call")) recorded"))
    }
    return ExitStatus.success
  }

  private var firstSeed: Int { seed ?? 1 }
  private var batchSize: Int { batch ?? 1 }
  /// Whether nobody has said what is fed.
  private var isFree: Bool { sources.isEmpty }

  /// The cases: what a file has, or one for each pattern, then more of those that are random, each with its own seed.
  private func recipes(for model: Model) throws -> [Golden.Recipe] {
    guard files.isEmpty else {
      return try files.map { try MemoryLimit.readingInputs($0, for: model) }
    }
    let random = patterns.filter(\.isRandom)
    return try (0..<(cases ?? patterns.count)).map { number in
      let extra = number - patterns.count
      let pattern = extra < 0 ? patterns[number] : random[extra % random.count]
      let round = extra < 0 ? 1 : 2 + extra / random.count
      let seed = UInt64(firstSeed) &+ UInt64(number)
      return Golden.Recipe(
        name: round == 1 ? pattern.rawValue : "\(pattern.rawValue)_\(round)",
        description: model.sampleDescription(pattern, followingLayers: isFree)
          + (pattern.isRandom ? ", seed \(seed)" : "") + ", batch of \(batchSize)",
        inputs: try inputs(of: model, pattern, seed: seed))
    }
  }

  private func inputs(
    of model: Model, _ pattern: InputPattern, seed: UInt64
  ) throws -> OrderedDictionary<String, Tensor> {
    do {
      return try model.sampleInputs(
        batchSize: batchSize, size: size, seed: seed, pattern: pattern, followingLayers: isFree)
    } catch .unknownSize(let input, let shape) {
      throw VerificationProblem.noSize(input: input, shape, file: self.model)
    } catch {
      throw ResidualError.inFile(self.model, error)
    }
  }
}
