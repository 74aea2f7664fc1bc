import Glibc
import ResidualCore

// Loads the '.pb' file that is named, by what needs neither libhdf5 nor libzip, and runs it once.
do {
  guard let path = CommandLine.arguments.dropFirst().first else {
    print("usage: CoreLoader <model.pb>")
    exit(64)
  }
  let model = try Model(contentsOfFile: path)
  var inputs: OrderedDictionary<String, Tensor> = [:]
  for (name, shape) in zip(model.graph.inputNames, model.graph.inputShapes) {
    let sizes = shape.dimensions.map { $0 ?? 1 }
    let zeros = [Float](repeating: 0, count: sizes.reduce(1, *))
    inputs[name] = Tensor(try NDArray(sizes, elements: zeros))
  }
  let outputs = try ReferenceEngine(Float.self).session(for: model).outputs(of: inputs)
  print(outputs.map { "\($0) \($1.shape)" }.joined(separator: ", "))
} catch {
  print("\(error)")
  exit(2)
}
