internal import ModelGraph

/// What follows from a graph whose inputs have the shapes that its input layers
/// declare; a consumer of the file need not work it out.
struct DerivedValues {
  private let calls: [ResolvedCall]
  /// Where the calls of the graph itself are, by their names.
  private var indices: [String: Int] = [:]

  /// Derives what can be; a nested model that only its calls give a shape to has
  /// nothing that can be written beside its own calls.
  init(of graph: Graph) {
    calls = (try? graph.resolved().calls) ?? []
    indices.reserveCapacity(graph.calls.count)
    for index in calls.indices where calls[index].path.names.count == 1 {
      indices[calls[index].path.names[0]] = index
    }
  }

  /// The shapes of a call's outputs; empty where they are not known.
  func outputShapes(of call: Call) -> [Shape?] {
    indices[call.name].map { calls[$0].outputs } ?? []
  }

  /// The zeros around a call's first input; empty where there are none.
  func padding(of call: Call) -> [Int] {
    guard let index = indices[call.name] else { return [] }
    return (try? calls[index].definition?.explicitPadding()) ?? []
  }

  /// Whether training may change weights, by their layers and roles; unknown where there is nothing.
  var trainabilities: [String: [String: Trainability]] {
    var trainabilities: [String: [String: Trainability]] = [:]
    for index in indices.values.sorted() {
      for parameter in calls[index].definition?.weights ?? [] {
        trainabilities[calls[index].layer.name, default: [:]][parameter.role] =
          Trainability(parameter.isTrainable)
      }
    }
    return trainabilities
  }

  /// Compares what a file has derived with what this build derives; what either
  /// side does not know is not compared.
  func check(_ record: CallRecord) throws(ProtobufFormatError) {
    if !record.outputShapes.isEmpty, case let shapes = outputShapes(of: record.call),
      !shapes.isEmpty
    {
      let agrees =
        shapes.count == record.outputShapes.count
        && zip(shapes, record.outputShapes).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
      guard agrees else {
        throw .derivedShapes(
          call: record.call.name, found: Self.list(record.outputShapes),
          expected: Self.list(shapes))
      }
    }
    if !record.explicitPadding.isEmpty, case let padding = padding(of: record.call),
      !padding.isEmpty, padding != record.explicitPadding
    {
      throw .derivedPadding(
        call: record.call.name, found: record.explicitPadding, expected: padding)
    }
  }

  private static func list(_ shapes: [Shape?]) -> String {
    shapes.map { $0.map(\.description) ?? "unknown" }.listed()
  }
}
