public import OrderedCollections
public import ModelGraph
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

  /// What names that are made for it begin with, in capitals.
  var className: String {
    guard case .layer(let layer as Operation) = self else { return kind }
    return layer.name
  }

  /// What a call makes, and the weights that it needs.
  ///
  /// - Parameters:
  ///   - arguments: What is given; tensors are named by their number among the inputs.
  ///   - inputs: What is known of these tensors.
  func made(
    by arguments: OrderedDictionary<String, CallArgument>, of inputs: [TensorType]
  ) throws(ModelError) -> (outputs: [TensorType], weights: [ParameterSpecification]) {
    let call = Call("", arguments: arguments)
    let node: LayerNode
    switch self {
    case .layer(let layer): node = LayerNode(name: "", body: .layer(layer))
    case .model(let model): node = LayerNode(name: "", body: .graph(model.graph))
    }
    try node.check(call)
    let applied = node.applied(to: call)
    let operands = applied.operandTensors(of: call).map { inputs[$0.index] }
    guard case .layer(let layer) = applied.body else {
      guard case .graph(let graph) = applied.body else { throw .noOutputs }
      return (try graph.outputShapes(for: operands.map(\.shape)).map { TensorType($0) }, [])
    }
    // An input has no operands to tell its type by.
    if let input = layer as? InputLayer {
      return ([input.fedType], [])
    }
    try layer.checkElements(operands)
    let definition = try layer.definition(for: operands)
    return (definition.outputs.map(\.type), definition.weights)
  }
}

/// A call of a layer in a model that is being built.
final class SymbolicCall: Sendable {
  private static let count = Atomic(0)

  let callee: Callee
  /// The tensors that it is given.
  let inputs: [(call: SymbolicCall, index: Int)]
  /// What it is given by name; tensors are named by their number among the inputs.
  let arguments: OrderedDictionary<String, CallArgument>
  let outputTypes: [TensorType]
  /// The weights that it needs.
  let weights: [ParameterSpecification]
  let place: SourcePlace
  /// How many calls were made before.
  let order: Int

  private init(
    _ callee: Callee, inputs: [(call: SymbolicCall, index: Int)],
    arguments: OrderedDictionary<String, CallArgument>, outputTypes: [TensorType],
    weights: [ParameterSpecification], place: SourcePlace
  ) {
    self.callee = callee
    self.inputs = inputs
    self.arguments = arguments
    self.outputTypes = outputTypes
    self.weights = weights
    self.place = place
    order = Self.count.add(1, ordering: .relaxed).oldValue
  }

  var outputs: [Shape] { outputTypes.map(\.itemShape) }

  /// Makes a call on tensors alone: all of them are the first operand.
  static func make(
    _ callee: Callee, on tensors: [SymbolicTensor], at place: SourcePlace
  ) -> [SymbolicTensor] {
    make(callee, with: callee.arguments(tensors), at: place)
  }

  /// Makes a call, and the tensors that it makes: one at least, that carries the error if
  /// there is one.
  static func make(
    _ callee: Callee, with given: OrderedDictionary<String, SymbolicArgument>,
    at place: SourcePlace
  ) -> [SymbolicTensor] {
    do throws(BuildFailure) {
      var inputs: [(call: SymbolicCall, index: Int)] = []
      var arguments: OrderedDictionary<String, CallArgument> = [:]
      for (name, argument) in given { arguments[name] = try argument.bound(to: &inputs) }
      let made: (outputs: [TensorType], weights: [ParameterSpecification])
      do throws(ModelError) {
        made = try callee.made(
          by: arguments, of: inputs.map { $0.call.outputTypes[$0.index] })
        guard !made.outputs.isEmpty else { throw .noOutputs }
      } catch {
        throw BuildFailure(place: place, callee: callee, inputs: inputs, error: error)
      }
      let call = SymbolicCall(
        callee, inputs: inputs, arguments: arguments, outputTypes: made.outputs,
        weights: made.weights, place: place)
      return made.outputs.indices.map { SymbolicTensor(.call(call, index: $0)) }
    } catch {
      return [SymbolicTensor(.failure(error))]
    }
  }
}

extension Callee {
  /// Operands in order: one parameter for each of an operation, one list for a layer.
  func arguments(
    _ operands: [any SymbolicOperand]
  ) -> OrderedDictionary<String, SymbolicArgument> {
    guard !operands.isEmpty else { return [:] }
    let names: [String]
    switch self {
    case .layer(let layer):
      names = layer.signature.parameters.filter { $0.role == .operand }.map(\.name)
    case .model: names = ["inputs"]
    }
    if names.count > 1 {
      return OrderedDictionary(
        uniqueKeysWithValues: operands.enumerated().map { place, operand in
          (names.indices.contains(place) ? names[place] : "argument \(place + 1)", operand.argument)
        })
    }
    return [
      names.first ?? "inputs": operands.count == 1
        ? operands[0].argument : .list(operands.map(\.argument))
    ]
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
    outputs(of: inputs, file: file, line: line)[0]
  }

  /// Calls the layer on tensors, constants and numbers: `Add()([x, constant])`.
  public func callAsFunction(
    _ inputs: [any SymbolicOperand], file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    outputs(of: inputs, file: file, line: line)[0]
  }

  /// Calls the layer on tensors, constants and numbers.
  ///
  /// - Returns: All that the layer makes, or one tensor that carries an error.
  public func outputs(
    of inputs: [any SymbolicOperand], file: StaticString = #fileID, line: UInt = #line
  ) -> [SymbolicTensor] {
    let callee = Callee.layer(self)
    return SymbolicCall.make(
      callee, with: callee.arguments(inputs), at: SourcePlace(file: file, line: line))
  }

  /// Calls the layer with arguments by the names of its parameters in Keras.
  ///
  /// - Returns: All that the layer makes, or one tensor that carries an error.
  public func outputs(
    with arguments: OrderedDictionary<String, SymbolicArgument>,
    file: StaticString = #fileID, line: UInt = #line
  ) -> [SymbolicTensor] {
    SymbolicCall.make(
      .layer(self), with: arguments, at: SourcePlace(file: file, line: line))
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

  /// Calls the model with arguments by name, `inputs` first.
  ///
  /// - Returns: All outputs of the model, or one tensor that carries an error.
  public func outputs(
    with arguments: OrderedDictionary<String, SymbolicArgument>,
    file: StaticString = #fileID, line: UInt = #line
  ) -> [SymbolicTensor] {
    SymbolicCall.make(
      .model(self), with: arguments, at: SourcePlace(file: file, line: line))
  }
}
