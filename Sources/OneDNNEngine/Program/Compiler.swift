#if OneDNN

internal import ModelGraph

/// Chooses a layout for each tensor of a model, compiles a primitive for each operation, and
/// decides what lies where.
///
/// Convolutions choose their layouts, and everything between them takes the layout that it is
/// given: tensors are reordered only where two choices meet.
struct Compiler {
  private(set) var lowered: LoweredModel
  let constants: ConstantPool
  let primitives = PrimitivePool()
  var tensors: [Program.Tensor] = []
  var steps: [Program.Step] = []
  var plan = StoragePlan()
  /// The tensor that holds each value, in the layout it was made in.
  var made: [Int: Int] = [:]
  /// The tensors that hold a value: the one it was made in, and copies in other layouts.
  var holders: [Int: [Int]] = [:]
  /// The value that each tensor holds.
  var values: [Int] = []
  /// The tensors in each piece of memory that may still be read.
  private var tenants: [StoragePlan.Slot: [Int]] = [:]
  /// How often each value is still to be read.
  var pendingReads: [Int]
  private var scratchpadByteCount = 0

  /// Compiles operations.
  static func compile(_ lowered: LoweredModel, constants: ConstantPool) throws -> Program {
    var compiler = Compiler(lowered: lowered, constants: constants)
    return try compiler.program()
  }

  private init(lowered: LoweredModel, constants: ConstantPool) {
    self.lowered = lowered
    self.constants = constants
    pendingReads = lowered.readCounts
  }

  private mutating func program() throws -> Program {
    let inputs = try lowered.inputs.map { value in
      place(try Layout(rowMajor: lowered.shapes[value]), holding: value)
    }
    for operation in lowered.operations {
      for value in operation.reads { pendingReads[value] -= 1 }
      try compile(operation)
    }
    let outputs = try lowered.outputs.map { value in
      try tensor(of: value, in: Layout(rowMajor: lowered.shapes[value]), [])
    }
    for output in outputs { use(output) }
    plan.place()
    return Program(
      tensors: tensors, shapes: values.map { lowered.shapes[$0] }, steps: steps, inputs: inputs,
      outputs: outputs, plan: plan, scratchpadByteCount: scratchpadByteCount)
  }

  private mutating func compile(_ operation: Operation) throws {
    switch operation.kind {
    case .convolution(let filters, let window, let channelAxis):
      try convolution(operation, filters, window, channelAxis: channelAxis)
    case .product(let filters): try product(operation, filters)
    case .pooling(let kind, let kernel, let window, let channelAxis):
      try pooling(operation, kind, kernel, window, channelAxis: channelAxis)
    case .affine(let affine, let axis): try normalization(operation, affine, axis: axis)
    case .combination(let combination): try self.combination(operation, combination)
    case .constantCombination(let combination, let constant):
      try self.combination(operation, combination, with: constant)
    case .functions:
      let source = tensor(of: operation.inputs[0])
      try functions(operation, operation.elementFunctions, from: source)
    case .softmax(let axis): try softmax(operation, axis: axis)
    case .resampling(let kind, let channelAxis):
      try resampling(operation, kind, channelAxis: channelAxis)
    case .concatenation(let axis): try concatenation(operation, axis: axis)
    case .contraction(let product, let definition):
      try contraction(operation, product, definition)
    case .layerNormalization(let affine, let epsilon):
      try layerNormalization(operation, affine, epsilon: epsilon)
    case .recurrence(let weights, let axis, let isReversed):
      try recurrence(operation, weights, axis: axis, isReversed: isReversed)
    case .transposition(let order, let definition):
      try transposition(operation, order, definition)
    case .reshape: try reshape(operation)
    case .identity:
      record(tensors[tensor(of: operation.inputs[0])], holding: operation.outputs[0])
    case .padding(_, _, let definition), .reversal(_, let definition), .moments(let definition):
      try self.definition(operation, definition, [:])
    case .reference(let definition, let weights):
      try self.definition(operation, definition, weights)
    }
  }
}

// MARK: - Tensors

extension Compiler {
  /// Notes a tensor as the one that holds a value.
  @discardableResult
  mutating func record(_ tensor: Program.Tensor, holding value: Int) -> Int {
    tensors.append(tensor)
    values.append(value)
    let number = tensors.count - 1
    if made[value] == nil { made[value] = number }
    holders[value, default: []].append(number)
    tenants[plan.root(of: tensor.slot), default: []].append(number)
    return number
  }

  /// The tensor that a value was made in.
  func tensor(of value: Int) -> Int {
    guard let number = made[value] else { preconditionFailure("a value is read before it is made") }
    return number
  }

