import Residual

/// Builds a network of keras.applications, gives it the weights of a Keras file, and writes it.
///
///     swift run -c release ResNetWeights 50 v1 resnet50_weights.h5 resnet50.pb
///
/// The file may be a whole model or what `save_weights` of Keras 2 wrote. The network ends in
/// logits.
@main struct ResNetWeights {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.count == 4, let depth = Int(arguments[0]),
      let version = ResNetVersion(rawValue: arguments[1])
    else {
      print("usage: ResNetWeights <depth> <v1|v2> <weights.h5> <output>")
      return
    }
    let network = try ResNet(depth: depth, version: version, classifierActivation: .linear)
    let model = try network.loadingWeights(fromFile: arguments[2])
    try model.write(toFile: arguments[3])
    print(
      "\(model.graph.name): \(model.parameterCount) parameters of \(arguments[2]) in \(arguments[3])"
    )
  }
}
