internal import ArgumentParser
internal import FoundationEssentials
internal import Residual

/// A forward pass: an engine, a model, and what the model is fed.
struct Pass: ParsableArguments {
  /// The engines that are measured.
  enum EngineName: String, ExpressibleByArgument, CaseIterable {
    case float32, float64
  }

  @Argument(help: "The engine: the reference in float32 or float64.") var engine: EngineName
  @Argument(help: "The model's file; it has one input.") var file: String
  @Argument(help: "A file of float32 elements, at least as many as are fed.") var input: String
  @Argument(help: "The batch size.") var batch: Int
  @Argument(help: "The number of threads.") var threads: Int

  /// Loads and compiles the model.
  ///
  /// - Returns: A closure that runs the model on the input.
  func prepare() throws -> () throws -> [Tensor] {
    let model = try Model(contentsOfFile: file)
    guard model.graph.inputs.count == 1 else { throw ValidationError("not one input") }
    let dimensions = [batch] + model.graph.inputShapes[0].dimensions.dropFirst().map { $0 ?? 1 }
    let byteCount = dimensions.reduce(DType.float32.byteCount, *)
    let bytes = try Data(contentsOf: URL(filePath: input)).prefix(byteCount)
    let tensor = try Tensor(
      dtype: .float32, dimensions: dimensions, bytes: OwnedBytes(Array(bytes)))
    let inputs: OrderedDictionary = [model.graph.inputs[0].layer: tensor]
    switch engine {
    case .float32: return try reference(Float.self, model, inputs)
    case .float64: return try reference(Double.self, model, inputs)
    }
  }

  private func reference<Scalar: ReferenceScalar>(
    _: Scalar.Type, _ model: Model, _ inputs: OrderedDictionary<String, Tensor>
  ) throws -> () throws -> [Tensor] {
    let executor = try ReferenceExecutor<Scalar>(model)
    let arrays = try inputs.mapValues { try $0.array(Scalar.self) }
    return { try executor.run(arrays).map { Tensor($0) } }
  }
}

/// The elements of a model's first output.
func elements(of outputs: [Tensor]) throws -> [Float] {
  guard let output = outputs.first else { throw ValidationError("no output") }
  return try output.array(Float.self).elements
}
