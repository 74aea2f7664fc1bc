#if OneDNN

public import ModelGraph

/// Runs models in float32 by oneDNN, the library of tuned primitives inside TensorFlow and
/// PyTorch: https://github.com/oneapi-src/oneDNN.
///
/// A model is compiled for the shapes that it is given: normalizations and padding are folded
/// into convolutions, sums and activations follow them at no cost, and tensors keep the blocked
/// layouts that convolutions like. What oneDNN has no words for is run by the layer's own
/// definition. Nothing of this changes the model.
public struct OneDNNEngine: Engine {
  /// How many threads a run uses.
  public let threadCount: Int

  /// The most operations that a run may have.
  public let operationLimit: Int

  /// Makes an engine.
  ///
  /// - Parameters:
  ///   - threads: How many threads a run uses, at most 1,024; by default as many as there are cores.
  ///   - operationLimit: The most operations that a run may have.
  public init(threads: Int? = nil, operationLimit: Int = RunLimit.operationCount) {
    self.operationLimit = operationLimit
    threadCount = min(max(1, threads ?? WorkTeams.current.threadCount), WorkTeams.threadLimit)
  }

  /// The engine's name and the library's version: `oneDNN 2.6.3`.
  public var name: String { "oneDNN \(Library.version)" }

  /// The precision that it computes in.
  public var dtype: DType { .float32 }

  /// Makes a model ready to run; it is compiled when it is first run on inputs of some shapes.
  ///
  /// - Throws: `ModelError.unsupported`, naming every layer that cannot be run.
  public func session(for model: Model) throws -> any Session {
    try OneDNNSession(model, threadCount: threadCount, operationLimit: operationLimit)
  }
}

#endif
