internal import Synchronization

/// What is called: a layer, or a model as a layer of another.
enum Callee: Sendable {
  case layer(any Layer)
  case model(Model)

  var declaration: LayerDeclaration {
    switch self {
    case .layer(let layer): layer.declaration
    case .model(let model): model.declaration
    }
  }

  var identity: LayerIdentity { declaration.identity }

  var kind: String {
    switch self {
    case .layer(let layer): layer.kind
    case .model(let model): model.graph.form.rawValue
    }
  }

  func outputShapes(for inputs: [Shape]) throws(ModelError) -> [Shape] {
    switch self {
    case .layer(let layer):
      // Weights that cannot be made are an error of this line, not of the model's.
      _ = try layer.parameters(for: inputs)
      return try layer.outputShapes(for: inputs)
    case .model(let model): return try model.graph.outputShapes(for: inputs)
    }
  }
}

/// A call of a layer in a model that is being built.
final class SymbolicCall: Sendable {
  private static let count = Atomic(0)

  let callee: Callee
  let inputs: [(call: SymbolicCall, index: Int)]
  let outputs: [Shape]
  let place: SourcePlace
  /// How many calls were made before.
  let order: Int

  private init(
    _ callee: Callee, inputs: [(call: SymbolicCall, index: Int)], outputs: [Shape],
    place: SourcePlace
  ) {
    self.callee = callee
    self.inputs = inputs
    self.outputs = outputs
    self.place = place
    order = Self.count.add(1, ordering: .relaxed).oldValue
  }

  /// Makes a call, and the tensors that it makes: one at least, that carries the error if
  /// there is one.
  static func make(
    _ callee: Callee, on tensors: [SymbolicTensor], at place: SourcePlace
  ) -> [SymbolicTensor] {
    do throws(BuildFailure) {
      var inputs: [(call: SymbolicCall, index: Int)] = []
      for tensor in tensors { inputs.append(try tensor.made()) }
      let outputs: [Shape]
      do throws(ModelError) {
        outputs = try callee.outputShapes(for: inputs.map { $0.call.outputs[$0.index] })
        guard !outputs.isEmpty else { throw .noOutputs }
      } catch {
        throw BuildFailure(place: place, callee: callee, inputs: inputs, error: error)
      }
      let call = SymbolicCall(callee, inputs: inputs, outputs: outputs, place: place)
      return outputs.indices.map { SymbolicTensor(.call(call, index: $0)) }
    } catch {
      return [SymbolicTensor(.failure(error))]
    }
  }
}

extension Layer {
  /// Calls the layer; calling it again shares its weights.
  ///
  /// - Parameter inputs: One tensor, or as many as the layer merges.
  /// - Returns: The layer's output, or the first error on the way to it.
  public func callAsFunction(
    _ inputs: SymbolicTensor..., file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    callAsFunction(inputs, file: file, line: line)
  }

  /// Calls the layer on a list of tensors.
  public func callAsFunction(
    _ inputs: [SymbolicTensor], file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    SymbolicCall.make(.layer(self), on: inputs, at: SourcePlace(file: file, line: line))[0]
  }
}

extension Model {
  /// Calls the model as a layer of another; it brings its weights along.
  ///
  /// - Returns: The model's output; of several, the first.
  public func callAsFunction(
    _ inputs: SymbolicTensor..., file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    outputs(of: inputs, file: file, line: line)[0]
  }

  /// Calls the model as a layer of another.
  ///
  /// - Returns: All outputs of the model, or one tensor that carries an error.
  public func outputs(
    of inputs: [SymbolicTensor], file: StaticString = #fileID, line: UInt = #line
  ) -> [SymbolicTensor] {
    SymbolicCall.make(.model(self), on: inputs, at: SourcePlace(file: file, line: line))
  }
}
