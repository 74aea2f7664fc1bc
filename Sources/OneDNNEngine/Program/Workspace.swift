#if OneDNN

internal import ResidualGraph

/// The memory that one run of a program needs, and the program bound to it.
///
/// One thread at a time may use it.
@safe final class Workspace: @unchecked Sendable {
  private enum Step {
    case primitive(Primitive, Arguments)
    case patches(Patches, image: Place, patches: Place)
    case definition(any Layer, Parameters<Float>, inputs: [Place], outputs: [Place])
  }

  /// Where a tensor is.
  private enum Place {
    case input(Int, count: Int, shape: [Int])
    case arena(offset: Int, count: Int, shape: [Int])
  }

  private let program: Program
  private let arena: Buffer
  private let scratchpad: Buffer
  private var steps: [Step] = []
  /// What stands for each input, to be moved to where it is.
  private var inputMemories: [[Memory]]
  private var inputAddresses: [UnsafeRawPointer?]

  /// Allocates the memory of a run.
  init(_ program: Program) throws {
    self.program = program
    arena = try Buffer(byteCount: program.plan.byteCount)
    scratchpad = try Buffer(byteCount: program.scratchpadByteCount)
    inputMemories = program.inputs.map { _ in [] }
    unsafe inputAddresses = program.inputs.map { _ in nil }
    steps = try program.steps.map { try bound($0.action) }
  }

  private func bound(_ action: Program.Action) throws -> Step {
    switch action {
    case .definition(let layer, let parameters, let inputs, let outputs):
      return .definition(
        layer, parameters, inputs: inputs.map(place), outputs: outputs.map(place))
    case .patches(let patches, let image, let target):
      return .patches(patches, image: place(image), patches: place(target))
    case .primitive(let primitive, let operands):
      let memories = try operands.map { argument, operand in
        (argument, try memory(operand))
      }
      return .primitive(primitive, Arguments(memories))
    }
  }

  private func memory(_ operand: Program.Operand) throws -> Memory {
    switch operand {
    case .constant(let memory): return memory
    case .scratchpad(let layout):
      return try unsafe Memory(layout, at: scratchpad.address, owner: scratchpad)
    case .tensor(let number):
      let tensor = program.tensors[number]
      switch tensor.place {
      case .slot(let slot):
        let address = unsafe arena.address + program.plan.offset(of: slot)
        return try unsafe Memory(tensor.layout, at: address, owner: arena)
      case .input(let index):
        // It is moved to the input before each run.
        let memory = try unsafe Memory(tensor.layout, at: arena.address, owner: nil)
        inputMemories[index].append(memory)
        return memory
      }
    }
  }

  private func place(_ number: Int) -> Place {
    let tensor = program.tensors[number]
    let shape = tensor.layout.sizes
    let count = shape.reduce(1, *)
    return switch tensor.place {
    case .input(let index): .input(index, count: count, shape: shape)
    case .slot(let slot):
      .arena(offset: program.plan.offset(of: slot), count: count, shape: shape)
    }
  }
}

// MARK: - Running

extension Workspace {
  /// Runs the program.
  ///
  /// - Parameters:
  ///   - inputs: The elements of each input, as many as its shape says; they are only read.
  ///   - results: Where each result goes.
  ///   - observe: Is called after each step, with its number.
  func run(
    inputs: [UnsafeRawPointer], results: [UnsafeMutableRawPointer],
    observe: ((Int) -> Void)? = nil
  ) throws {
    for unsafe(index, address) in unsafe inputs.enumerated() {
      unsafe inputAddresses[index] = address
      for memory in inputMemories[index] {
        // Sound: no step writes to an input.
        try unsafe memory.move(to: UnsafeMutableRawPointer(mutating: address))
      }
    }
    for (number, step) in steps.enumerated() {
      switch step {
      case .primitive(let primitive, let arguments): try primitive.run(arguments)
      case .patches(let patches, let image, let target):
        let team = WorkTeams.current
        // Sound: the plan gave the patches a place of their own.
        unsafe patches.fill(
          from: address(image).0, to: UnsafeMutableRawPointer(mutating: address(target).0), by: team
        )
      case .definition(let layer, let parameters, let inputs, let outputs):
        let made = layer.forward(inputs.map(array), parameters)
        for (array, output) in zip(made, outputs) { store(array, output) }
      }
      observe?(number)
    }
    for unsafe(result, number) in unsafe zip(results, program.outputs) {
      let (source, count) = unsafe address(place(number))
      unsafe result.copyMemory(
        from: source, byteCount: count * MemoryLayout<Float>.stride)
    }
  }

  private func address(_ place: Place) -> (UnsafeRawPointer, count: Int) {
    switch place {
    case .arena(let offset, let count, _):
      return unsafe (UnsafeRawPointer(arena.address + offset), count)
    case .input(let index, let count, _):
      guard let address = unsafe inputAddresses[index] else {
        preconditionFailure("an input is read before it is given")
      }
      return unsafe (address, count)
    }
  }

  private func array(_ place: Place) -> NDArray<Float> {
    let (source, count) = unsafe address(place)
    // Sound: so many elements are there, by the shape that the place was planned for.
    let elements = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if count > 0, let start = buffer.baseAddress {
        unsafe UnsafeMutableRawPointer(start).copyMemory(
          from: source, byteCount: count * MemoryLayout<Float>.stride)
      }
      initialized = count
    }
    switch place {
    case .arena(_, _, let shape), .input(_, _, let shape): return NDArray(shape, elements)
    }
  }

  private func store(_ array: NDArray<Float>, _ place: Place) {
    guard case .arena(let offset, let count, _) = place else { return }
    precondition(array.elements.count == count, "a layer made more than its shape says")
    unsafe array.elements.withUnsafeBytes { bytes in
      guard let source = bytes.baseAddress else { return }
      unsafe (arena.address + offset).copyMemory(from: source, byteCount: bytes.count)
    }
  }
}

#endif
