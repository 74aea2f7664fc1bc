#if OneDNN

internal import OrderedCollections
internal import ModelGraph

/// Turns a model, for inputs of given shapes, into operations.
struct Lowering {
  private let model: Model
  var lowered = LoweredModel()

  /// Lowers a model.
  ///
  /// - Parameter taps: The names of tensors that are results as well, behind those of the model: they
  ///   are read, and so no part of another operation.
  /// - Throws: `ModelError` where the graph cannot take the shapes, naming the layer, or a name is
  ///   none.
  static func lower(
    _ model: Model, inputs: [[Int]], taps: [String] = []
  ) throws -> LoweredModel {
    let resolution = try model.graph.resolved(for: inputs.map { Shape($0) })
    try resolution.check(elementLimit: RunLimit.elementCount)
    var lowering = Lowering(model: model)
    lowering.lowered.inputs = inputs.map { lowering.lowered.value($0) }
    // The value that each tensor of the resolution has become.
    var values: [Int: Int] = [:]
    for (tensor, value) in zip(resolution.inputs, lowering.lowered.inputs) {
      values[tensor] = value
    }
    for call in resolution.steps {
      guard let definition = call.definition else { continue }
      do {
        let outputs = try lowering.lower(call, definition, call.operands.compactMap { values[$0] })
        for (tensor, value) in zip(call.results, outputs) { values[tensor] = value }
      } catch let error as ModelError {
        throw ModelError.at(layer: "\(call.path)", kind: call.layer.kind, error)
      }
    }
    let results = try resolution.outputs + resolution.tensors(named: taps)
    lowering.lowered.outputs = results.compactMap { values[$0] }
    return lowering.lowered
  }

  private mutating func lower(
    _ call: ResolvedCall, _ definition: Definition, _ inputs: [Int]
  ) throws -> [Int] {
    var weights: [String: Weight] = [:]
    for (role, name) in call.layer.parameters {
      weights[role] = model.tensors[name].map { Weight(name: name, tensor: $0) }
    }
    let call = LayerCall(definition: definition, inputs: inputs, weights: weights, path: call.path)
    let first = lowered.operations.count
    let outputs = try lower(call)
    let added = lowered.operations[first...]
    if !added.isEmpty, added.allSatisfy({ $0.operationCount == 0 }) {
      lowered.operations[first].operationCount = try definition.operationCount()
    }
    return outputs
  }

  /// The operations that make up a definition, a step after the other.
  ///
  /// - Returns: The numbers of the outputs.
  private mutating func lower(_ call: LayerCall) throws -> [Int] {
    let definition = call.definition
    // What oneDNN has no words for is left to the definition, and what has to be checked.
    guard definition.types.allSatisfy({ $0.shape.isWithinLimits }), definition.ranges.isEmpty,
      definition.wholeInputs.isEmpty, !definition.makesIntegers
    else {
      return reference(definition, call.inputs, call)
    }
    var operands: [Int: Operand] = [:]
    for (number, origin) in definition.origins.enumerated() {
      switch origin {
      case nil: continue
      case .input(let index): operands[number] = .value(call.inputs[index])
      case .weight(let role): operands[number] = call.weights[role].map { .weight(role, $0) }
      case .constant(let numbers): operands[number] = .constant(numbers)
      }
    }
    for step in definition.steps {
      let inputs = try step.inputs.map { number in
        guard let operand = operands[number] else {
          throw ModelError.parameterMissing(
            role: "\(number)", shape: definition.types[number].shape)
        }
        return operand
      }
      if let weight = reshaped(step, inputs, definition) {
        operands[step.outputs.lowerBound] = weight
        continue
      }
      if let constants = try constants(step, inputs, definition) {
        for (output, numbers) in zip(step.outputs, constants) {
          operands[output] = .constant(numbers)
        }
        continue
      }
      let primitive = LoweredStep(
        primitive: step.primitive, inputs: inputs,
        inputTypes: step.inputs.map { definition.types[$0] },
        outputs: step.outputs.map { definition.types[$0].shape.known ?? [] }, call: call)
      let made = try recurrence(primitive, step, operands) ?? operations(of: primitive)
      for (output, value) in zip(step.outputs, made) {
        operands[output] = .value(value)
      }
    }
    let outputs = definition.outputs.compactMap { output -> Int? in
      if case .value(let value)? = operands[output.number] { value } else { nil }
    }
    // A mask may follow from the places in a sequence alone, and is no tensor that flows.
    return outputs.count == definition.outputs.count
      ? outputs : reference(definition, call.inputs, call)
  }

