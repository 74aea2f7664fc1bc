public import ModelGraph

/// A tensor of a model that is being built: what will flow, without its elements.
///
/// Inputs make the first ones, and calls of layers make the others:
///
/// ```swift
/// let input = Input(shape: [256, 256, 64])
/// let output = Conv2D(64, kernelSize: (3, 3), padding: .same, activation: .relu)(input)
/// let model = try Model(inputs: input, outputs: output)
/// ```
///
/// Calls do not throw: a tensor that cannot be made carries the first error, with the
/// line of the call that made it, and `Model` throws it.
public struct SymbolicTensor: Sendable {
  enum Origin {
    case call(SymbolicCall, index: Int)
    case failure(BuildFailure)
  }

  let origin: Origin

  init(_ origin: Origin) {
    self.origin = origin
  }

  /// The shape, batch axis first; `nil` for a tensor that cannot be made.
  public var shape: Shape? {
    guard case .call(let call, let index) = origin else { return nil }
    return call.outputs[index]
  }

  /// Makes an input of a model.
  ///
  /// - Parameters:
  ///   - shape: The size of each axis after the batch axis; `nil` is one that is only known
  ///     when the model runs: `[nil, nil, 3]`.
  ///   - batchSize: The size of the batch axis, if it is known.
  ///   - dtype: The type that is fed.
  ///   - name: The name, `input_layer` by default.
  public init(
    shape: [Int?], batchSize: Int? = nil, dtype: DType = .float32, name: String? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) {
    let layer = InputLayer(batchShape: Shape([batchSize] + shape), dtype: dtype, name: name)
    self = SymbolicCall.make(.layer(layer), on: [], at: SourcePlace(file: file, line: line))[0]
  }

  /// The call that made the tensor, or the error that it carries.
  func made() throws(BuildFailure) -> (call: SymbolicCall, index: Int) {
    switch origin {
    case .call(let call, let index): (call, index)
    case .failure(let failure): throw failure
    }
  }
}

/// An input of a model: `Input(shape: [224, 224, 3])`, as Keras writes it.
public typealias Input = SymbolicTensor

/// A line of a program that builds a model.
public struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
  /// The module and the file: `MyModels/Blocks.swift`.
  public var file: String
  /// The line, counted from 1.
  public var line: UInt
  /// Whether it is that line, or one behind it: operators do not know where they stand.
  public var isExact = true

  /// Names a line.
  public init(file: StaticString, line: UInt) {
    self.file = "\(file)"
    self.line = line
  }

  /// The place as compilers write it: `MyModels/Blocks.swift:40`.
  public var description: String { (isExact ? "" : "behind ") + "\(file):\(line)" }
}
