/// The kinds of layers as colours tell them apart.
enum LayerGroup: String, CaseIterable, Sendable {
  case input, convolution, dense, normalization, activation, merging, pooling, reshaping
  case training, model, unsupported, other

  init(_ layer: LayerNode) {
    switch layer.body {
    case .graph: self = .model
    case .unsupported: self = .unsupported
    case .layer: self = Self.group(ofKind: layer.kind)
    }
  }

  private static func group(ofKind kind: String) -> LayerGroup {
    switch kind {
    case "InputLayer": .input
    case "Dense": .dense
    case "Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax": .activation
    case "Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract": .merging
    case "Flatten", "Permute", "RepeatVector", "Rescaling", "Reshape": .reshaping
    case "ActivityRegularization", "Dropout", "Identity": .training
    case _ where kind.contains("Conv"): .convolution
    case _ where kind.contains("Normalization"): .normalization
    case _ where kind.contains("Pooling"): .pooling
    case _ where kind.contains("Cropping"), _ where kind.contains("Padding"),
      _ where kind.contains("UpSampling"):
      .reshaping
    case _ where kind.contains("Dropout"), _ where kind.contains("Gaussian"): .training
    default: .other
    }
  }

  /// What the legend calls the group.
  var title: String {
    switch self {
    case .training: "Training only"
    case .model: "Nested model"
    case .unsupported: "Cannot be run"
    default: rawValue.prefix(1).uppercased() + rawValue.dropFirst()
    }
  }

  /// How a page shows a group.
  struct Colors: Sendable {
    var fill: String
    var stroke: String
  }

  /// The colours on a light page.
  var light: Colors {
    switch self {
    case .input: Colors(fill: "#eceff3", stroke: "#7d8896")
    case .convolution: Colors(fill: "#dce9ff", stroke: "#3b74d9")
    case .dense: Colors(fill: "#e8e0fd", stroke: "#7450d8")
    case .normalization: Colors(fill: "#fdf1c7", stroke: "#b98900")
    case .activation: Colors(fill: "#daf3e0", stroke: "#2f9553")
    case .merging: Colors(fill: "#ffe2d1", stroke: "#d9480f")
    case .pooling: Colors(fill: "#d2f0f3", stroke: "#0c8796")
    case .reshaping: Colors(fill: "#fbe0ec", stroke: "#c2407f")
    case .training, .other: Colors(fill: "#f4f4f2", stroke: "#94928c")
    case .model: Colors(fill: "#f7f8fb", stroke: "#5d6b9a")
    case .unsupported: Colors(fill: "#fff0f0", stroke: "#cf222e")
    }
  }

  /// The colours on a dark page.
  var dark: Colors {
    switch self {
    case .input: Colors(fill: "#262c35", stroke: "#8d97a5")
    case .convolution: Colors(fill: "#172b4f", stroke: "#6a9ff5")
    case .dense: Colors(fill: "#2b2150", stroke: "#a08af0")
    case .normalization: Colors(fill: "#3a300c", stroke: "#d6ab2c")
    case .activation: Colors(fill: "#143420", stroke: "#58bd7c")
    case .merging: Colors(fill: "#44210f", stroke: "#ff8a4c")
    case .pooling: Colors(fill: "#0d3439", stroke: "#44b9c7")
    case .reshaping: Colors(fill: "#401a2d", stroke: "#e27aae")
    case .training, .other: Colors(fill: "#2a2b2d", stroke: "#8b8d90")
    case .model: Colors(fill: "#141920", stroke: "#8794c4")
    case .unsupported: Colors(fill: "#3d1518", stroke: "#ff7b72")
    }
  }
}
