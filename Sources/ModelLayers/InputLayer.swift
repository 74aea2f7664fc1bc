/// Where a graph is fed.
public struct InputLayer: Layer {
  /// The name in the schema and in Keras.
  public static let kind = "InputLayer"

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The shape that is fed, batch axis first.
  public let batchShape: Shape
  /// The type that the source is fed.
  public let dtype: DType

  /// Makes an input.
  public init(batchShape: Shape, dtype: DType = .float32, name: String? = nil) {
    self.batchShape = batchShape
    self.dtype = dtype
    declaration = LayerDeclaration(name: name)
  }

  /// Makes an input of any batch size, as `Input(shape:)` does.
  ///
  /// - Parameter shape: The size of each axis after the batch axis; `nil` where it is only known
  ///   when the model runs.
  public init(shape: [Int?], dtype: DType = .float32, name: String? = nil) {
    self.init(batchShape: Shape([nil] + shape), dtype: dtype, name: name)
  }

  /// Makes an input of what is fed; of texts, the last axis are their bytes, as many as there are.
  package init(feeding shape: Shape, _ dtype: DType, name: String? = nil) {
    self.init(batchShape: TensorType(shape, dtype).itemShape, dtype: dtype, name: name)
  }

  /// What is fed: texts have one axis more, of their bytes.
  public var fedType: TensorType {
    dtype == .string
      ? TensorType(Shape(batchShape.dimensions + [nil]), dtype)
      : TensorType(batchShape, dtype.numberType)
  }

  /// Reads `batch_shape` (unknown sizes are -1) and `dtype`.
  public init(attributes: Attributes) throws(ModelError) {
    let sizes = try attributes.ints("batch_shape")
    guard sizes.count <= Shape.maximumRank else {
      throw .axisCount(sizes.count, limit: Shape.maximumRank)
    }
    guard sizes.allSatisfy({ $0 >= -1 }) else {
      throw .attribute("batch_shape", expected: "sizes, or -1 for unknown", found: "\(sizes)")
    }
    batchShape = Shape(sizes.map { $0 == -1 ? nil : $0 })
    dtype = try attributes.choice("dtype", default: DType.float32)
    guard sizes.count < Shape.maximumRank || dtype != .string else {
      throw .axisCount(sizes.count + 1, limit: Shape.maximumRank)
    }
  }

  /// The complete canonical attributes.
  public var attributes: Attributes {
    [
      "batch_shape": .ints(batchShape.dimensions.map { $0 ?? -1 }),
      "dtype": .string(dtype.rawValue),
    ]
  }

  /// What is fed.
  public func define(
    _ inputs: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    guard inputs.isEmpty else { throw .inputCount(expected: "0", found: inputs.count) }
    return [definition.fed(dtype == .string ? fedType : TensorType(batchShape))]
  }
}
