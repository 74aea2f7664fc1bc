package import OrderedCollections

extension LayerNode {
  /// What a call of the layer takes; `nil` for a layer that is not supported, of which nobody
  /// knows.
  package var signature: Signature? {
    switch body {
    case .layer(let layer): layer.signature
    case .graph: .inputs
    case .unsupported: nil
    }
  }

  /// The tensors that the layer computes with, in order: of the arguments of a call, those that
  /// are operands.
  ///
  /// A tensor that is a mask or a setting is not among them.
  package func operandTensors(of call: Call) -> [TensorReference] {
    let signature = signature
    var tensors: [TensorReference] = []
    for (name, argument) in call.arguments where signature.isOperand(name) {
      if tensors.isEmpty { tensors = argument.tensors } else { tensors += argument.tensors }
    }
    return tensors
  }

  /// The masks that a call gives to its operands, in their order, whatever masks these have: tensors,
  /// or `CallArgument.none` for no mask; `nil` for an operand that keeps its own.
  ///
  /// - Parameter count: The number of the operands.
  package func masks(in call: Call, ofOperands count: Int) -> [CallArgument?] {
    guard let signature else { return [] }
    let own = call.arguments.filter { signature.operand(maskedBy: $0.key) != nil }
    if !own.isEmpty { return masks(own, in: call, signature) }
    guard
      let masks = call.arguments.first(where: { signature.role(of: $0.key) == .mask })?.value
    else { return [] }
    // None alone takes the masks of all away; in a list it stands for what is there.
    if masks == .none { return Array(repeating: CallArgument.none, count: count) }
    return masks.leaves.prefix(count).map { $0 == .none ? nil : $0 }
  }

  /// The masks that a call gives by the names of their operands.
  private func masks(
    _ given: OrderedDictionary<String, CallArgument>, in call: Call, _ signature: Signature
  ) -> [CallArgument?] {
    let masks = Dictionary(
      given.map { (signature.operand(maskedBy: $0.key) ?? "", $0.value) }
    ) { first, _ in first }
    return call.arguments.filter { isOperand($0.key) }.flatMap { name, operand in
      operand.tensors.map { _ in masks[name].flatMap { $0 == .none ? nil : $0 } }
    }
  }

  /// Whether what a call gives to a parameter is computed with.
  package func isOperand(_ parameter: String) -> Bool { signature.isOperand(parameter) }

  /// A call of the layer on tensors alone: all of them are its first operand.
  package func call(on tensors: [TensorReference]) -> Call {
    let operand = signature?.parameters.first { $0.role == .operand }?.name ?? "inputs"
    return Call(name, arguments: tensors.isEmpty ? [:] : [operand: CallArgument(tensors)])
  }

  /// What a call is given but for masks.
  package func argumentsWithoutMask(of call: Call) -> OrderedDictionary<String, CallArgument> {
    guard let signature else { return call.arguments }
    return call.arguments.filter {
      signature.role(of: $0.key) != .mask && signature.operand(maskedBy: $0.key) == nil
    }
  }

  /// The layer as a call sees it: what the call is given besides tensors is part of it, so that it
  /// is a layer of tensors alone.
  ///
  /// This is the one place where constants become inputs.
  package func applied(to call: Call) -> LayerNode {
    let node = told(of: call)
    guard case .layer(let layer) = node.body,
      call.arguments.contains(where: { !$1.isTensorsAlone && isOperand($0) })
    else { return node }
    let operands = call.arguments.flatMap { isOperand($0) ? $1.leaves : [] }
      .map { Operand($0, in: computeType) }
    return replacing(body: .layer(layer.taking(operands)))
  }

  /// The layer with the names of what a call gives it, and the settings, if it asks for them and has
  /// not been told.
  private func told(of call: Call) -> LayerNode {
    guard case .layer(let layer) = body, layer.signature.parameters.count > 1,
      var told = layer as? any CallDependentLayer, told.form == CallForm()
    else { return self }
    var form = CallForm()
    for (name, argument) in call.arguments {
      if isOperand(name) {
        form.operands += argument.leaves.filter { $0 != .none }.map { _ in name }
      } else if case .setting(let value) = argument {
        form.settings[name] = value
      }
    }
    told.form = form
    return replacing(body: .layer(told))
  }

  /// Checks what a call is given against the layer's signature.
  ///
  /// - Throws: `ModelError` for what the layer does not take.
  package func check(_ call: Call) throws(ModelError) {
    let leaves = call.arguments.values.reduce(0) { $0 + $1.leafCount }
    guard leaves <= Call.maximumArgumentCount else {
      throw .argumentCount(leaves, limit: Call.maximumArgumentCount)
    }
    for argument in call.arguments.values {
      guard argument.depth <= CallArgument.maximumDepth else {
        throw .argumentDepth(limit: CallArgument.maximumDepth)
      }
      guard !argument.hasNaN else { throw .constantNotANumber }
    }
    guard let signature else { return }
    for (name, argument) in call.arguments {
      switch signature.role(of: name) {
      case .operand:
        if !argument.isTensorsAlone { try check(operand: argument, name) }
      case .mask:
        let count = operandTensors(of: call).count
        guard argument.leafCount == 1 || argument.leafCount == count else {
          throw .argument(
            name, found: "\(argument)", expected: count == 1 ? "one mask" : "\(count) masks")
        }
        for leaf in argument.leaves {
          switch leaf {
          case .tensor, .none: continue
          default: throw .argument(name, found: "\(leaf)", expected: "a tensor")
          }
        }
      case .maskOf(let operand):
        guard argument == .none || call.arguments[operand]?.tensors.isEmpty == false else {
          throw .argument(name, found: "\(argument)", expected: "'\(operand)' as well")
        }
        switch argument {
        case .tensor, .none: continue
        default: throw .argument(name, found: "\(argument)", expected: "a tensor")
        }
      case .setting:
        if case .layer(let layer) = body, layer is any CallDependentLayer {
          try check(flag: argument, name)
        }
      case .training, nil:
        throw .argumentUnknown(name, found: "\(argument)")
      }
    }
  }

  private func check(flag: CallArgument, _ name: String) throws(ModelError) {
    switch flag {
    case .none, .setting(.bool), .setting(.int(0)), .setting(.int(1)): break
    default: throw .argument(name, found: "\(flag)", expected: "true or false")
    }
  }

  private func check(operand: CallArgument, _ name: String) throws(ModelError) {
    for leaf in operand.leaves {
      switch leaf {
      case .tensor, .none, .list: break
      case .constant, .setting(.int), .setting(.double):
        guard case .graph = body else { break }
        throw .argument(name, found: "\(leaf)", expected: "a tensor")
      case .setting(let value):
        throw .argument(name, found: "\(value)", expected: "a tensor or a number")
      }
    }
  }
}

extension Signature? {
  /// Whether what a call gives to a parameter is computed with, as all is where nobody knows.
  fileprivate func isOperand(_ parameter: String) -> Bool {
    map { $0.role(of: parameter) == .operand } ?? true
  }
}