  /// A weight with other axes stays where it is.
  private func reshaped(
    _ step: Definition.Step, _ inputs: [Operand], _ definition: Definition
  ) -> Operand? {
    guard step.primitive is Primitives.Reshape, case .weight(let role, let weight)? = inputs.first,
      let sizes = definition.types[step.outputs.lowerBound].shape.known,
      let tensor = try? Tensor(
        dtype: weight.tensor.dtype, dimensions: sizes, bytes: weight.tensor.bytes)
    else { return nil }
    // A definition may ask for it in both forms.
    return .weight("\(role) of \(Shape(sizes))", Weight(name: weight.name, tensor: tensor))
  }

  /// What a step makes that depends on weights and constants alone: it is computed once, now.
  private func constants(
    _ step: Definition.Step, _ inputs: [Operand], _ definition: Definition
  ) throws -> [[Double]]? {
    var arrays: [NDArray<Double>] = []
    for (input, number) in zip(inputs, step.inputs) {
      let sizes = definition.types[number].shape.known ?? []
      switch input {
      case .value: return nil
      case .weight(_, let weight): arrays.append(NDArray(sizes, try weight.numbers()))
      case .constant(let numbers): arrays.append(NDArray(sizes, numbers))
      }
    }
    return step.primitive.values(arrays).map(\.elements)
  }

  /// Adds an operation with one result of the given shape.
  mutating func add(
    _ kind: Operation.Kind, _ inputs: [Int], shape: [Int], _ call: LayerCall,
    followers: [Operation.Follower] = []
  ) -> Int {
    let output = lowered.value(shape)
    lowered.operations.append(
      Operation(
        kind: kind, inputs: inputs, outputs: [output], followers: followers, calls: [call.path],
        operationCount: kind.operationCount(shape)))
    return output
  }

  /// Leaves a definition to its own meaning.
  mutating func reference(
    _ definition: Definition, _ inputs: [Int], _ call: LayerCall,
    weights: [String: Tensor]? = nil
  ) -> [Int] {
    let outputs = definition.outputShapes.map { lowered.value($0.known ?? []) }
    lowered.operations.append(
      Operation(
        kind: .reference(definition, weights: weights ?? call.weights.mapValues(\.tensor)),
        inputs: inputs,
        outputs: outputs, calls: [call.path]))
    return outputs
  }
}

extension Shape {
  /// Whether oneDNN takes tensors of the shape.
  fileprivate var isWithinLimits: Bool {
    !dimensions.contains(0) && rank <= Layout.rankLimit
  }
}

/// A layer that is lowered: what it computes, and what it is called on.
struct LayerCall {
  let definition: Definition
  let inputs: [Int]
  let weights: [String: Weight]
  let path: CallPath
}

/// A weight of a layer, and its name in the model.
struct Weight {
  let name: String
  let tensor: Tensor

  /// The numbers.
  func numbers() throws -> [Double] { try tensor.array(Double.self).elements }
}

/// What a primitive is applied to.
enum Operand {
  /// A tensor that flows, by its number.
  case value(Int)
  /// The weight of a role.
  case weight(String, Weight)
  /// Numbers that are part of the definition.
  case constant([Double])

  /// The numbers, where they are known before a run.
  func numbers() throws -> [Double]? {
    switch self {
    case .value: nil
    case .weight(_, let weight): try weight.numbers()
    case .constant(let numbers): numbers
    }
  }
}

/// A primitive that is lowered.
struct LoweredStep {
  let primitive: any Primitive
  let inputs: [Operand]
  let inputTypes: [TensorType]
  /// The sizes of the results.
  let outputs: [[Int]]
  let call: LayerCall

  /// The number of axes of the first input.
  var rank: Int { inputTypes.first?.shape.rank ?? 0 }

  /// The tensors that flow, where all inputs are such.
  var values: [Int]? {
    let values = inputs.compactMap { if case .value(let value) = $0 { value } else { nil } }
    return values.count == inputs.count ? values : nil
  }

  /// The first input, if it is a tensor that flows.
  var value: Int? {
    if case .value(let value)? = inputs.first { value } else { nil }
  }

  /// The weight that is an input.
  func weight(_ index: Int) -> Weight? {
    guard inputs.indices.contains(index), case .weight(_, let weight) = inputs[index] else {
      return nil
    }
    return weight
  }
}

#endif