  /// A value in a layout, copied to it if there is no such tensor yet.
  mutating func tensor(of value: Int, in layout: Layout, _ calls: [CallPath]) throws -> Int {
    let found = holders[value, default: []]
    if let same = found.first(where: { tensors[$0].layout == layout }) { return same }
    let source = tensor(of: value)
    if layout.isRowMajor, tensors[source].layout.isRowMajor {
      return record(Program.Tensor(layout: layout, slot: tensors[source].slot), holding: value)
    }
    let copy = place(layout, holding: value)
    try add(
      primitives.primitive(.reorder(tensors[source].layout, to: layout)), calls,
      [(.source, source), (.destination, copy)])
    return copy
  }

  /// A new value, for the operation at hand alone.
  mutating func value(_ shape: [Int]) -> Int {
    pendingReads.append(0)
    return lowered.value(shape)
  }

  /// A new tensor for a value.
  mutating func place(_ layout: Layout, holding value: Int) -> Int {
    let slot = plan.slot(byteCount: layout.byteCount, step: steps.count)
    return record(Program.Tensor(layout: layout, slot: slot), holding: value)
  }

  /// A new tensor for a value where another tensor is that nobody reads any more; or a slot of its
  /// own, where somebody does or the layouts differ.
  mutating func place(_ layout: Layout, holding value: Int, over other: Int) -> Int {
    guard tensors[other].layout == layout, isOverwritable(other) else {
      return place(layout, holding: value)
    }
    return record(Program.Tensor(layout: layout, slot: tensors[other].slot), holding: value)
  }

  /// Whether nobody reads what lies where a tensor does after the operation at hand.
  mutating func isOverwritable(_ number: Int) -> Bool {
    let root = plan.root(of: tensors[number].slot)
    // What has been read for the last time stays so.
    tenants[root]?.removeAll { pendingReads[values[$0]] == 0 }
    return tenants[root]?.isEmpty ?? true
  }

  /// Makes a tensor part of another's memory.
  mutating func embed(_ slot: StoragePlan.Slot, in whole: Int, offset: Int) {
    let moved = tenants.removeValue(forKey: slot) ?? []
    plan.embed(slot, in: tensors[whole].slot, offset: offset)
    tenants[plan.root(of: slot), default: []] += moved
  }

  /// Whether two tensors share memory.
  func overlap(_ left: Int, _ right: Int) -> Bool {
    plan.root(of: tensors[left].slot) == plan.root(of: tensors[right].slot)
  }
}

// MARK: - Steps

extension Compiler {
  /// Adds a step that runs a primitive.
  mutating func add(
    _ primitive: DNNPrimitive, _ calls: [CallPath], operationCount: Int = 0,
    _ arguments: [(Argument, Int)], constants: [(Argument, Memory)] = []
  ) throws {
    for (_, number) in arguments { use(number) }
    var operands = arguments.map { ($0, Program.Operand.tensor($1)) }
    operands += constants.map { ($0, .constant($1)) }
    let byteCount = primitive.scratchpadByteCount
    if byteCount > 0 {
      scratchpadByteCount = max(scratchpadByteCount, byteCount)
      operands.append((.scratchpad, .scratchpad(try primitive.layout(.scratchpad))))
    }
    steps.append(
      Program.Step(
        action: .primitive(primitive, operands), calls: calls, operationCount: operationCount))
  }

  /// Adds a step that lays out patches.
  mutating func add(_ patches: Patches, _ calls: [CallPath], image: Int, to target: Int) {
    use(image)
    use(target)
    steps.append(
      Program.Step(
        action: .patches(patches, image: image, patches: target), calls: calls, operationCount: 0))
  }

  /// Adds a step that runs a definition.
  mutating func definition(
    _ operation: Operation, _ definition: Definition, _ weights: [String: Tensor]
  ) throws {
    let inputs = try operation.inputs.map { value in
      try tensor(of: value, in: Layout(rowMajor: lowered.shapes[value]), operation.calls)
    }
    let outputs = try operation.outputs.map { value in
      place(try Layout(rowMajor: lowered.shapes[value]), holding: value)
    }
    for number in inputs + outputs { use(number) }
    let roles = Set(definition.weights.map(\.role))
    let parameters = Parameters(
      try weights.filter { roles.contains($0.key) }.mapValues { try $0.array(Float.self) })
    steps.append(
      Program.Step(
        action: .definition(definition, parameters, inputs: inputs, outputs: outputs),
        calls: operation.calls, operationCount: operation.operationCount))
  }

  private mutating func use(_ number: Int) {
    plan.use(tensors[number].slot, step: steps.count)
  }
}

#endif
