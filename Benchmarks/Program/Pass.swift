internal import ArgumentParser
internal import FoundationEssentials
internal import Residual

#if OneDNN
internal import OneDNNEngine
#endif

/// The engines that are measured, the fastest first.
enum EngineChoice: String, ExpressibleByArgument, CaseIterable {
  #if OneDNN
  case onednn
  #endif
  case float32, float64

  /// Makes the engine.
  func engine(threads: Int) -> any Engine {
    switch self {
    #if OneDNN
    case .onednn: OneDNNEngine(threads: threads)
    #endif
    case .float32: ReferenceEngine<Float>()
    case .float64: ReferenceEngine<Double>()
    }
  }
}

/// A forward pass: an engine, a model, and what the model is fed.
struct Pass: ParsableArguments {
  @Argument(help: "The engine: onednn, or the reference in float32 or float64.")
  var engine: EngineChoice
  @Argument(help: "The model's file; it has one input.") var file: String
  @Argument(help: "A file of float32 elements, at least as many as are fed.") var input: String
  @Argument(help: "The batch size.") var batch: Int
  @Argument(help: "The number of threads; the reference uses all cores.") var threads: Int

  /// Loads the model and makes it ready.
  ///
  /// - Returns: A closure that runs the model on the input.
  func prepare() throws -> () throws -> [Tensor] {
    let model = try Model(contentsOfFile: file)
    guard let reference = model.graph.inputs.first, let shape = model.graph.inputShapes.first else {
      throw ValidationError("\(file): a model without inputs")
    }
    let dimensions = [batch] + shape.dimensions.dropFirst().map { $0 ?? 1 }
    let byteCount = dimensions.reduce(DType.float32.byteCount, *)
    let bytes = try Data(contentsOf: URL(filePath: input)).prefix(byteCount)
    let tensor = try Tensor(
      dtype: .float32, dimensions: dimensions, bytes: OwnedBytes(Array(bytes)))
    let session = try engine.engine(threads: threads).session(for: model)
    return { try session.run([reference.layer: tensor]) }
  }
}

/// The elements of a model's first output.
func elements(of outputs: [Tensor]) throws -> [Float] {
  guard let output = outputs.first else { throw ValidationError("a model without outputs") }
  return try output.array(Float.self).elements
}
