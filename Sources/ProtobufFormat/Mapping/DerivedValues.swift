internal import ModelGraph

/// What follows from a graph whose inputs have the shapes that its input layers
/// declare; a consumer of the file need not work it out.
struct DerivedValues {
  private var shapes: [String: [Shape?]] = [:]
  private var paddings: [String: [Int]] = [:]
  private var trainabilities: [String: [String: Trainability]] = [:]

  /// Derives what can be; a nested model that only its calls give a shape to has
  /// nothing that can be written beside its own calls.
  init(of graph: Graph) {
    guard let calls = try? graph.resolved().calls else { return }
    for call in calls where call.path.names.count == 1 {
      let name = call.path.names[0]
      shapes[name] = call.outputs
      guard let definition = call.definition else { continue }
      paddings[name] = try? definition.explicitPadding()
      for parameter in definition.weights {
        trainabilities[call.layer.name, default: [:]][parameter.role] =
          Trainability(parameter.isTrainable)
      }
    }
  }

  /// The shapes of a call's outputs; empty where they are not known.
  func outputShapes(of call: Call) -> [Shape?] { shapes[call.name] ?? [] }

  /// The zeros around a call's first input; empty where there are none.
  func padding(of call: Call) -> [Int] { paddings[call.name] ?? [] }

  /// Whether training may change a weight.
  func trainability(of role: String, layer: String) -> Trainability {
    trainabilities[layer]?[role] ?? .unknown
  }

  /// Compares what a file has derived with what this build derives; what either
  /// side does not know is not compared.
  func check(_ record: CallRecord) throws(ProtobufFormatError) {
    let shapes = outputShapes(of: record.call)
    if !shapes.isEmpty, !record.outputShapes.isEmpty {
      let agrees =
        shapes.count == record.outputShapes.count
        && zip(shapes, record.outputShapes).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
      guard agrees else {
        throw .derivedShapes(
          call: record.call.name, found: Self.list(record.outputShapes),
          expected: Self.list(shapes))
      }
    }
    let padding = padding(of: record.call)
    if !padding.isEmpty, !record.explicitPadding.isEmpty, padding != record.explicitPadding {
      throw .derivedPadding(
        call: record.call.name, found: record.explicitPadding, expected: padding)
    }
  }

  private static func list(_ shapes: [Shape?]) -> String {
    shapes.map { $0.map(\.description) ?? "unknown" }.joined(separator: ", ")
  }
}
