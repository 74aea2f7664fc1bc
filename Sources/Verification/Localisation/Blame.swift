internal import OrderedCollections
internal import ModelGraph

/// Tells the calls that are wrong from those that pass on what they were given.
struct Blame {
  private let table: CallTable
  private let index: GoldenIndex
  private let calls: [CallReport]
  private let outputs: [CallReport]
  /// The calls that something wrong flows into.
  private let tainted: Set<String>

  init(
    _ table: CallTable, _ index: GoldenIndex, calls: [CallReport], outputs: [CallReport]
  ) {
    self.table = table
    self.index = index
    self.calls = calls
    self.outputs = outputs
    let wrong = Set(calls.filter { $0.verdict == .wrong }.compactMap { table.slots[$0.path] })
    var spread = wrong
    var tainted: Set<String> = []
    for entry in table.entries.values where entry.inputs.contains(where: spread.contains) {
      tainted.insert(entry.path)
      for output in entry.names.indices {
        spread.insert(.output(path: entry.path, index: output))
      }
    }
    self.tainted = tainted
  }

  /// Whether a call is right by itself, but wrong in the whole for what flows into it.
  func isTainted(_ call: CallReport) -> Bool {
    guard call.verdict != .wrong, call.cumulative?.isBeyond == true,
      case .output(let path, _)? = table.slots[call.path]
    else { return false }
    return tainted.contains(path)
  }

  /// Where the model goes wrong first.
  func fault(in model: Model) -> Fault? {
    let wrong = calls.filter { $0.verdict == .wrong }
    guard let first = wrong.first ?? outputs.first(where: { $0.verdict == .wrong }) else {
      return nil
    }
    let isOutput = wrong.isEmpty
    var fault = Fault(
      path: first.path, kind: first.kind, suspects: [], inputs: [], shape: first.shape,
      attributes: [], weights: [], others: wrong.dropFirst().map(\.path),
      passingCount: calls.count(where: isTainted))
    guard case .output(let path, _)? = table.slots[first.path], let entry = table.entries[path]
    else { return fault }
    fault.suspects = isOutput ? unproved(leadingTo: entry) : suspects(leadingTo: entry)
    fault.inputs = entry.inputs.map(port)
    if case .layer(let layer) = entry.layer.body {
      fault.attributes = layer.attributes.values.map {
        Fault.Setting(name: $0, value: "\($1)")
      }
    }
    fault.weights = entry.layer.parameters.compactMap { role, name in
      model.tensors[name].map {
        Fault.Weight(role: role, name: name, dtype: $0.dtype.rawValue, shape: $0.dimensions)
      }
    }
    return fault
  }

  private func port(_ slot: Slot) -> Fault.Port {
    switch slot {
    case .input(let name): Fault.Port(name: name, shape: nil)
    case .output(let path, let output):
      Fault.Port(
        name: table.entries[path]?.name(of: output) ?? path,
        shape: table.shape(of: slot)?.known)
    }
  }

  /// A call, and all before it that are not shown to be right.
  private func unproved(leadingTo last: CallTable.Entry) -> [String] {
    let right = calls.filter {
      ($0.verdict == .ok || $0.verdict == .rounding) && !$0.isCumulative
    }
    let proved = Set(right.compactMap { table.slots[$0.path] })
    return ancestors(of: last) { _ in true }.filter { path in
      guard let entry = table.entries[path] else { return true }
      return !entry.names.indices.allSatisfy { proved.contains(.output(path: path, index: $0)) }
    }
  }

  /// A call, and those before it whose results reach it without being recorded.
  private func suspects(leadingTo last: CallTable.Entry) -> [String] {
    ancestors(of: last) { index.substitute(for: $0, shape: table.shape(of: $0)) == nil }
  }

  /// A call and those that lead to it, in the order of running.
  ///
  /// - Parameter isFollowed: Whether to go on to the call that makes a tensor.
  private func ancestors(
    of last: CallTable.Entry, through isFollowed: (Slot) -> Bool
  ) -> [String] {
    var found: Set<String> = [last.path]
    var pending = [last]
    while let entry = pending.popLast() {
      for slot in entry.inputs {
        guard case .output(let path, _) = slot, !found.contains(path), isFollowed(slot),
          let before = table.entries[path]
        else { continue }
        found.insert(path)
        pending.append(before)
      }
    }
    return table.entries.keys.filter(found.contains)
  }
}
