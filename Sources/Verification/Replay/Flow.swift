internal import OrderedCollections
internal import ModelGraph

/// The tensors that flow through a model from its inputs on, each kept until the last call that
/// reads it has been run.
struct Flow<Value> {
  private var values: [Slot: Value] = [:]
  private var pendingReads: [Slot: Int] = [:]

  /// Begins with what is fed.
  init(_ table: CallTable, _ inputs: OrderedDictionary<String, Value>) {
    for (name, value) in inputs { values[.input(name)] = value }
    let reads = table.entries.values.flatMap(\.inputs) + table.outputs.map(\.slot)
    for slot in reads { pendingReads[slot, default: 0] += 1 }
  }

  /// What a call is given.
  mutating func inputs(of entry: CallTable.Entry) throws(ModelError) -> [Value] {
    var inputs: [Value] = []
    for slot in entry.inputs { inputs.append(try read(slot, by: entry.path)) }
    return inputs
  }

  /// Goes on with what a call made.
  mutating func add(_ outputs: [Value], madeBy entry: CallTable.Entry) {
    for (index, output) in outputs.enumerated() {
      let slot = Slot.output(path: entry.path, index: index)
      if pendingReads[slot, default: 0] > 0 { values[slot] = output }
    }
  }

  /// What the model makes in the end.
  mutating func outputs(of table: CallTable) throws(ModelError) -> [Value] {
    var outputs: [Value] = []
    for output in table.outputs { outputs.append(try read(output.slot, by: output.names[0])) }
    return outputs
  }

  private mutating func read(_ slot: Slot, by reader: String) throws(ModelError) -> Value {
    guard let value = values[slot] else { throw .unknownTensor("\(slot)", neededBy: reader) }
    pendingReads[slot, default: 0] -= 1
    if pendingReads[slot] == 0 { values[slot] = nil }
    return value
  }
}
