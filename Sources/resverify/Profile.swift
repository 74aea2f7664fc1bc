internal import CommandSupport
internal import OrderedCollections
internal import Residual

/// Where the time of a run goes, as the program prints it.
struct Profile: Encodable {
  /// One line of the table.
  struct Step: Encodable {
    /// The calls that are run as one.
    var calls: [String]
    /// What runs them.
    var by: String
    /// The shapes of what the last of them makes.
    var shapes: [[Int]]
    /// The median time.
    var seconds: Double
    var operations: Int
    /// Billions of operations a second; `nil` where no time was measured.
    var gigaflops: Double?
    /// The fraction of the whole run.
    var share: Double
  }

  /// What is fed to one input.
  struct Feed: Encodable {
    var name: String
    var shape: [Int]
  }

  /// The model's file.
  var model: String
  var engine: String
  var inputs: [Feed]
  var runs: Int
  var steps: [Step]
  /// The median time of a whole run.
  var seconds: Double
  var operations: Int
  var gigaflops: Double?

  /// Runs a model and takes the time.
  init(of command: Verify, runs: Int) throws {
    let engine = try command.choice.makeEngine(
      isCompared: false, operationLimit: command.limits.operationLimit)
    let model = try MemoryLimit.whileReading { try Model(contentsOfFile: command.model) }
    let fed = try command.sampleInputs(of: model)
    let profile: RunProfile
    let calls: [ResolvedCall]
    do {
      profile = try engine.session(for: model).profile(fed, runs: runs)
      calls = try model.graph.resolved(for: fed.values.map(\.shape)).calls
    } catch let error as ModelError {
      throw ResidualError.inFile(command.model, error)
    }
    let shapes = Dictionary(calls.map { ($0.path, $0.outputs) }) { first, _ in first }
    self.model = command.model
    self.engine = engine.name
    self.runs = runs
    inputs = fed.map { Feed(name: $0, shape: $1.dimensions) }
    steps = profile.steps.map { step in
      let made = step.calls.last.flatMap { shapes[$0] } ?? []
      return Step(
        calls: step.calls.map(\.description), by: step.name, shapes: made.compactMap { $0?.known },
        seconds: step.seconds, operations: step.operations,
        gigaflops: Self.gigaflops(step.operations, step.seconds),
        share: profile.seconds > 0 ? step.seconds / profile.seconds : 0)
    }
    seconds = profile.seconds
    operations = steps.reduce(0) { $0.addingSaturating($1.operations) }
    gigaflops = Self.gigaflops(operations, seconds)
  }

  private static func gigaflops(_ operations: Int, _ seconds: Double) -> Double? {
    seconds > 0 ? Double(operations) / seconds / 1e9 : nil
  }
}

extension Profile {
  /// The profile as a table, in the order of running, and its last line alone where that is asked.
  func text(isQuiet: Bool) -> String {
    let total = [
      "total", "", "", Self.fixed(seconds * 1e3, 3), gigaflops.map { Self.fixed($0, 1) } ?? "",
      "100.0 %",
    ]
    let sizes = inputs.map { "\($0.name) \($0.shape)" }.listed()
    let title = "\(model) by \(engine), on \(sizes), median of \(Text.count(runs, "run"))"
    guard !isQuiet else {
      let speed = gigaflops.map { ", \(Self.fixed($0, 1)) GFLOP/s" } ?? ""
      return Text.printable("\(title): \(Self.fixed(seconds * 1e3, 3)) ms\(speed)") + "\n"
    }
    let headings = ["call", "by", "shape", "ms", "GFLOP/s", "share"]
    let rows = steps.map { step in
      [
        Text.printable(step.calls.joined(separator: " + ")), Text.printable(step.by),
        step.shapes.map(\.description).joined(separator: ", "), Self.fixed(step.seconds * 1e3, 3),
        step.gigaflops.map { Self.fixed($0, 1) } ?? "", Self.fixed(step.share * 100, 1) + " %",
      ]
    }
    return Text.printable(title) + "\n\n"
      + Text.table([headings] + rows + [total], right: [3, 4, 5])
  }

  /// A number that is not negative with this many digits after the point.
  private static func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
    guard let scaled = Int(exactly: (value * Double(scale)).rounded()) else { return "\(value)" }
    let fraction = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
