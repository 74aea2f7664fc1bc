internal import OrderedCollections
internal import ModelGraph

/// One of the tensors of a run, wherever in nested models it is made.
enum Slot: Hashable {
  /// What is fed to the model's input of that name.
  case input(String)
  /// An output of the layer call at that path.
  case output(path: String, index: Int)
}

/// The layer calls of a model, those that cannot be run among them, what makes masks of their
/// outputs, and which tensor each name in a golden means.
struct CallTable {
  /// One call of a layer.
  struct Entry {
    var path: String
    /// The call as it stands in its graph.
    var call: Call
    /// The layer as it stands in its graph.
    var node: LayerNode
    /// The layer, with what the call gives to it besides tensors.
    var layer: LayerNode
    /// How many nested models it is in.
    var depth: Int
    /// The tensors that it computes with; masks that it heeds are the last.
    var inputs: [Slot]
    /// Which of the inputs have a mask that is heeded; their masks are the last of the inputs.
    var maskedPlaces: [Int] = []
    /// Whether this is no call, but what makes masks of the outputs of one.
    var makesMask = false
    /// What a golden may call each input: the names that it has where the call is first, then those
    /// that it has where it comes from.
    var inputNames: [[String]]
    /// The types of the elements of the inputs.
    var inputTypes: [DType]
    /// What is known of each output.
    var outputTypes: [TensorType?]
    /// The short name of each output.
    var names: [String]
    /// The shape of each output.
    var shapes: [Shape?] { outputTypes.map { $0?.shape } }

    /// The kind of the layer, as its source calls it.
    var kind: String {
      [JoinedSteps.kind, SplitSteps.kind].contains(layer.kind)
        ? TimeDistributed.kind : layer.kind
    }

    /// The short name of one output.
    func name(of output: Int) -> String { names.indices.contains(output) ? names[output] : path }
  }

  /// The calls by path, in the order in which they are run.
  private(set) var entries: OrderedDictionary<String, Entry> = [:]
  /// What each name that a golden may use stands for.
  private(set) var slots: [String: Slot] = [:]
  /// The mask of each tensor that has one, by every name of the tensor.
  private(set) var masks: [String: Slot] = [:]
  /// How many nested models what a name stands for is in: none for the result of a nested model,
  /// which a call inside has made.
  private(set) var depths: [String: Int] = [:]
  /// The model's outputs, under the names that a golden may use for each.
  private(set) var outputs: [(names: [String], slot: Slot)] = []
  /// What the model's outputs are.
  private(set) var outputSlots: Set<Slot> = []
  /// Whether something on the way may jump: see `Primitive.hasSteps`.
  private(set) var hasSteps = false
  /// What each number of the resolution has become.
  private var numbered: [Int: Slot] = [:]

  /// The inputs that are fed text.
  private let textInputs: Set<String>

  /// Lists the calls of a model that is fed inputs of the given shapes.
  ///
  /// - Throws: `ModelError` where a layer cannot take what it is given.
  init(_ graph: Graph, inputs: [Shape]) throws(ModelError) {
    var calls: [String: ResolvedCall] = [:]
    let resolution = try graph.resolved(for: inputs)
    for step in resolution.steps { calls[step.path.description] = step }
    textInputs = Set(
      zip(graph.inputs, graph.inputTypes).filter(\.1.isText).map(\.0.layer))
    hasSteps = resolution.steps.contains { $0.definition?.hasSteps == true }
    let fed = graph.inputs.map { Source(slot: .input($0.layer), names: []) }
    for (number, source) in zip(resolution.inputs, fed) { numbered[number] = source.slot }
    let made = add(graph, fed: fed, path: CallPath(), calls: calls)
    for (reference, source) in zip(graph.outputs, made) {
      outputs.append((reference.names, source.slot))
      outputSlots.insert(source.slot)
    }
  }

  /// The shape of a call's output.
  func shape(of slot: Slot) -> Shape? {
    guard case .output(let path, let output) = slot, let entry = entries[path],
      entry.outputTypes.indices.contains(output)
    else { return nil }
    return entry.outputTypes[output]?.shape
  }

  /// Whether a tensor is text.
  func isText(_ slot: Slot) -> Bool {
    if case .input(let name) = slot { return textInputs.contains(name) }
    return computeType(of: slot) == .string
  }

  /// The layer that makes a tensor, with what the call gives to it; `nil` for a model's input.
  func layer(of slot: Slot) -> LayerNode? {
    guard case .output(let path, _) = slot else { return nil }
    return entries[path]?.layer
  }

  /// The type of a tensor's elements where they are no real numbers, else the type that the layer
  /// computes in that makes it; `nil` for a model's input.
  func computeType(of slot: Slot) -> DType? {
    guard case .output(let path, let output) = slot, let entry = entries[path] else { return nil }
    if entry.outputTypes.indices.contains(output), let type = entry.outputTypes[output],
      !type.isReal
    {
      return type.dtype
    }
    return entry.layer.computeType
  }

  /// A tensor, and what a golden may call it.
  private struct Source {
    var slot: Slot
    /// The nearest name first.
    var names: [String]
  }

