public import ModelGraph

/// What can be wrong with a model that is built, with the line of the program that is to blame.
@nonexhaustive public enum BuildError: Error, Hashable, Sendable {
  /// A layer cannot be called on these tensors.
  case call(
    SourcePlace, layer: String, kind: String, inputs: [Argument], ModelError, remedy: String?)
  /// Two layers were given one name.
  case duplicateName(SourcePlace, String, first: SourcePlace)
  /// A tensor that is given as an input of the model is made by a layer.
  case notAnInput(SourcePlace, layer: String, kind: String)
  /// The outputs need an input that is not among the inputs of the model.
  case inputMissing(SourcePlace, input: String)
  /// The model as a whole is wrong.
  case model(SourcePlace, ModelError)

  /// A tensor that a layer was called on.
  public struct Argument: Hashable, Sendable {
    /// The layer that makes it.
    public var layer: String
    /// The kind of that layer.
    public var kind: String
    /// The tensor's shape.
    public var shape: Shape
  }
}

extension BuildError: CustomStringConvertible {
  /// One sentence: the line first, then the layer, what is wrong, and the remedy if one is known.
  public var description: String {
    switch self {
    case .call(let place, let layer, let kind, let inputs, let error, let remedy):
      "\(place): layer '\(layer)' (\(kind)): " + Self.sentence(inputs, error)
        + (remedy.map { "; \($0)" } ?? "")
    case .duplicateName(let place, let name, let first):
      "\(place): a layer is named '\(name)' as the one of \(first)"
    case .notAnInput(let place, let layer, let kind):
      "\(place): '\(layer)' (\(kind)) is no input; models begin with 'Input(shape:)'"
    case .inputMissing(let place, let input):
      "\(place): the outputs need '\(input)', which is not among the model's inputs"
    case .model(let place, let error):
      "\(place): \(error)"
    }
  }

  private static func sentence(_ inputs: [Argument], _ error: ModelError) -> String {
    let list = inputs.map { "'\($0.layer)' (\($0.kind)) of shape \($0.shape)" }
    guard case .incompatibleShapes(_, let rule) = error else {
      return "\(error); it is called on " + list.listed()
    }
    return "inputs are " + list.listed(separator: " and ") + "; \(rule)"
  }
}

/// A call that cannot be made, before the layers have names.
struct BuildFailure: Error {
  let place: SourcePlace
  let callee: Callee
  let inputs: [(call: SymbolicCall, index: Int)]
  let error: ModelError

  /// The error with the names that the layers would have in a model.
  var named: BuildError {
    let calls = SymbolicCall.all(behind: inputs.map(\.call))
    let names = LayerNames(calls.map(\.callee) + [callee])
    let arguments = inputs.map {
      BuildError.Argument(
        layer: names[$0.call.callee], kind: $0.call.callee.kind, shape: $0.call.outputs[$0.index])
    }
    return .call(
      place, layer: names[callee], kind: callee.kind, inputs: arguments, error,
      remedy: remedy(arguments))
  }

  /// Two shapes of one addition that differ as those of a branch and its shortcut do.
  private func remedy(_ arguments: [BuildError.Argument]) -> String? {
    guard case .incompatibleShapes = error, arguments.count == 2 else { return nil }
    let depths = inputs.map { SymbolicCall.all(behind: [$0.call]).count }
    let shortcut = depths[0] < depths[1] ? 0 : 1
    return ShortcutProjection(from: arguments[shortcut].shape, to: arguments[1 - shortcut].shape)
      .map { "project the shortcut: \($0.source)(\(arguments[shortcut].layer))" }
  }
}

/// The 1×1 convolution that gives a shortcut the shape of its branch (He et al., 2015,
/// option B); shapes are channels last.
struct ShortcutProjection {
  let rank: Int
  let filters: Int
  let strides: [Int]

  /// The projection, or `nil` where none leads from one shape to the other.
  init?(from shortcut: Shape, to branch: Shape) {
    guard shortcut.rank == branch.rank, (2...4).contains(branch.rank), let filters = branch[-1],
      shortcut[-1] != nil
    else { return nil }
    rank = branch.rank
    self.filters = filters
    var strides: [Int] = []
    for axis in 1..<branch.rank - 1 {
      switch (shortcut[axis], branch[axis]) {
      case (let from?, let to?):
        let stride = to > 0 ? (from + to - 1) / to : 0
        guard stride > 0, (from + stride - 1) / stride == to else { return nil }
        strides.append(stride)
      case (nil, nil): strides.append(1)
      default: return nil
      }
    }
    self.strides = strides
  }

  /// The layer as it is written in Swift.
  var source: String {
    let isStrided = strides.contains { $0 > 1 }
    switch rank {
    case 2: return "Dense(\(filters))"
    case 3:
      return "Conv1D(\(filters), kernelSize: 1" + (isStrided ? ", strides: \(strides[0]))" : ")")
    default:
      return "Conv2D(\(filters), kernelSize: (1, 1)"
        + (isStrided ? ", strides: (\(strides[0]), \(strides[1])))" : ")")
    }
  }
}
