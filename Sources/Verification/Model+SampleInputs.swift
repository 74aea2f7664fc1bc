public import OrderedCollections
public import ResidualGraph

extension Model {
  /// Random inputs, the same each time: in float32, uniform from -1 to 1, or whole numbers from 0
  /// to 255 where an input is one of integers.
  ///
  /// - Parameters:
  ///   - batchSize: The size of the first axis, where the model does not state it.
  ///   - size: The size of each other axis that the model does not state, such as height and width.
  ///   - seed: What the numbers begin with.
  /// - Throws: ``VerificationError`` where a size is not known, or an input would be too large.
  public func sampleInputs(
    batchSize: Int = 2, size: Int? = nil, seed: UInt64 = 0
  ) throws(VerificationError) -> OrderedDictionary<String, Tensor> {
    var generator = Xoshiro256(seed: seed)
    var inputs: OrderedDictionary<String, Tensor> = [:]
    for (reference, declared) in zip(graph.inputs, graph.inputShapes) {
      var shape = Shape(declared.dimensions.map { $0 ?? size })
      if shape.rank > 0, declared[0] == nil { shape[0] = batchSize }
      guard let dimensions = shape.known else {
        throw .unknownSize(input: reference.layer, declared)
      }
      guard let count = dimensions.checkedProduct(), count <= Self.sampleLimit else {
        throw .inputSize(input: reference.layer, shape, limit: Self.sampleLimit)
      }
      let isWhole = graph.inputType(reference).unitRoundoff == nil
      let elements = (0..<count).map { _ in
        isWhole
          ? Float(Int.random(in: 0...255, using: &generator))
          : Float.random(in: -1...1, using: &generator)
      }
      inputs[reference.layer] = Tensor(NDArray(dimensions, elements))
    }
    return inputs
  }

  /// The most elements that an input may have.
  private static let sampleLimit = 1 << 28
}

extension Graph {
  /// The type that an input's source is fed.
  fileprivate func inputType(_ reference: TensorReference) -> DType {
    guard case .layer(let layer) = layers[reference.layer]?.body, let input = layer as? InputLayer
    else { return .float32 }
    return input.dtype
  }
}
