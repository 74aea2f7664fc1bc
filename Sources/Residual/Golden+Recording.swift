internal import GoldenFormat
internal import OrderedCollections
public import ModelGraph
internal import Verification

extension Golden {
  /// One case that is to be recorded.
  public struct Recipe: Sendable {
    /// The case's name.
    public var name: String
    /// What the case is, for people.
    public var description: String
    /// What is fed, by the name of the input layer, in float32.
    public var inputs: OrderedDictionary<String, Tensor>

    /// Describes a case.
    public init(name: String, description: String, inputs: OrderedDictionary<String, Tensor>) {
      self.name = name
      self.description = description
      self.inputs = inputs
    }

    /// Reads what is fed from a file of NumPy's: an `.npy` for the only input, or an `.npz` whose keys are
    /// the names of the inputs.
    ///
    /// - Throws: `ResidualError`, whose description names the file first.
    public init(inputsFromFile path: String, for model: Model) throws(ResidualError) {
      try self.init(inputsFromFile: path, for: model) { _ in }
    }

    /// Reads what is fed, as `init(inputsFromFile:for:)` does.
    ///
    /// - Parameter allocating: Is told how many bytes an array takes in memory before they are asked for.
    package init(
      inputsFromFile path: String, for model: Model, allocating: @escaping (Int) -> Void
    ) throws(ResidualError) {
      _ = try InputFile(path: path)
      let inputs = try ResidualError.naming(path) {
        try InputReader().read(path: path, for: model.graph, allocating: allocating)
      }
      self.init(
        name: "given", description: "inputs from \(PathName(path).last)", inputs: inputs)
    }
  }

  /// Records what the reference engine makes of a model, and replaces a file by it as a whole.
  ///
  /// The tensors are written as they are made; none is kept.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - recipes: The cases.
  ///   - version: The version of the program that records.
  ///   - seed: What random inputs began with, if there are any.
  ///   - recordsCalls: Whether what every call makes is recorded, not the outputs alone.
  ///   - operationLimit: The most operations that a run may have.
  ///   - path: The golden: an HDF5 file.
  ///   - progress: Is told of every call that was run: its name, how many, and of how many.
  /// - Returns: How many tensors of calls are recorded.
  /// - Throws: An error whose description names the file first; `ModelError` where the model cannot
  ///   be run on a recipe's inputs.
  @discardableResult public static func record(
    _ model: Model, on recipes: [Recipe], version: String, seed: Int? = nil,
    recordsCalls: Bool = true, operationLimit: Int = RunLimit.operationCount,
    toFile path: String,
    progress: (_ call: String, _ completed: Int, _ total: Int) -> Void = { _, _, _ in }
  ) throws -> Int {
    let recorder = try GoldenRecorder(model, operationLimit: operationLimit)
    for recipe in recipes { try recorder.check(recipe.inputs) }
    let head = Golden(
      producer: GoldenRecorder.producer, producerVersion: version,
      backend: ReferenceEngine(Double.self).name, seed: seed, cases: [],
      weightDigests: try model.weightDigests())
    return try AtomicFile.replace(path) { path in
      var stream = try GoldenStream(describing: head, path: path)
      var count = 0
      for recipe in recipes {
        let names = try recorder.callNames(on: recipe.inputs)
        try stream.begin(
          recipe.name, description: recipe.description, inputs: recipe.inputs,
          calls: recordsCalls ? names : [])
        var completed = 0
        let result = try recorder.record(recipe.inputs) { name, tensor in
          if recordsCalls {
            try stream.add(tensor, call: name)
            count += 1
          }
          completed += 1
          progress(name, completed, names.count)
        }
        try stream.end(outputs: result.outputs, masks: recordsCalls ? result.masks : [:])
      }
      try stream.close()
      return count
    }
  }
}
