#if OneDNN

internal import ModelGraph

/// A model compiled for inputs of given shapes: what is run, in order, on which memory.
///
/// It holds no memory but the weights'; each `Workspace` has its own.
struct Program {
  /// A tensor that a step reads or writes.
  enum Operand {
    /// A tensor of the run, by its number in `tensors`.
    case tensor(Int)
    /// Weights.
    case constant(Memory)
    /// The memory that primitives need while they run.
    case scratchpad(Layout)
  }

  /// What a step does.
  enum Action {
    case primitive(DNNPrimitive, [(Argument, Operand)])
    /// Lays out what each element of a kernel sees.
    case patches(Patches, image: Int, patches: Int)
    /// Runs a definition on row-major tensors.
    case definition(Definition, Parameters<Float>, inputs: [Int], outputs: [Int])
  }

  /// One step.
  struct Step {
    let action: Action
    /// The calls that it is part of.
    let calls: [CallPath]
    let operationCount: Int

    /// What runs it.
    var name: String {
      switch action {
      case .primitive(let primitive, _): primitive.implementation
      case .patches: "patches"
      case .definition: "reference"
      }
    }
  }

  /// A tensor: how it lies, and where.
  struct Tensor {
    let layout: Layout
    let slot: StoragePlan.Slot
  }

  let tensors: [Tensor]
  /// The shape of each tensor.
  let shapes: [[Int]]
  let steps: [Step]
  /// The inputs and results, row-major, by their numbers in `tensors`.
  let inputs: [Int]
  let outputs: [Int]
  let plan: StoragePlan
  let scratchpadByteCount: Int

  /// The shapes of the results.
  var outputShapes: [[Int]] { outputs.map { shapes[$0] } }
}

#endif
