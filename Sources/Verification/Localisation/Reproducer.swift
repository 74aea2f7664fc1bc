public import ModelGraph
internal import OrderedCollections

extension Model {
  /// The calls that a fault may lie in, as a model of their own that carries what was recorded of
  /// what goes in and what comes out: small enough for a bug report.
  ///
  /// - Parameters:
  ///   - fault: The fault, as a report of this model names it.
  ///   - golden: The golden that the model was held against.
  ///   - name: The case that shows the fault.
  ///   - sample: The only sample to keep of a batch; by default all are kept.
  /// - Returns: The model, whose calls are its layers; `nil` where the fault lies in no call, or the
  ///   golden has no such case.
  /// - Throws: `ModelError` where the case's inputs do not fit the model, and what reading tensors
  ///   throws.
  public func reproducer(
    of fault: Fault, against golden: Golden, case name: String, sample: Int? = nil
  ) throws -> Model? {
    let golden = golden.resolved(for: self)
    guard let one = golden.cases.first(where: { $0.name == name }) else { return nil }
    let inputs = try graph.fed(one.inputs)
    let table = try CallTable(graph, inputs: inputs.map(\.shape))
    let index = GoldenIndex(one, table: table)
    let entries = fault.suspects.compactMap { table.entries[$0] }
    // What makes masks is no layer that a file could have.
    guard !entries.isEmpty, !entries.contains(where: \.makesMask) else { return nil }
    var excerpt = Excerpt()
    for entry in entries {
      for ((slot, names), type) in zip(zip(entry.inputs, entry.inputNames), entry.inputTypes)
      where excerpt.references[slot] == nil {
        let recorded: Tensor? =
          if case .input(let name) = slot {
            one.inputs[name]
          } else {
            index.substitute(for: slot, named: names, shape: table.shape(of: slot))
          }
        guard let recorded else { return nil }
        excerpt.addInput(slot, recorded, type)
      }
      excerpt.add(entry)
      for (output, name) in entry.names.enumerated() {
        let slot = Slot.output(path: entry.path, index: output)
        excerpt.record(index.calls[slot]?.first?.tensor, of: slot, isWrong: name == fault.path)
      }
    }
    if index.calls.isEmpty,
      let output = table.outputs.firstIndex(where: { $0.names.contains(fault.path) })
    {
      excerpt.record(index.outputs[output]?.tensor, of: table.outputs[output].slot, isWrong: true)
    }
    return try excerpt.model(of: self, one, golden, sample: sample)
  }
}

/// Some calls of a model, being taken out of it.
private struct Excerpt {
  /// What each tensor is called.
  private(set) var references: [Slot: TensorReference] = [:]
  private var layers: [LayerNode] = []
  /// The names of the layers.
  private var names: Set<String> = []
  private var calls: [Call] = []
  private var inputs: OrderedDictionary<String, Tensor> = [:]
  private var recorded: OrderedDictionary<String, Tensor> = [:]
  private var outputs: [TensorReference] = []

  /// A name that no layer has yet, without what has a meaning in names of calls; it is taken then.
  private mutating func freshName(_ wanted: String) -> String {
    var name = String(wanted.map { "/:".contains($0) ? "_" : $0 })
    while !names.insert(name).inserted { name += "_" }
    return name
  }

  /// Feeds a tensor as it was recorded.
  mutating func addInput(_ slot: Slot, _ tensor: Tensor, _ type: DType) {
    let name: String
    switch slot {
    case .input(let input): name = freshName(input)
    case .output(let path, let index): name = freshName(index == 0 ? path : "\(path)_\(index)")
    }
    let shape = Shape([nil] + tensor.dimensions.dropFirst().map(Optional.some))
    layers.append(LayerNode(name: name, body: .layer(InputLayer(feeding: shape, type))))
    calls.append(Call(name, inputs: []))
    inputs[name] = tensor
    references[slot] = TensorReference(name)
  }

  /// Calls a layer as the model does; a layer that is called twice becomes two.
  mutating func add(_ entry: CallTable.Entry) {
    let name = freshName(entry.path)
    layers.append(
      LayerNode(
        name: name, body: entry.node.body, parameters: entry.node.parameters,
        computeType: entry.node.computeType))
    calls.append(entry.call(named: name) { references[$0] })
    for output in entry.names.indices {
      references[.output(path: entry.path, index: output)] = TensorReference(name, index: output)
    }
  }

  /// Keeps what was recorded of a call's result.
  mutating func record(_ tensor: Tensor?, of slot: Slot, isWrong: Bool) {
    guard let reference = references[slot] else { return }
    if let tensor { recorded[reference.shortName] = tensor }
    if isWrong, !outputs.contains(reference) { outputs.append(reference) }
  }

  /// The calls as a model with a golden.
  func model(
    of whole: Model, _ one: GoldenCase, _ golden: Golden, sample: Int?
  ) throws -> Model {
    let graph = try Graph(
      name: whole.graph.name, form: .functional, layers: layers, calls: calls,
      inputs: inputs.keys.map { TensorReference($0) }, outputs: outputs)
    let tensors = Array(inputs.values) + recorded.values
    let batch = tensors.first?.dimensions.first ?? 0
    let isBatch = tensors.allSatisfy { $0.dimensions.first == batch }
    let cut = { (tensor: Tensor) throws -> Tensor in
      guard let sample, isBatch, (0..<batch).contains(sample), batch > 1 else { return tensor }
      return try tensor.sample(sample)
    }
    var part = golden
    // The part may have none but the wrong ones.
    part.weightDigests = []
    part.cases = [
      GoldenCase(
        name: one.name, description: one.description, inputs: try inputs.mapValues(cut),
        outputs: try OrderedDictionary(
          uniqueKeysWithValues: outputs.compactMap { output in
            try recorded[output.shortName].map { (output.shortName, try cut($0)) }
          }), calls: try recorded.mapValues(cut))
    ]
    let weights = Set(layers.flatMap(\.parameters.values))
    return try Model(
      graph: graph, tensors: whole.tensors.filter { weights.contains($0.key) },
      provenance: whole.provenance, goldens: [part])
  }
}

extension Tensor {
  /// One element of the first axis, which stays, with size one.
  ///
  /// - Parameter index: Less than the size of the first axis.
  fileprivate func sample(_ index: Int) throws -> Tensor {
    let byteCount = bytes.byteCount / dimensions[0]
    let part = try bytes.withBytes { span in
      // Sound: the span is lent for the call, and what is taken of it is inside.
      unsafe span.extracting(index * byteCount..<(index + 1) * byteCount)
        .withUnsafeBytes { unsafe Array($0) }
    }
    return try Tensor(
      dtype: dtype, dimensions: [1] + dimensions.dropFirst(), bytes: OwnedBytes(part))
  }
}
