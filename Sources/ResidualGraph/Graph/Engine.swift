public import OrderedCollections

/// A way to run models.
///
/// The reference engine defines what is right; others are fast and are held
/// against it.
public protocol Engine: Sendable {
  /// The engine's name: `reference float32`.
  var name: String { get }

  /// Runs a model on inputs by the name of the input layer.
  ///
  /// - Returns: The outputs in the model's order.
  func outputs(
    of model: Model, for inputs: OrderedDictionary<String, Tensor>
  ) throws -> [Tensor]
}

/// Runs models by the definitions of their layers.
public struct ReferenceEngine<Scalar: ReferenceScalar>: Engine {
  /// Makes an engine of the given precision.
  public init(_: Scalar.Type = Scalar.self) {}

  /// The engine's name.
  public var name: String { "reference \(Scalar.dtype.rawValue)" }

  /// Runs a model.
  public func outputs(
    of model: Model, for inputs: OrderedDictionary<String, Tensor>
  ) throws -> [Tensor] {
    let executor = try ReferenceExecutor<Scalar>(model)
    return try executor.run(inputs.mapValues { try $0.array() }).map { Tensor($0) }
  }
}
