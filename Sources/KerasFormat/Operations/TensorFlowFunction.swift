internal import OrderedCollections
internal import ModelGraph

/// A function of TensorFlow as Keras 2 writes it, and the operation that it is.
struct TensorFlowFunction: Sendable {
  /// The class of the operation in Keras 3.
  let operation: String
  /// The operation's names of what the function is given by name.
  let names: [String: String]
  /// What the function does unless it is told otherwise, where the operation does something else.
  let settings: Attributes
  /// What it may be told that changes nothing, by name.
  let neutral: [String: AttributeValue]
  /// Whether parts are told by their sizes.
  var splitsBySizes = false

  private init(
    _ operation: String, _ names: [String: String] = [:], _ settings: Attributes = [:],
    neutral: [String: AttributeValue] = [:], splitsBySizes: Bool = false
  ) {
    self.neutral = neutral
    self.operation = operation
    self.names = names
    self.settings = settings
    self.splitsBySizes = splitsBySizes
  }

  /// The function of a name.
  static func named(_ symbol: String) -> TensorFlowFunction? { table[symbol] }

  private static let pair = ["y": "x2"]
  private static let axes = ["axis": "axis", "keepdims": "keepdims"]

  private static let table: [String: TensorFlowFunction] = [
    "__operators__.add": .init("Add", pair), "math.add": .init("Add", pair),
    "math.subtract": .init("Subtract", pair), "math.multiply": .init("Multiply", pair),
    "math.truediv": .init("TrueDivide", pair), "math.divide": .init("Divide", pair),
    "math.pow": .init("Power", pair), "math.maximum": .init("Maximum", pair),
    "math.minimum": .init("Minimum", pair),
    "math.floormod": .init("Mod", pair), "math.divide_no_nan": .init("DivideNoNan", pair),
    "math.add_n": .init("AddN"), "math.reduce_logsumexp": .init("Logsumexp", axes),
    "linalg.matmul": .init(
      "Matmul", ["b": "x2", "transpose_a": "transpose_a", "transpose_b": "transpose_b"],
      neutral: [
        "adjoint_a": .bool(false),
        "adjoint_b": .bool(false), "a_is_sparse": .bool(false), "b_is_sparse": .bool(false),
      ]),
    "math.squared_difference": .init("SquaredDifference", pair),
    "compat.v1.floor_div": .init("FloorDivide", pair),
    "nn.bias_add": .init("Add", ["bias": "x2"], neutral: ["data_format": .string("NHWC")]),
    "math.reduce_any": .init("Any", axes), "math.reduce_all": .init("All", axes),
    "where": .init("Where", ["x": "x1", "y": "x2"]),
    "math.equal": .init("Equal", pair), "math.not_equal": .init("NotEqual", pair),
    "math.less": .init("Less", pair), "math.less_equal": .init("LessEqual", pair),
    "math.greater": .init("Greater", pair), "math.greater_equal": .init("GreaterEqual", pair),
    "math.logical_and": .init("LogicalAnd", pair), "math.logical_or": .init("LogicalOr", pair),
    "math.logical_not": .init("LogicalNot"),
    "math.negative": .init("Negative"), "math.abs": .init("Absolute"),
    "math.sign": .init("Sign"), "math.square": .init("Square"), "math.sqrt": .init("Sqrt"),
    "math.rsqrt": .init("Rsqrt"), "math.reciprocal": .init("Reciprocal"),
    "math.exp": .init("Exp"), "math.expm1": .init("Expm1"), "math.log": .init("Log"),
    "math.log1p": .init("Log1p"), "math.sin": .init("Sin"), "math.cos": .init("Cos"),
    "math.tan": .init("Tan"), "math.erf": .init("Erf"), "math.floor": .init("Floor"),
    "math.ceil": .init("Ceil"), "math.round": .init("Round"),
    "clip_by_value": .init(
      "Clip", ["clip_value_min": "x_min", "clip_value_max": "x_max"]),
    "math.tanh": .init("Tanh"), "math.sigmoid": .init("Sigmoid"),
    "math.softplus": .init("Softplus"), "nn.relu": .init("Relu"), "nn.relu6": .init("Relu6"),
    "nn.silu": .init("Silu"), "nn.selu": .init("Selu"), "nn.softsign": .init("Softsign"),
    "nn.elu": .init("Elu"), "nn.leaky_relu": .init("LeakyRelu", ["alpha": "negative_slope"]),
    "nn.gelu": .init("Gelu", ["approximate": "approximate"], ["approximate": .bool(false)]),
    "nn.softmax": .init("Softmax", ["axis": "axis"], ["axis": .int(-1)]),
    "nn.log_softmax": .init("LogSoftmax", ["axis": "axis"], ["axis": .int(-1)]),
    "math.reduce_mean": .init("Mean", axes), "math.reduce_sum": .init("Sum", axes),
    "math.reduce_prod": .init("Prod", axes), "math.reduce_max": .init("Max", axes),
    "math.reduce_min": .init("Min", axes), "math.reduce_variance": .init("Var", axes),
    "math.reduce_std": .init("Std", axes),
    "reshape": .init("Reshape", ["shape": "newshape"]),
    "expand_dims": .init("ExpandDims", ["axis": "axis"]),
    "compat.v1.squeeze": .init("Squeeze", ["axis": "axis"]),
    "compat.v1.transpose": .init(
      "Transpose", ["perm": "axes"], neutral: ["conjugate": .bool(false)]),
    "reverse": .init("Flip", ["axis": "axis"]),
    "repeat": .init("Repeat", ["repeats": "repeats", "axis": "axis"]),
    "tile": .init("Tile", ["multiples": "repeats"]),
    "roll": .init("Roll", ["shift": "shift", "axis": "axis"]),
    "unstack": .init("Unstack", ["num": "num", "axis": "axis"]),
    "compat.v1.pad": .init(
      "Pad", ["paddings": "pad_width", "mode": "mode", "constant_values": "constant_values"]),
    "broadcast_to": .init("BroadcastTo", ["shape": "shape"]),
    "concat": .init("Concatenate", ["axis": "axis"]), "stack": .init("Stack", ["axis": "axis"]),
    "split": .init(
      "Split", ["num_or_size_splits": "indices_or_sections", "axis": "axis"],
      splitsBySizes: true),
    "__operators__.getitem": .init("GetItem", ["slice_spec": "key"]),
    "cast": .init("Cast", ["dtype": "dtype"]), "identity": .init("Identity"),
    "stop_gradient": .init("StopGradient"),
    "math.argmax": .init("Argmax", ["axis": "axis"], ["axis": .int(0)], neutral: wholeTypes),
    "math.argmin": .init("Argmin", ["axis": "axis"], ["axis": .int(0)], neutral: wholeTypes),
    "math.top_k": .init("TopK", ["k": "k"], ["k": .int(1)], neutral: ["sorted": .bool(true)]),
    "sort": .init("Sort", ["axis": "axis"], neutral: ["direction": .string("ASCENDING")]),
    "argsort": .init(
      "Argsort", ["axis": "axis"],
      neutral: ["direction": .string("ASCENDING"), "stable": .bool(false)]),
    "math.cumsum": .init("Cumsum", cumulated, ["axis": .int(0)]),
    "math.cumprod": .init("Cumprod", cumulated, ["axis": .int(0)]),
    "one_hot": .init("OneHot", ["depth": "num_classes", "axis": "axis", "dtype": "dtype"]),
    "compat.v1.gather": .init(
      "Take", ["indices": "indices", "axis": "axis", "batch_dims": "batch_dims"]),
    "zeros_like": .init("ZerosLike", ["dtype": "dtype"]),
    "ones_like": .init("OnesLike", ["dtype": "dtype"]),
    "math.l2_normalize": .init("L2Normalize", ["axis": "axis", "epsilon": "epsilon"]),
    "compat.v1.norm": .init(
      "EuclideanNorm", axes, neutral: ["ord": .string("euclidean")]),
    "nn.max_pool2d": .init("MaxPool", pooled, neutral: channelsLast),
    "nn.avg_pool2d": .init("AveragePool", pooled, neutral: channelsLast),
    "compat.v1.nn.conv2d": .init(
      "Conv",
      [
        "filter": "kernel", "filters": "kernel", "strides": "strides", "padding": "padding",
        "dilations": "dilation_rate",
      ],
      neutral: ["data_format": .string("NHWC"), "use_cudnn_on_gpu": .bool(true)]),
    "compat.v1.nn.depthwise_conv2d": .init(
      "DepthwiseConv",
      [
        "filter": "kernel", "strides": "strides", "padding": "padding", "rate": "dilation_rate",
        "dilations": "dilation_rate",
      ], neutral: channelsLast),
    "nn.depth_to_space": .init(
      "DepthToSpace", ["block_size": "block_size"], neutral: channelsLast),
    "nn.space_to_depth": .init(
      "SpaceToDepth", ["block_size": "block_size"], neutral: channelsLast),
    "linalg.band_part": .init(
      "BandPart", ["num_lower": "num_lower", "num_upper": "num_upper"]),
    "slice": .init("Slice", ["begin": "start_indices", "size": "shape"]),
    "shape": .init("Shape", neutral: shapeTypes),
    "compat.v1.shape": .init("Shape", neutral: shapeTypes),
    "tensordot": .init("Tensordot", ["b": "x2", "axes": "axes"]),
    "linalg.trace": .init("Trace", [:], matrices),
    "linalg.diag_part": .init("Diagonal", [:], matrices, neutral: ["k": .int(0)]),
    "linalg.normalize": .init("NormalizeByNorm", ["axis": "axis", "ord": "order"]),
    "math.reduce_euclidean_norm": .init("EuclideanNorm", axes),
    "math.log_sigmoid": .init("LogSigmoid"), "math.sinh": .init("Sinh"),
    "math.cosh": .init("Cosh"), "math.asin": .init("Arcsin"), "math.acos": .init("Arccos"),
    "math.atan": .init("Arctan"), "math.asinh": .init("Arcsinh"), "math.acosh": .init("Arccosh"),
    "math.atanh": .init("Arctanh"),
    "image.rgb_to_grayscale": .init("RGBToGrayscale"),
    // All axes but that of the batch as one.
    "keras.backend.batch_flatten": .init(
      "Reshape", [:], ["newshape": .ints([0, -1]), "copies_zeros": .bool(true)]),
    "image.flip_left_right": .init("Flip", [:], ["axis": .int(-2)]),
    "image.flip_up_down": .init("Flip", [:], ["axis": .int(-3)]),
    "compat.v1.nn.max_pool": .init("MaxPool", pooled, neutral: channelsLast),
    "compat.v1.nn.avg_pool": .init("AveragePool", pooled, neutral: channelsLast),
    "image.resize": .init(
      "Resize", ["size": "size", "method": "interpolation", "antialias": "antialias"],
      neutral: ["preserve_aspect_ratio": .bool(false)]),
    "compat.v1.image.resize_images": .init(
      "Resize", ["size": "size", "method": "interpolation", "align_corners": "align_corners"],
      ["half_pixel_centers": .bool(false)], neutral: ["preserve_aspect_ratio": .bool(false)]),
    "compat.v1.image.resize_bilinear": resized("bilinear"),
    "compat.v1.image.resize_nearest_neighbor": resized("nearest"),
    "compat.v1.image.resize_bicubic": resized("bicubic"),
    "compat.v1.image.resize_area": resized("area"),
  ]

  /// A function of TensorFlow 1, for which pixels are points unless it is told otherwise.
  private static func resized(_ interpolation: String) -> TensorFlowFunction {
    .init(
      "Resize",
      [
        "size": "size", "align_corners": "align_corners",
        "half_pixel_centers": "half_pixel_centers",
      ],
      ["interpolation": .string(interpolation), "half_pixel_centers": .bool(false)])
  }

  private static let shapeTypes: [String: AttributeValue] = ["out_type": .string("int32")]
  private static let matrices: Attributes = ["axis1": .int(-2), "axis2": .int(-1)]
  private static let cumulated = [
    "axis": "axis", "exclusive": "exclusive", "reverse": "reverse",
  ]
  private static let pooled = ["ksize": "pool_size", "strides": "strides", "padding": "padding"]
  private static let channelsLast: [String: AttributeValue] = ["data_format": .string("NHWC")]
  private static let wholeTypes: [String: AttributeValue] = ["output_type": .string("int64")]
}
