internal import OrderedCollections
internal import ModelGraph

/// Binds what a call is given to the parameters of its layer, as Python does, and settles what
/// follows from flags that are for training.
struct CallBinding {
  let layer: LayerNode
  let version: KerasVersion
  /// The keys by which a nested model takes a dictionary, in the order of its inputs.
  var inputKeys: [String] = []

  init(layer: LayerNode, version: KerasVersion) {
    self.layer = layer
    self.version = version
  }

  /// A call with its arguments by name.
  struct Bound {
    var arguments: OrderedDictionary<String, CallArgument> = [:]
    /// Why the call cannot be run, each to follow the layer's name in a sentence.
    var reasons: [String] = []
  }

  /// Binds a call.
  ///
  /// - Throws: `KerasError` for an argument that the layer does not take.
  func bind(_ call: WrittenCall) throws(KerasError) -> Bound {
    guard let signature = layer.signature else { return Bound(arguments: unchecked(call)) }
    var bound = Bound(reasons: call.refusals.map { "is called with \($0)" })
    var named: OrderedDictionary<String, CallArgument> = [:]
    for (place, argument) in call.positional.enumerated() {
      guard place < signature.parameters.count else {
        throw .model(.argumentUnknown("argument \(place + 1)", found: "\(argument)"))
      }
      let name = signature.parameters[place].name
      named[name] = place == 0 ? try inOrderOfInputs(argument, call.keys) : argument
    }
    for (name, argument) in call.named {
      guard named[name] == nil else {
        throw .model(.argument(name, found: "\(argument)", expected: "it once; it is given twice"))
      }
      named[name] = named.isEmpty ? try inOrderOfInputs(argument, call.keys) : argument
    }
    separateStates(&named, signature)
    // No constants, which Keras 3 has no word for.
    if named["constants"] == CallArgument.none { named["constants"] = nil }
    for name in named.keys.sorted(by: { signature.place(of: $0) < signature.place(of: $1) }) {
      guard let argument = named[name] else { continue }
      switch signature.role(of: name) {
      case .operand, .setting: bound.arguments[name] = argument
      case .training:
        guard let reason = reason(againstTraining: argument) else { continue }
        bound.reasons.append(reason)
        bound.arguments[name] = argument
      case .mask:
        // To Keras 3, None is what the inputs have; Keras 2 takes the word for it.
        guard version.major < 3 || argument.leaves.contains(where: { $0 != .none }) else {
          continue
        }
        bound.arguments[name] = argument
        if let reason = reason(againstMask: argument, signature) { bound.reasons.append(reason) }
        if version.major < 3, argument != .none, argument.leaves.contains(.none) {
          bound.reasons.append(
            "is called with mask=\(argument), where Keras 2 takes None for no mask")
        }
      case .maskOf(let operand):
        // None is what the operand has.
        guard argument != .none else { continue }
        bound.arguments[name] = argument
        if version.major < 3 || operand == "query" {
          bound.reasons.append(
            "is called with \(name)=\(argument), which not every Keras heeds; give it as "
              + "attention_mask")
        }
      case nil: throw .model(.argumentUnknown(name, found: "\(argument)"))
      }
    }
    return bound
  }

  /// Keras 2 writes the states that a recurrent layer is given behind the sequence.
  private func separateStates(
    _ named: inout OrderedDictionary<String, CallArgument>, _ signature: Signature
  ) {
    guard version.major < 3, let first = signature.parameters.first?.name,
      signature.parameters.contains(where: { $0.name == "initial_state" }),
      [nil, CallArgument.none].contains(named["initial_state"]),
      case .list(let elements)? = named[first],
      elements.count > 1
    else { return }
    named[first] = elements[0]
    let states = Array(elements.dropFirst())
    named["initial_state"] = states.count == 1 ? states[0] : .list(states)
  }

  /// The arguments of a layer that cannot be run: nobody knows the names of its parameters.
  private func unchecked(_ call: WrittenCall) -> OrderedDictionary<String, CallArgument> {
    var arguments: OrderedDictionary<String, CallArgument> = [:]
    for (place, argument) in call.positional.enumerated() {
      arguments[place == 0 ? "inputs" : "argument_\(place + 1)"] = argument
    }
    return arguments.merging(call.named) { first, _ in first }
  }

