internal import OrderedCollections
internal import ModelGraph

/// A kind of node of TensorFlow's graphs, as `TensorFlowOpLayer` of Keras 2 writes it, and the
/// operation that it is.
struct TensorFlowNode: Sendable {
  /// The class of the operation in Keras 3.
  let operation: String
  /// What each input is: an operand, or a setting that is a constant.
  let inputs: [String]
  /// The operation's names of the node's attributes.
  let names: [String: String]
  /// What the node does that the operation does not do by itself.
  let settings: Attributes
  /// How many inputs, counted from the first, are one list of operands; the others are after them.
  ///
  /// `nil` where each input is one operand or setting.
  let listed: ClosedRange<Int>?
  /// What attributes may be that change nothing, by name.
  let neutral: [String: AttributeValue]

  private init(
    _ operation: String, _ inputs: [String] = ["x"], _ names: [String: String] = [:],
    _ settings: Attributes = [:], listed: ClosedRange<Int>? = nil,
    neutral: [String: AttributeValue] = [:]
  ) {
    self.operation = operation
    self.inputs = inputs
    self.names = names
    self.settings = settings
    self.listed = listed
    self.neutral = neutral
  }

  /// The kind of a name.
  static func named(_ name: String) -> TensorFlowNode? { table[name] }

  private static func pair(_ operation: String) -> TensorFlowNode {
    .init(operation, ["x1", "x2"])
  }

  private static func reduction(_ operation: String) -> TensorFlowNode {
    .init(operation, ["x", "axis"], ["keep_dims": "keepdims"])
  }

  private static func pool(_ operation: String) -> TensorFlowNode {
    .init(
      operation, ["inputs"], ["ksize": "pool_size", "strides": "strides", "padding": "padding"],
      neutral: channelsLast)
  }

  private static func resized(_ interpolation: String) -> TensorFlowNode {
    .init(
      "Resize", ["images", "size"],
      ["align_corners": "align_corners", "half_pixel_centers": "half_pixel_centers"],
      ["interpolation": .string(interpolation), "half_pixel_centers": .bool(false)])
  }

  private static func cumulation(_ operation: String) -> TensorFlowNode {
    .init(operation, ["x", "axis"], ["exclusive": "exclusive", "reverse": "reverse"])
  }

  private static let channelsLast: [String: AttributeValue] = [
    "data_format": .string("NHWC"), "explicit_paddings": .ints([]),
  ]
  private static let notSparse: [String: AttributeValue] = [
    "a_is_sparse": .bool(false), "b_is_sparse": .bool(false),
  ]

  /// Nodes that are functions of each element.
  private static let functions = [
    "Neg": "Negative", "Abs": "Absolute", "Sign": "Sign", "Square": "Square", "Sqrt": "Sqrt",
    "Rsqrt": "Rsqrt", "Reciprocal": "Reciprocal", "Inv": "Reciprocal", "Exp": "Exp",
    "Expm1": "Expm1", "Log": "Log", "Log1p": "Log1p", "Sin": "Sin", "Cos": "Cos", "Tan": "Tan",
    "Erf": "Erf", "Floor": "Floor", "Ceil": "Ceil", "Rint": "Round", "Round": "Round",
    "Tanh": "Tanh", "Sigmoid": "Sigmoid", "Relu": "Relu", "Relu6": "Relu6", "Elu": "Elu",
    "Selu": "Selu", "Softplus": "Softplus", "Softsign": "Softsign", "Identity": "Identity",
    "StopGradient": "StopGradient", "Snapshot": "Identity", "LogicalNot": "LogicalNot",
    "ZerosLike": "ZerosLike", "OnesLike": "OnesLike",
  ]

  /// Nodes that are functions of two elements.
  private static let combinations = [
    "Add": "Add", "AddV2": "Add", "Sub": "Subtract", "Mul": "Multiply", "RealDiv": "TrueDivide",
    "Div": "TrueDivide", "Maximum": "Maximum", "Minimum": "Minimum", "Pow": "Power",
    "FloorDiv": "FloorDivide", "FloorMod": "Mod", "DivNoNan": "DivideNoNan",
    "SquaredDifference": "SquaredDifference", "Equal": "Equal", "NotEqual": "NotEqual",
    "Less": "Less", "LessEqual": "LessEqual", "Greater": "Greater",
    "GreaterEqual": "GreaterEqual", "LogicalAnd": "LogicalAnd", "LogicalOr": "LogicalOr",
  ]

