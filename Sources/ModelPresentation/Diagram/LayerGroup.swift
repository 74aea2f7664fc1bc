internal import ModelGraph

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
  typealias Colors = (fill: String, stroke: String)

  /// Fill and stroke on a light page, then on a dark one.
  var colors: (light: Colors, dark: Colors) {
    switch self {
    case .input: (("#eceff3", "#7d8896"), ("#262c35", "#8d97a5"))
    case .convolution: (("#dce9ff", "#3b74d9"), ("#172b4f", "#6a9ff5"))
    case .dense: (("#e8e0fd", "#7450d8"), ("#2b2150", "#a08af0"))
    case .normalization: (("#fdf1c7", "#b98900"), ("#3a300c", "#d6ab2c"))
    case .activation: (("#daf3e0", "#2f9553"), ("#143420", "#58bd7c"))
    case .merging: (("#ffe2d1", "#d9480f"), ("#44210f", "#ff8a4c"))
    case .pooling: (("#d2f0f3", "#0c8796"), ("#0d3439", "#44b9c7"))
    case .reshaping: (("#fbe0ec", "#c2407f"), ("#401a2d", "#e27aae"))
    case .training, .other: (("#f4f4f2", "#94928c"), ("#2a2b2d", "#8b8d90"))
    case .model: (("#f7f8fb", "#5d6b9a"), ("#141920", "#8794c4"))
    case .unsupported: (("#fff0f0", "#cf222e"), ("#3d1518", "#ff7b72"))
    }
  }
}
