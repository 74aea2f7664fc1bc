public import ModelLayers

/// A graph for inputs of given types, with nested models laid open: what each call computes, on
/// which tensors, and what is known of these.
///
/// Tensors have numbers here. A call that computes nothing itself hands numbers on: an input layer
/// that of what is fed, a nested model those of what the calls in it make, a layer that hands its
/// input's mask on that of the mask.
public struct Resolution: Sendable {
  /// The calls in the order in which they are run; one of a nested model comes behind those in it.
  public let calls: [ResolvedCall]
  /// All that is run: the calls, and behind each what makes the masks of its outputs, if they are
  /// not those of its inputs.
  package let steps: [ResolvedCall]
  /// What is known of each tensor, by its number; `nil` behind a layer that is not supported.
  package let types: [TensorType?]
  /// The tensors that are fed, in the order of the graph's inputs.
  package let inputs: [Int]
  /// The tensors that are the result, in the order of the graph's outputs.
  package let outputs: [Int]

  init(steps: [ResolvedCall], types: [TensorType?], inputs: [Int], outputs: [Int]) {
    self.steps = steps
    // Nearly always they are the same; looking at one in place copies nothing.
    let hasMasks = steps.indices.contains { steps[$0].makesMask }
    calls = hasMasks ? steps.filter { !$0.makesMask } : steps
    self.types = types
    self.inputs = inputs
    self.outputs = outputs
  }

  /// How often each tensor is read: by the calls that compute, and as a result of the graph.
  package var readCounts: [Int] {
    var counts = [Int](repeating: 0, count: types.count)
    for call in steps where call.definition != nil {
      for operand in call.operands { counts[operand] += 1 }
    }
    for output in outputs { counts[output] += 1 }
    return counts
  }

  /// Checks that no tensor of a run is too large.
  ///
  /// - Throws: `ModelError.elementCount`, naming the call, where one has more elements than the limit,
  ///   or sizes that are not known.
  package func check(elementLimit: Int) throws(ModelError) {
    for call in steps {
      do throws(ModelError) {
        try call.definition?.checkSizes(elementLimit: elementLimit)
      } catch {
        throw .at(layer: "\(call.path)", kind: call.layer.kind, error)
      }
    }
  }

  /// Checks that a run comes to an end in a time that somebody waits for.
  ///
  /// - Throws: `ModelError.operationCount`, naming the layer that has most of them, where all calls
  ///   together have more operations than the limit.
  package func check(operationLimit: Int) throws(ModelError) {
    var total = 0
    var largest = (work: 0, place: 0)
    for (place, call) in steps.enumerated() {
      guard let definition = call.definition else { continue }
      let work: Int
      do throws(ModelError) {
        work = try definition.work()
      } catch {
        throw .at(layer: "\(call.path)", kind: call.layer.kind, error)
      }
      total = total.addingSaturating(work)
      if work > largest.work { largest = (work, place) }
    }
    guard total > operationLimit else { return }
    let most = steps[largest.place]
    throw .operationCount(
      total, limit: operationLimit, layer: "\(most.path)", kind: most.layer.kind)
  }

  /// Whether each item of a batch is computed by itself in tensors and lies along their first axis, as
  /// far as the primitives of the layers tell.
  package func separatesItems(of tensors: [Int]) -> Bool {
    var places = [ItemAxis](repeating: .mixed, count: types.count)
    for input in inputs { places[input] = .axis(0) }
    for call in steps {
      guard let definition = call.definition else { continue }
      let made = definition.items(in: call.operands.map { places[$0] })
      for (result, place) in zip(call.results, made) { places[result] = place }
    }
    return tensors.allSatisfy { places[$0] == .axis(0) }
  }
}

/// One call of a graph that is resolved.
public struct ResolvedCall: Sendable {
  /// The call.
  public let path: CallPath
  /// Which call of the layer it is, counted from 0.
  package let node: Int
  /// The layer that is called, with what the call gives to it besides tensors.
  public let layer: LayerNode
  /// The layer's path: as the call's, without the numbers of calls.
  public let layerPath: String
  /// What the call computes; `nil` for an input, a nested model, a layer that is not supported, and
  /// what stands behind one.
  public let definition: Definition?
  /// The numbers of the tensors that it computes with; masks among them are the last.
  package let operands: [Int]
  /// The numbers of its outputs.
  package let results: [Int]
  /// Whether this is no call, but what makes masks of the outputs of the call of that path.
  package let makesMask: Bool
  /// The masks of operands and outputs; `nil` where none has one, as nearly always.
  private let maskNumbers: (operands: [Int?], results: [Int?])?
  /// What is known of the operands and outputs, where no definition says it.
  private let types: (operands: [TensorType?], results: [TensorType?])?

  init(
    path: CallPath, node: Int, layer: LayerNode, layerPath: String, definition: Definition?,
    operands: [Int], results: [Int], makesMask: Bool,
    masks: (operands: [Int?], results: [Int?])?,
    types: @autoclosure () -> (operands: [TensorType?], results: [TensorType?])
  ) {
    self.path = path
    self.node = node
    self.layer = layer
    self.layerPath = layerPath
    self.definition = definition
    self.operands = operands
    self.results = results
    self.makesMask = makesMask
    maskNumbers = masks
    self.types = definition == nil ? types() : nil
  }

  /// The number of the mask of each operand; `nil` for one that has none.
  package var operandMasks: [Int?] { maskNumbers?.operands ?? operands.map { _ in nil } }
  /// The number of the tensors that it computes with, without the masks among them.
  package var tensorCount: Int {
    let masks = operandMasks.compactMap(\.self)
    return operands.suffix(masks.count).elementsEqual(masks)
      ? operands.count - masks.count : operands.count
  }
  /// The number of the mask of each output; `nil` for one that has none.
  package var masks: [Int?] { maskNumbers?.results ?? results.map { _ in nil } }
  /// What is known of the tensors that it computes with.
  package var inputTypes: [TensorType?] {
    // The first tensors of a definition are its inputs.
    types?.operands ?? definition.map { Array($0.types.prefix(operands.count)) } ?? []
  }
  /// What is known of its outputs.
  package var outputTypes: [TensorType?] {
    types?.results ?? definition?.outputs.map(\.type) ?? []
  }

  /// The shapes of the tensors that it computes with, of texts without their bytes; `nil` behind a layer
  /// that is not supported.
  public var inputs: [Shape?] { inputTypes.map { $0?.itemShape } }
  /// The shapes of its outputs; `nil` for a layer that is not supported.
  public var outputs: [Shape?] { outputTypes.map { $0?.itemShape } }
}
