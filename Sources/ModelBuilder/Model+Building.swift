internal import OrderedCollections
public import ModelGraph

/// A model of layers in a row, as Keras calls it: `Sequential([InputLayer(shape: [28, 28, 1]), …])`.
public typealias Sequential = Model

extension Model {
  /// Makes a model of the layers between its inputs and outputs.
  ///
  /// Layers and their order are those that Keras would list; weights begin as their layers'
  /// initializers say. Weights are made when they are first used.
  ///
  /// - Parameters:
  ///   - inputs: What the model is fed, each made by `Input(shape:)`.
  ///   - outputs: What it computes.
  ///   - name: The name, `functional` by default.
  ///   - seed: What weights begin with that have an initializer without a seed of its own: equal
  ///     seeds and names make equal weights.
  /// - Throws: `BuildError`: the first error of the calls that lead to the outputs, with the
  ///   line of that call, or what is wrong with the model, with the line of this one.
  public init(
    inputs: [SymbolicTensor], outputs: [SymbolicTensor], name: String? = nil, seed: UInt64 = 0,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(BuildError) {
    let assembly = ModelAssembly(
      form: .functional, name: name, seed: seed, place: SourcePlace(file: file, line: line))
    self = try assembly.model(inputs: inputs, outputs: outputs)
  }

  /// Makes a model of the layers between its input and its output.
  public init(
    inputs: SymbolicTensor, outputs: SymbolicTensor, name: String? = nil, seed: UInt64 = 0,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(BuildError) {
    try self.init(
      inputs: [inputs], outputs: [outputs], name: name, seed: seed, file: file, line: line)
  }

  /// Makes a model of the layers between its inputs and its output.
  public init(
    inputs: [SymbolicTensor], outputs: SymbolicTensor, name: String? = nil, seed: UInt64 = 0,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(BuildError) {
    try self.init(
      inputs: inputs, outputs: [outputs], name: name, seed: seed, file: file, line: line)
  }

  /// Makes a model of the layers between its input and its outputs.
  public init(
    inputs: SymbolicTensor, outputs: [SymbolicTensor], name: String? = nil, seed: UInt64 = 0,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(BuildError) {
    try self.init(
      inputs: [inputs], outputs: outputs, name: name, seed: seed, file: file, line: line)
  }

  /// Makes a model of layers in a row, the first of them an `InputLayer`.
  ///
  /// - Parameters:
  ///   - layers: The layers, each called on the output of the one before it.
  ///   - name: The name, `sequential` by default.
  ///   - seed: What weights begin with; see `init(inputs:outputs:name:seed:)`.
  /// - Throws: `BuildError` with the line of this call.
  public init(
    _ layers: [any Layer], name: String? = nil, seed: UInt64 = 0,
    file: StaticString = #fileID, line: UInt = #line
  ) throws(BuildError) {
    let place = SourcePlace(file: file, line: line)
    guard let input = layers.first as? InputLayer else { throw .model(place, .noInputs) }
    let first = SymbolicCall.make(.layer(input), on: [], at: place)[0]
    let last = layers.dropFirst().reduce(first) { $1($0, file: file, line: line) }
    let assembly = ModelAssembly(form: .sequential, name: name, seed: seed, place: place)
    self = try assembly.model(inputs: [first], outputs: [last])
  }

  /// The part of the model that leads from its inputs to a layer's first call, with the same names
  /// and weights; its outputs are all that the call makes.
  ///
  /// - Parameter layer: A layer of the model itself, not of a nested one.
  /// - Throws: `ModelError.unknownLayer` where there is no such layer, with the name that was
  ///   perhaps meant.
  public func upTo(_ layer: String, name: String? = nil) throws(ModelError) -> Model {
    // The first output of each call stands for all.
    var needed: Set<TensorReference> = []
    var calls: [Call] = []
    var isFound = false
    for call in graph.calls.reversed() {
      let isLast = call.layer == layer && call.node == 0
      let isNeeded = needed.contains(TensorReference(call.layer, node: call.node))
      guard isLast || isNeeded else { continue }
      isFound = isFound || isLast
      needed.formUnion(call.inputs.map { TensorReference($0.layer, node: $0.node) })
      calls.append(call)
    }
    guard isFound else {
      throw .unknownLayer(layer, nearest: graph.layers.keys.nearest(to: layer))
    }
    let kept = Set(calls.map(\.layer))
    let made = try graph.resolved().calls.first { $0.path == CallPath([layer]) }
    let outputCount = made?.outputTypes.count ?? 1
    let part = try Graph(
      name: name ?? graph.name, form: graph.form,
      layers: graph.layers.values.filter { kept.contains($0.name) }, calls: calls.reversed(),
      inputs: graph.inputs.filter { kept.contains($0.layer) },
      outputs: (0..<outputCount).map { TensorReference(layer, index: $0) })
    let names = Set(part.allLayers.flatMap { $0.layer.parameters.values })
    return try Model(
      graph: part, tensors: tensors.filter { names.contains($0.key) }, provenance: provenance)
  }
}
