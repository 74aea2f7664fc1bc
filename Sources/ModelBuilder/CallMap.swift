internal import ModelGraph

/// The calls between a model's inputs and outputs.
struct CallMap {
  /// What is called, once each: inputs that nothing needs, then each after what it needs.
  private(set) var callees: [Callee] = []
  /// The calls of each, in the order in which they were made.
  private(set) var calls: [ObjectIdentifier: [SymbolicCall]] = [:]

  /// Walks from the outputs to the inputs.
  ///
  /// - Parameter inputs: The calls that make the inputs; those that nothing needs count too.
  init(inputs: [SymbolicCall], outputs: [SymbolicCall]) {
    let needed = SymbolicCall.all(behind: outputs)
    let known = Set(needed.map { ObjectIdentifier($0.callee.identity) })
    let unneeded = inputs.filter { !known.contains(ObjectIdentifier($0.callee.identity)) }
    for call in unneeded + needed {
      let layer = ObjectIdentifier(call.callee.identity)
      if calls[layer] == nil { callees.append(call.callee) }
      calls[layer, default: []].append(call)
    }
    for layer in calls.keys { calls[layer]?.sort { $0.order < $1.order } }
  }
}

extension SymbolicCall {
  /// The given calls and all that they need, each after those it needs.
  ///
  /// A walk in depth that enters each call once; not recursive, for models are deep.
  static func all(behind calls: [SymbolicCall]) -> [SymbolicCall] {
    var finished: [SymbolicCall] = []
    var entered: Set<ObjectIdentifier> = []
    for call in calls where entered.insert(ObjectIdentifier(call)).inserted {
      var path = [(call: call, next: 0)]
      while let (current, next) = path.last {
        guard next < current.inputs.count else {
          finished.append(current)
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let input = current.inputs[next].call
        guard entered.insert(ObjectIdentifier(input)).inserted else { continue }
        path.append((input, 0))
      }
    }
    return finished
  }
}
