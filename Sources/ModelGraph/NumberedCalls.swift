internal import HeapModule
internal import OrderedCollections
internal import ModelLayers

/// The calls of a graph, numbered as they are given.
struct NumberedCalls {
  private let calls: [Call]
  private var numbers: [String: Int]
  /// The number of calls of layers that one run makes, those in nested models included.
  private(set) var runCallCount = 0

  /// Numbers calls.
  ///
  /// - Throws: `ModelError` for a call of a layer that there is not, one that its layer does not take,
  ///   and one that is there twice.
  init(
    _ calls: [Call], layers: OrderedDictionary<String, LayerNode>
  ) throws(ModelError) {
    self.calls = calls
    numbers = Dictionary(minimumCapacity: calls.count)
    for (number, call) in calls.enumerated() {
      guard let layer = layers[call.layer] else {
        throw .unknownTensor(call.layer, neededBy: call.name)
      }
      do throws(ModelError) {
        try layer.check(call)
      } catch {
        throw .at(layer: call.name, kind: layer.kind, error)
      }
      guard numbers.updateValue(number, forKey: call.name) == nil else {
        throw .duplicateTensor(call.name)
      }
      runCallCount += 1
      if case .graph(let inner) = layer.body { runCallCount += inner.runCallCount }
    }
  }

  /// The call that makes a tensor, or `nil` where none does.
  func maker(of tensor: TensorReference) -> Int? {
    guard tensor.index >= 0 else { return nil }
    return numbers[Call(tensor.layer, node: tensor.node, arguments: [:]).name]
  }

  /// The calls in an order in which they can be run: Kahn's algorithm, taking them in the given
  /// order wherever that is possible.
  ///
  /// - Throws: `ModelError` where a call needs a tensor that nothing makes, or calls wait for each
  ///   other.
  func ordered() throws(ModelError) -> [Call] {
    var waiting = [Int](repeating: 0, count: calls.count)
    var consumers = [[Int]](repeating: [], count: calls.count)
    for (number, call) in calls.enumerated() {
      for argument in call.arguments.values {
        for input in argument.tensors {
          guard let producer = maker(of: input) else {
            throw .unknownTensor("\(input)", neededBy: call.name)
          }
          consumers[producer].append(number)
          waiting[number] += 1
        }
      }
    }
    var ready = Heap(calls.indices.filter { waiting[$0] == 0 })
    var order: [Call] = []
    order.reserveCapacity(calls.count)
    while let number = ready.popMin() {
      order.append(calls[number])
      for consumer in consumers[number] {
        waiting[consumer] -= 1
        if waiting[consumer] == 0 { ready.insert(consumer) }
      }
    }
    guard order.count == calls.count else {
      let stuck = calls.indices.filter { waiting[$0] > 0 }.map { calls[$0].name }
      throw .cycle(Array(stuck.prefix(8)))
    }
    return order
  }
}