  /// The elements of a dictionary in the order of a nested model's inputs.
  private func inOrderOfInputs(
    _ argument: CallArgument, _ keys: [String]?
  ) throws(KerasError) -> CallArgument {
    guard let keys, case .list(let elements) = argument else { return argument }
    guard Set(keys) == Set(inputKeys), elements.count == inputKeys.count else {
      throw .model(
        .argument(
          "inputs", found: "a dictionary of \(keys.quoted())",
          expected: inputKeys.isEmpty
            ? "tensors" : inputKeys.quoted()))
    }
    let byKey = Dictionary(uniqueKeysWithValues: zip(keys, elements))
    return .list(inputKeys.compactMap { byKey[$0] })
  }
}

// MARK: - Flags

extension CallBinding {
  /// What a mask does to the value of a call.
  private func reason(againstMask mask: CallArgument, _ signature: Signature) -> String? {
    let words = "is called with mask=\(mask)"
    if case .graph = layer.body { return nil }
    let isIgnored = signature.maskUse == .ignored && Self.isBuiltIn(layer.kind)
    guard signature.maskUse == .honoured || isIgnored else {
      return "\(words), and masks are not taken into account yet"
    }
    return nil
  }

  /// What `training` does in `predict`: nothing in Keras 3, which says there that it is not
  /// training; in Keras 2 what the call says holds there too.
  private func reason(againstTraining flag: CallArgument) -> String? {
    guard version.major < 3 else { return nil }
    switch flag {
    case .none, .setting(.bool(false)), .setting(.int(0)): return nil
    case .setting(.bool(true)), .setting(.int(1)): break
    default: return "is called with training=\(flag); call it with training=False"
    }
    guard let effect = Self.trainingEffect(layer) else { return nil }
    return "is called with training=True, with which it \(effect) in predict too; "
      + "call it with training=False and save the model again"
  }

  /// What a layer does in training and not at inference, to follow its name in a sentence.
  private static func trainingEffect(_ layer: LayerNode) -> String? {
    switch layer.body {
    case .layer(let inner):
      return isBuiltIn(inner.kind) ? trainingEffect(inner) : "may do something else"
    case .graph(let graph):
      for node in graph.layers.values {
        if let effect = trainingEffect(node) {
          return "runs its layer '\(node.name)' (\(node.kind)), which then \(effect),"
        }
      }
      return nil
    case .unsupported: return nil
    }
  }

  /// What a layer, or one inside of it, does in training and not at inference.
  private static func trainingEffect(_ layer: any Layer) -> String? {
    var kinds = [layer.kind]
    for (key, value) in layer.attributes.values {
      switch (key.split(separator: ".").last, value) {
      case ("kind", .string(let kind)): kinds.append(kind)
      case ("dropout", .double(let rate)), ("recurrent_dropout", .double(let rate)):
        if rate > 0 { return "is random" }
      default: continue
      }
    }
    let isRandom = { trainedAtRandom.contains($0) || randomImages.contains($0) }
    if kinds.contains(where: isRandom) { return "is random" }
    return kinds.contains(BatchNormalization.kind)
      ? "normalizes each batch by its own mean and variance" : nil
  }

  private static let randomImages = Set(
    LayerRegistry.builtIn.filter { $0 is any RandomImageLayer.Type }.map { $0.kind })

  /// Whether all is known of a kind, rather than by the program that registered it.
  private static func isBuiltIn(_ kind: String) -> Bool {
    LayerRegistry.builtIn.contains { $0.kind == kind }
  }

  /// The kinds that draw random numbers in training.
  private static let trainedAtRandom: Set = [
    AlphaDropout.kind, Dropout.kind, GaussianDropout.kind, GaussianNoise.kind,
    SpatialDropout1D.kind, SpatialDropout2D.kind, SpatialDropout3D.kind, StochasticDepth.kind,
  ]
}
