import Glibc
import Residual

// Loads the model in the file that is named, prints how many parameters it has, runs it once, and
// verifies an engine of its own; writes it to the second file, if one is named.
do {
  guard let path = CommandLine.arguments.dropFirst().first else {
    throw Problem.usage
  }
  let file = try ModelFile(path: path)
  let inspection = try Inspection(file)
  print("\(inspection.model): \(inspection.parameterCount) parameters")

  let model = file.model
  var inputs: OrderedDictionary<String, Tensor> = [:]
  for port in inspection.inputs {
    let sizes = (port.shape ?? []).map { $0 ?? 1 }
    let zeros = [Float](repeating: 0, count: sizes.reduce(1, *))
    inputs[port.name] = Tensor(try NDArray(sizes, elements: zeros))
  }
  let session = try ReferenceEngine(Float.self).session(for: model)
  let outputs = try session.outputs(of: inputs)
  print("outputs: " + outputs.map { "\($0) \($1.shape)" }.joined(separator: ", "))
  let names = try model.graph.resolved().tensorNames
  let taps = try session.run(inputs, taps: names).taps
  print("tensors: \(names.count), \(taps.values.reduce(0) { $0 + $1.elementCount }) elements")

  let verifier = Verifier(engine: OwnEngine())
  let report = try verifier.verify(model, againstReferenceOn: model.sampleInputs())
  print("own engine: \(report.verdict)")

  if let copy = CommandLine.arguments.dropFirst(2).first {
    try model.write(toFile: copy)
  }
} catch {
  print("\(error)")
  exit(2)
}

enum Problem: Error, CustomStringConvertible {
  case usage

  var description: String { "usage: ExternalPackage <model> [<copy>]" }
}
