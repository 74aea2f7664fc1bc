public import OrderedCollections
public import ModelLayers

/// A way to run models.
///
/// The reference engine defines what is right; others are fast and are held
/// against it.
public protocol Engine: Sendable {
  /// The engine's name: `reference float32`.
  var name: String { get }

  /// The type that it computes in.
  var dtype: DType { get }

  /// Makes a model ready to run.
  ///
  /// - Throws: `ModelError.unsupported`, naming every layer that cannot be run; what reading
  ///   weights throws.
  func session(for model: Model) throws -> any Session
}

/// A model that an engine made ready to run.
public protocol Session: Sendable {
  /// The names of the outputs in the model's order: see `Graph.outputNames`.
  var outputNames: [String] { get }

  /// Runs the model, and keeps tensors in the middle of it.
  ///
  /// - Parameters:
  ///   - inputs: What is fed, by the name of the input layer; any batch size, and another one
  ///     each time.
  ///   - taps: The names of the tensors to keep: `conv1`, `encoder/conv1` inside a nested model,
  ///     `shared:1` for the second call of a layer, `split:0:1` for the second output of a call.
  ///     `Resolution.tensorNames` lists them.
  /// - Throws: `ModelError` where the inputs do not fit, or a name is none; what reading weights
  ///   throws.
  func run(_ inputs: OrderedDictionary<String, Tensor>, taps: [String]) throws -> TappedRun

  /// Runs the model and says how long each step took.
  ///
  /// - Parameters:
  ///   - inputs: What is fed, as for ``run(_:taps:)``.
  ///   - runs: How many runs count, at least 1; one before them does not.
  /// - Throws: What ``run(_:taps:)`` throws.
  func profile(_ inputs: OrderedDictionary<String, Tensor>, runs: Int) throws -> RunProfile
}

extension Session {
  /// Runs the model.
  ///
  /// - Parameter inputs: What is fed, as for ``run(_:taps:)``.
  /// - Returns: The outputs in the model's order.
  /// - Throws: What ``run(_:taps:)`` throws.
  public func run(_ inputs: OrderedDictionary<String, Tensor>) throws -> [Tensor] {
    try run(inputs, taps: []).outputs
  }

  /// Runs the model, and gives each output its name.
  ///
  /// - Parameter inputs: What is fed, as for ``run(_:taps:)``.
  /// - Returns: The outputs by name, in the model's order; one that the model lists twice is there
  ///   once.
  /// - Throws: What ``run(_:taps:)`` throws.
  public func outputs(
    of inputs: OrderedDictionary<String, Tensor>
  ) throws -> OrderedDictionary<String, Tensor> {
    OrderedDictionary(zip(outputNames, try run(inputs))) { first, _ in first }
  }
}

/// What a run has made: the outputs, and the tensors in the middle that were asked for.
public struct TappedRun: Sendable {
  /// The outputs in the model's order.
  public var outputs: [Tensor]
  /// What was asked for, by the names that it was asked by; each once, in that order.
  public var taps: OrderedDictionary<String, Tensor>

  /// Describes what a run has made.
  public init(outputs: [Tensor], taps: OrderedDictionary<String, Tensor> = [:]) {
    self.outputs = outputs
    self.taps = taps
  }
}

extension Graph {
  /// The names that inputs are fed by: those of the input layers.
  public var inputNames: [String] { inputs.map(\.layer) }

  /// What is fed in the order of the graph's inputs, for an engine to run on.
  ///
  /// - Throws: `ModelError` where an input is missing, too many, has another shape than its layer
  ///   declares, or is text where that takes numbers.
  public func fed(
    _ inputs: OrderedDictionary<String, Tensor>
  ) throws(ModelError) -> [Tensor] {
    let fed = try feeds(inputs) { $0.dimensions }
    for (place, (tensor, declared)) in zip(fed, inputTypes).enumerated()
    where tensor.dtype == .string && !declared.isText {
      throw .feedText(self.inputs[place].layer)
    }
    return fed
  }

  /// The names of the outputs: the layer that makes each, with the number of its call where that is
  /// not the first, and with both numbers where it is not the call's first output: `logits`,
  /// `shared:1`, `split:0:1`.
  public var outputNames: [String] { outputs.map(\.shortName) }
}

/// How long the runs of a model took.
public struct RunProfile: Sendable {
  /// What an engine runs as one: a call, or several that it fused.
  public struct Step: Sendable {
    /// The calls, in the order in which they are made.
    public var calls: [CallPath]
    /// What ran them: `reference`, `jit:avx2`.
    public var name: String
    /// The median time in seconds.
    public var seconds: Double
    /// The number of arithmetic operations: see `Layer.operationCount(for:)`.
    public var operations: Int

    /// Describes a step.
    public init(calls: [CallPath], name: String, seconds: Double, operations: Int) {
      self.calls = calls
      self.name = name
      self.seconds = seconds
      self.operations = operations
    }
  }

  /// The steps, in the order in which they are run.
  public var steps: [Step]
  /// The median time of a whole run in seconds.
  public var seconds: Double

  /// Describes runs.
  public init(steps: [Step], seconds: Double) {
    self.steps = steps
    self.seconds = seconds
  }
}