  /// Adds a graph's calls, and returns what its outputs are.
  private mutating func add(
    _ graph: Graph, fed: [Source], path: CallPath, calls: [String: ResolvedCall]
  ) -> [Source] {
    let prefix = path.names.map { $0 + "/" }.joined()
    var values: [TensorReference: Source] = [:]
    for (reference, source) in zip(graph.inputs, fed) { values[reference] = source }
    func source(_ reference: TensorReference) -> Source? {
      if let source = values[reference] { return source }
      // How many outputs a layer has that cannot be run, nobody knows.
      guard case .unsupported = graph.layers[reference.layer]?.body else { return nil }
      let producer = Call(reference.layer, node: reference.node, inputs: [])
      return Source(
        slot: .output(path: path.appending(producer).description, index: reference.index),
        names: reference.names.map { prefix + $0 })
    }
    for call in graph.calls {
      guard let layer = graph.layers[call.layer] else { continue }
      let callPath = path.appending(call)
      let text = callPath.description
      var inputs = layer.operandTensors(of: call).compactMap(source)
      let resolved = calls[text]
      var made: [Source] = []
      if case .graph(let inner) = layer.body {
        made = add(inner, fed: inputs, path: callPath, calls: calls)
      } else if layer.isInput {
        let fed = values[TensorReference(call.layer, node: call.node)]
        made = [fed ?? Source(slot: .input(call.layer), names: [])]
      } else {
        made = (resolved?.outputs ?? []).indices.map {
          Source(slot: .output(path: text, index: $0), names: [])
        }
        number(resolved, made.map(\.slot))
      }
      var shortNames: [String] = []
      for (index, source) in made.enumerated() {
        let reference = TensorReference(call.layer, node: call.node, index: index)
        let names = reference.names.map { prefix + $0 }
        values[reference] = Source(slot: source.slot, names: names + source.names)
        shortNames.append(prefix + reference.shortName)
        for name in names where slots[name] == nil {
          slots[name] = source.slot
          depths[name] = path.names.count
        }
      }
      var isComputed = !layer.isInput
      if case .graph = layer.body { isComputed = false }
      if isComputed {
        let heeded = resolved?.operands.dropFirst(inputs.count).compactMap { numbered[$0] } ?? []
        let maskedPlaces = inputs.indices.filter { resolved?.operandMasks[$0] != nil }
        inputs += heeded.map { Source(slot: $0, names: []) }
        entries[text] = Entry(
          path: text, call: call, node: layer, layer: resolved?.layer ?? layer,
          depth: path.names.count, inputs: inputs.map(\.slot),
          maskedPlaces: heeded.isEmpty ? [] : maskedPlaces,
          inputNames: inputs.map(\.names),
          inputTypes: (resolved?.inputTypes ?? []).map { $0?.dtype ?? .float32 },
          outputTypes: resolved?.outputTypes ?? [], names: shortNames)
      }
      if let maker = calls[callPath.ofMask.description] {
        addMasks(maker, of: call, depth: path.names.count, names: shortNames)
      }
      for (index, mask) in (resolved?.masks ?? []).enumerated() {
        guard let mask, let slot = numbered[mask] else { continue }
        let reference = TensorReference(call.layer, node: call.node, index: index)
        for name in reference.names.map({ prefix + $0 }) {
          masks[name] = slot
          if slots[Self.mask(of: name)] == nil { slots[Self.mask(of: name)] = slot }
        }
      }
    }
    return graph.outputs.compactMap(source)
  }

  /// The name of a tensor's mask.
  static func mask(of name: String) -> String { name + ":mask" }

  private mutating func number(_ call: ResolvedCall?, _ made: [Slot]) {
    for (number, slot) in zip(call?.results ?? [], made) { numbered[number] = slot }
  }

  /// Adds what makes masks of a call's outputs.
  private mutating func addMasks(
    _ maker: ResolvedCall, of call: Call, depth: Int, names: [String]
  ) {
    let path = maker.path.description
    number(maker, maker.results.indices.map { .output(path: path, index: $0) })
    let inputs = maker.operands.compactMap { numbered[$0] }
    entries[path] = Entry(
      path: path, call: call, node: maker.layer, layer: maker.layer, depth: depth, inputs: inputs,
      makesMask: true, inputNames: inputs.map { _ in [] },
      inputTypes: maker.inputTypes.map { $0?.dtype ?? .float32 }, outputTypes: maker.outputTypes,
      names: names.prefix(maker.results.count).map(Self.mask))
  }
}

extension CallTable.Entry {
  /// The same call of a layer of another name on other tensors, with the mask that it heeds, and no
  /// other.
  func call(named name: String, on reference: (Slot) -> TensorReference?) -> Call {
    var rest = inputs[...]
    var arguments = node.argumentsWithoutMask(of: call)
    for (parameter, argument) in arguments where node.isOperand(parameter) {
      arguments[parameter] = argument.mapTensors { old in
        rest.popFirst().flatMap(reference) ?? old
      }
    }
    var masks = inputs.suffix(maskedPlaces.count).map { reference($0) }[...]
    if !masks.isEmpty {
      var ofPlaces = [CallArgument](repeating: .none, count: inputs.count - masks.count)
      for place in maskedPlaces {
        if let mask = masks.popFirst() ?? nil { ofPlaces[place] = .tensor(mask) }
      }
      arguments["mask"] = ofPlaces.count == 1 ? ofPlaces[0] : .list(ofPlaces)
    }
    return Call(name, arguments: arguments)
  }
}