  private static let table: [String: TensorFlowNode] = others.merging(
    functions.mapValues { TensorFlowNode($0) }
  ) { $1 }.merging(combinations.mapValues(pair)) { $1 }

  private static let others: [String: TensorFlowNode] = [
    "AddN": .init("AddN", [], listed: 0...0),
    "BiasAdd": .init("Add", ["x1", "x2"], neutral: ["data_format": .string("NHWC")]),
    "Softmax": .init("Softmax", ["x"], [:], ["axis": .int(-1)]),
    "LogSoftmax": .init("LogSoftmax", ["x"], [:], ["axis": .int(-1)]),
    "LeakyRelu": .init("LeakyRelu", ["x"], ["alpha": "negative_slope"]),
    "Select": .init("Where", ["condition", "x1", "x2"]),
    "SelectV2": .init("Where", ["condition", "x1", "x2"]),
    "Cast": .init("Cast", ["x"], ["DstT": "dtype"], neutral: ["Truncate": .bool(false)]),
    "Mean": reduction("Mean"), "Sum": reduction("Sum"), "Prod": reduction("Prod"),
    "Max": reduction("Max"), "Min": reduction("Min"), "Any": reduction("Any"),
    "All": reduction("All"),
    "ArgMax": .init("Argmax", ["x", "axis"], neutral: ["output_type": .string("int64")]),
    "ArgMin": .init("Argmin", ["x", "axis"], neutral: ["output_type": .string("int64")]),
    "TopKV2": .init("TopK", ["x", "k"], neutral: ["sorted": .bool(true)]),
    "Cumsum": cumulation("Cumsum"), "Cumprod": cumulation("Cumprod"),
    "MatMul": .init(
      "Matmul", ["x1", "x2"], ["transpose_a": "transpose_a", "transpose_b": "transpose_b"],
      neutral: notSparse),
    "BatchMatMul": .init(
      "Matmul", ["x1", "x2"], ["adj_x": "transpose_a", "adj_y": "transpose_b"]),
    "BatchMatMulV2": .init(
      "Matmul", ["x1", "x2"], ["adj_x": "transpose_a", "adj_y": "transpose_b"]),
    "Reshape": .init("Reshape", ["x", "newshape"]), "Transpose": .init("Transpose", ["x", "axes"]),
    "ExpandDims": .init("ExpandDims", ["x", "axis"]),
    "Squeeze": .init("Squeeze", ["x"], ["squeeze_dims": "axis"]),
    "Tile": .init("Tile", ["x", "repeats"]), "ReverseV2": .init("Flip", ["x", "axis"]),
    "BroadcastTo": .init("BroadcastTo", ["x", "shape"]),
    "Pad": .init("Pad", ["x", "pad_width"]),
    "PadV2": .init("Pad", ["x", "pad_width", "constant_values"]),
    "MirrorPad": .init("Pad", ["x", "pad_width"], ["mode": "mode"]),
    "ConcatV2": .init("Concatenate", ["axis"], listed: 0...1),
    "Pack": .init("Stack", [], ["axis": "axis"], listed: 0...0),
    "Unpack": .init("Unstack", ["x"], ["axis": "axis", "num": "num"]),
    "Split": .init("Split", ["axis", "x"], ["num_split": "sections"]),
    "GatherV2": .init("Take", ["x", "indices", "axis"], ["batch_dims": "batch_dims"]),
    "Slice": .init("Slice", ["inputs", "start_indices", "shape"]),
    "MaxPool": pool("MaxPool"), "AvgPool": pool("AveragePool"),
    "Conv2D": .init(
      "Conv", ["inputs", "kernel"],
      ["strides": "strides", "padding": "padding", "dilations": "dilation_rate"],
      neutral: channelsLast.merging(["use_cudnn_on_gpu": .bool(true)]) { $1 }),
    "DepthwiseConv2dNative": .init(
      "DepthwiseConv", ["inputs", "kernel"],
      ["strides": "strides", "padding": "padding", "dilations": "dilation_rate"],
      neutral: channelsLast),
    "DepthToSpace": .init(
      "DepthToSpace", ["x"], ["block_size": "block_size"], neutral: channelsLast),
    "SpaceToDepth": .init(
      "SpaceToDepth", ["x"], ["block_size": "block_size"], neutral: channelsLast),
    "ResizeBilinear": resized("bilinear"), "ResizeNearestNeighbor": resized("nearest"),
    "ResizeBicubic": resized("bicubic"), "ResizeArea": resized("area"),
    "MatrixBandPart": .init("BandPart", ["x", "num_lower", "num_upper"]),
  ]
}
