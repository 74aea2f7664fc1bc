#if OneDNN

internal import ModelGraph

/// The memory that one run of a program needs, and the program bound to it.
///
/// One thread at a time may use it.
@safe final class Workspace: @unchecked Sendable {
  private enum Step {
    case primitive(DNNPrimitive, Arguments)
    case patches(Patches, image: Int, patches: Int)
    case definition(Definition, Parameters<Float>, inputs: [Int], outputs: [Int])
  }

  private let program: Program
  private let arena: Buffer
  private let scratchpad: Buffer
  private var steps: [Step] = []

  /// Allocates the memory of a run.
  init(_ program: Program) throws {
    self.program = program
    arena = try Buffer(byteCount: program.plan.byteCount)
    scratchpad = try Buffer(byteCount: program.scratchpadByteCount)
    steps = try program.steps.map { try bound($0.action) }
  }

  /// Moves the memory to large pages.
  func useLargePages() {
    arena.useLargePages()
    scratchpad.useLargePages()
  }

  private func bound(_ action: Program.Action) throws -> Step {
    switch action {
    case .definition(let definition, let parameters, let inputs, let outputs):
      return .definition(definition, parameters, inputs: inputs, outputs: outputs)
    case .patches(let patches, let image, let target):
      return .patches(patches, image: image, patches: target)
    case .primitive(let primitive, let operands):
      return .primitive(
        primitive, Arguments(try operands.map { ($0, try memory($1)) }))
    }
  }

  private func memory(_ operand: Program.Operand) throws -> Memory {
    switch operand {
    case .constant(let memory): memory
    case .scratchpad(let layout):
      try unsafe Memory(layout, at: scratchpad.address, owner: scratchpad)
    case .tensor(let number):
      try unsafe Memory(program.tensors[number].layout, at: address(number), owner: arena)
    }
  }

  private func address(_ number: Int) -> UnsafeMutableRawPointer {
    unsafe arena.address + program.plan.offset(of: program.tensors[number].slot)
  }
}

// MARK: - Running

extension Workspace {
  /// Runs the program.
  ///
  /// - Parameters:
  ///   - inputs: Tensors of float32, each of one or several groups of items that follow each other.
  ///   - group: Which of them is the input.
  ///   - observe: Is called after each step, with its number.
  /// - Returns: The elements of each result.
  func run(
    _ inputs: [Tensor], group: Int = 0, observe: ((Int) -> Void)? = nil
  ) throws -> [[Float]] {
    for (input, number) in zip(inputs, program.inputs) { try load(input, group: group, number) }
    for (number, step) in steps.enumerated() {
      switch step {
      case .primitive(let primitive, let arguments): try primitive.run(arguments)
      case .patches(let patches, let image, let target):
        // Sound: the plan gave the patches a place of their own.
        unsafe patches.fill(
          from: UnsafeRawPointer(address(image)), to: address(target), by: WorkTeams.current)
      case .definition(let definition, let parameters, let inputs, let outputs):
        let arrays = inputs.map { NDArray(program.shapes[$0], elements(of: $0)) }
        let results: [NDArray<Float>]
        do throws(ModelError) {
          try definition.check(arrays)
          results = definition.values(arrays, parameters)
          try definition.check(results: results)
        } catch {
          let call = program.steps[number].calls.last.map { "\($0)" } ?? ""
          throw ModelError.engine("layer '\(call)' \(error)")
        }
        for (array, output) in zip(results, outputs) {
          store(array.elements, output)
        }
      }
      observe?(number)
    }
    return program.outputs.map(elements)
  }

  /// Copies one group of an input to its place.
  private func load(_ input: Tensor, group: Int, _ number: Int) throws {
    let byteCount = elementCount(of: number) * MemoryLayout<Float>.stride
    try input.bytes.withBytes { bytes in
      unsafe bytes.withUnsafeBytes { bytes in
        precondition(
          (group + 1) * byteCount <= bytes.count, "an input has fewer items than it says")
        guard let source = bytes.baseAddress else { return }
        unsafe address(number).copyMemory(
          from: source + group * byteCount, byteCount: byteCount)
      }
    }
  }

  private func elementCount(of number: Int) -> Int {
    program.shapes[number].reduce(1, *)
  }

  /// The elements of a row-major tensor.
  private func elements(of number: Int) -> [Float] {
    let count = elementCount(of: number)
    // Sound: so many elements are there, by the layout that the place was planned for.
    return unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress {
        unsafe UnsafeMutableRawPointer(start).copyMemory(
          from: address(number), byteCount: count * MemoryLayout<Float>.stride)
      }
      initialized = count
    }
  }

  private func store(_ elements: [Float], _ number: Int) {
    precondition(
      elements.count == elementCount(of: number), "a layer made more or less than its shape says")
    unsafe elements.withUnsafeBytes { bytes in
      guard let source = bytes.baseAddress else { return }
      unsafe address(number).copyMemory(from: source, byteCount: bytes.count)
    }
  }
}

#endif
