/// The calls between a model's inputs and outputs, and its layers in Keras's order.
///
/// Keras counts the depth of each call from the outputs, the longest way; a layer is as deep as
/// its deepest call. Layers are listed from the deepest on, those of equal depth in the order
/// in which a walk from the outputs first meets them (`map_graph` in Keras 3's `function.py`).
struct CallMap {
  /// What is called, once each, in Keras's order.
  private(set) var callees: [Callee] = []
  /// The calls of each, in the order in which they were made.
  private(set) var calls: [ObjectIdentifier: [SymbolicCall]] = [:]

  /// Walks from the outputs to the inputs.
  ///
  /// - Parameter inputs: The calls that make the inputs; those that nothing needs count too.
  init(inputs: [SymbolicCall], outputs: [SymbolicCall]) {
    let walk = SymbolicCall.all(behind: outputs)
    var depths: [ObjectIdentifier: Int] = [:]
    var layerDepths: [ObjectIdentifier: Int] = [:]
    for call in walk.reversed() {
      let layer = ObjectIdentifier(call.callee.identity)
      let depth = max(depths[ObjectIdentifier(call)] ?? 0, layerDepths[layer] ?? 0)
      layerDepths[layer] = depth
      for input in call.inputs {
        let before = ObjectIdentifier(input.call)
        depths[before] = max(depths[before] ?? 0, depth + 1)
      }
    }
    let met = SymbolicCall.calleesMet(from: outputs)
    let unneeded = inputs.map(\.callee).filter { layerDepths[ObjectIdentifier($0.identity)] == nil }
    callees = unneeded + met
    // Sorting keeps the order of what is equally deep.
    let order = callees.enumerated().sorted { first, second in
      let depth = { (callee: Callee) in layerDepths[ObjectIdentifier(callee.identity)] ?? 0 }
      let (a, b) = (depth(first.element), depth(second.element))
      return a == b ? first.offset < second.offset : a > b
    }
    callees = order.map(\.element)
    let unneededCalls = inputs.filter { call in
      layerDepths[ObjectIdentifier(call.callee.identity)] == nil
    }
    for call in walk + unneededCalls {
      calls[ObjectIdentifier(call.callee.identity), default: []].append(call)
    }
    for layer in calls.keys { calls[layer]?.sort { $0.order < $1.order } }
  }
}

extension SymbolicCall {
  /// The given calls and all that they need, each after those it needs.
  static func all(behind calls: [SymbolicCall]) -> [SymbolicCall] {
    var finished: [SymbolicCall] = []
    walk(from: calls, entering: { _ in }, leaving: { finished.append($0) })
    return finished
  }

  /// What is called, in the order in which a walk from the given calls first meets it.
  static func calleesMet(from calls: [SymbolicCall]) -> [Callee] {
    var met: [Callee] = []
    var seen: Set<ObjectIdentifier> = []
    walk(
      from: calls,
      entering: { call in
        guard seen.insert(ObjectIdentifier(call.callee.identity)).inserted else { return }
        met.append(call.callee)
      }, leaving: { _ in })
    return met
  }

  /// A walk in depth that enters each call once; not recursive, for models are deep.
  private static func walk(
    from calls: [SymbolicCall], entering enter: (SymbolicCall) -> Void,
    leaving leave: (SymbolicCall) -> Void
  ) {
    var entered: Set<ObjectIdentifier> = []
    for call in calls where entered.insert(ObjectIdentifier(call)).inserted {
      enter(call)
      var path = [(call: call, next: 0)]
      while let (current, next) = path.last {
        guard next < current.inputs.count else {
          leave(current)
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let input = current.inputs[next].call
        guard entered.insert(ObjectIdentifier(input)).inserted else { continue }
        enter(input)
        path.append((input, 0))
      }
    }
  }
}
