/// Keras's own classes that are not run, and why, to follow "it".
enum RefusedClasses {
  /// The reason against a class, by its name in files.
  static let reasons: [String: String] = [
    "AbstractRNNCell": base, "Layer": base, "Wrapper": base,
    "Pipeline": "runs its layers as in training unless a call says otherwise",
    "Equalization": "is put into no model by Keras 3.15, which finds a cycle there",
    "RandomColorDegeneration": unsaved, "RandomPosterization": unsaved,
    "RandomSaturation": unsaved, "RandomSharpness": unsaved, "Solarization": unsaved,
    "MaxNumBoundingBoxes": "counts boxes, which are no tensors",
    "DenseFeatures": "takes columns that only TensorFlow's estimators make",
    "Lambda": "stores Python code",
    "TFSMLayer": "runs a program of TensorFlow's that stands in another folder",
    "TorchModuleWrapper": "stores a module of PyTorch's, which is code",
    "FlaxLayer": "stores a module of Flax's, which is code",
    "JaxLayer": "stores a function of JAX's, which is code",
  ]

  private static let base = "is a base of classes, which computes nothing"
  private static let unsaved = "is saved in no .h5 file by Keras 3.15, which fails to"
}
