internal import ArgumentParser
internal import Residual

/// What `make bench` measures of this package, each command a process of its own.
///
///     echo 10 | .build/release/Benchmarks forward float32 resnet50.pb input.f32 1 2
///
/// A command that measures answers each line of its input, a number of runs, with the milliseconds
/// that each run took: `{"milliseconds": [31.9, 32.1]}`. Whoever asks can so let programs take
/// turns.
@main struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures; 'make bench' runs it.",
    subcommands: [Engines.self, Forward.self, FirstAnswer.self, Load.self, Build.self])
}

/// Prints the engines that there are, the fastest first: `onednn`, and what it calls itself.
struct Engines: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Prints the engines.")

  func run() {
    for choice in EngineChoice.allCases {
      print(choice.rawValue, choice.engine(threads: 1).name, separator: "\t")
    }
  }
}

/// Times a forward pass of a model that is loaded, compiled and warm.
struct Forward: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Times a forward pass.")

  @OptionGroup var pass: Pass

  func run() throws {
    let run = try pass.prepare()
    for _ in 1..<3 { _ = try run() }
    print(json: "output", try elements(of: try run()))
    try answerRequests { _ = try run() }
  }
}

/// Loads a model, compiles it, runs it once, and prints its first output.
struct FirstAnswer: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Runs a model once.")

  @OptionGroup var pass: Pass

  func run() throws {
    print(json: "output", try elements(of: try pass.prepare()()))
  }
}

/// Times opening a model file and using its tensors.
struct Load: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Times loading a model.")

  /// How much of the model is used.
  enum Extent: String, ExpressibleByArgument, CaseIterable {
    case first, all
  }

  @Argument(help: "The tensors that are used: first or all.") var extent: Extent
  @Argument(help: "The model's file.") var file: String

  func run() throws {
    try answerRequests {
      let tensors = try Model(contentsOfFile: file).tensors.values
      for tensor in extent == .first ? tensors.prefix(1) : tensors[...] {
        // A file's checksum is verified before its bytes are lent.
        try tensor.bytes.withBytes { precondition($0.byteCount == tensor.bytes.byteCount) }
      }
    }
  }
}

/// Times building a ResNet without its weights.
struct Build: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Times building a ResNet.")

  @Argument(help: "The network's depth: 50, 101 or 152.") var depth: Int

  func run() throws {
    try answerRequests { _ = try ResNet(depth: depth) }
  }
}
