internal import KerasFormat
internal import ModelGraph
internal import ModelPresentation
internal import OrderedCollections
internal import ProtobufFormat
internal import ResidualCore

/// Whole `.pb` files, and what is done with the models in them.
enum ProtobufTargets {
  /// Reads: what is read and written again is read as the same.
  @Sendable static func read(_ input: [UInt8]) throws {
    let model = try model(in: input)
    _ = model.summary()
    let plan = try ProtobufWriter().plan(model, fileName: "fuzzed.pb")
    let file = MemoryFile()
    for part in plan.files { try plan.write(part, to: file.path) }
    do {
      let again = try ProtobufReader().read(path: file.path)
      let difference = try model.difference(from: again)
      hold(difference == nil, "written and read again, \(difference.map { "\($0)" } ?? "")")
    } catch {
      fatalError("what was read and written is refused: \(error)")
    }
  }

  /// Runs by the reference engine what runs in a few milliseconds.
  @Sendable static func execute(_ input: [UInt8]) throws {
    let model = try model(in: input)
    guard model.goldens.isEmpty, model.unsupportedLayers.isEmpty else { return }
    let shapes = fed(model.graph)
    guard shapes.allSatisfy({ ($0.known?.checkedProduct() ?? .max) <= elementLimit }),
      try isSmall(model.graph.resolved(for: shapes))
    else { return }
    let session = try ReferenceEngine(Float.self, threads: 1).session(for: model)
    let outputs = try session.run(inputs(of: model.graph, shapes))
    hold(outputs.count == model.graph.outputs.count, "a run has another number of outputs")
  }

  /// Writes the Keras file, and reads it again.
  @Sendable static func writeKeras(_ input: [UInt8]) throws {
    let model = try model(in: input).composingKerasFile().model
    guard model.tensors.values.reduce(0, { $0 + $1.bytes.byteCount }) < 1 << 20 else { return }
    let file = MemoryFile()
    try KerasWriter().write(model, to: file.path)
    do {
      let again = try KerasReader().read(path: file.path).model
      let difference = model.graph.difference(from: again.graph)
      hold(difference == nil, "as a Keras file, \(difference.map { "\($0)" } ?? "")")
    } catch {
      fatalError("the Keras file that was written is refused: \(error)")
    }
  }

  private static func model(in input: [UInt8]) throws -> Model {
    let model = try ProtobufReader().read(bytes: input, name: "fuzzed.pb")
    try model.verifyTensors()
    return model
  }

  // MARK: - Limits

  private static let operationLimit = 1 << 18
  private static let elementLimit = 1 << 16

  /// The shapes of the inputs, with sizes where the model states none.
  private static func fed(_ graph: Graph) -> [Shape] {
    graph.inputShapes.map { shape in
      Shape(shape.dimensions.enumerated().map { $1 ?? ($0 == 0 ? 2 : 4) })
    }
  }

  /// Small whole numbers, of which any type has some.
  private static func inputs(
    of graph: Graph, _ shapes: [Shape]
  ) -> OrderedDictionary<String, Tensor> {
    var inputs: OrderedDictionary<String, Tensor> = [:]
    for (name, shape) in zip(graph.inputNames, shapes) {
      let dimensions = shape.known ?? []
      let elements = (0..<dimensions.reduce(1, *)).map { Float($0 % 3) }
      inputs[name] = Tensor(NDArray(dimensions, elements))
    }
    return inputs
  }

  private static func isSmall(_ resolution: Resolution) throws -> Bool {
    try resolution.check(elementLimit: elementLimit)
    var left = operationLimit
    for step in resolution.steps {
      guard let definition = step.definition else { continue }
      left -= min(left, try definition.operationCount())
    }
    return left > 0
  }
}
