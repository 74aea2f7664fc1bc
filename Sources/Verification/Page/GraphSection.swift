internal import ModelPresentation
internal import OrderedCollections
internal import ModelGraph

/// The graph of the model, with each call's gravest verdict of all cases.
struct GraphSection {
  /// The identifier of the box that belongs to a tensor, by the tensor's name.
  private(set) var boxes: [String: String] = [:]
  private let diagram: Diagram?
  private var paths: [String: String] = [:]

  init(_ graph: Graph) {
    diagram = try? Diagram(of: graph, folding: .never)
    guard let diagram, let table = try? CallTable(graph, inputs: graph.inputShapes) else { return }
    let drawn = diagram.paths
    var numbers: [String: Int] = [:]
    for name in table.slots.keys.sorted() {
      let path =
        switch table.slots[name] {
        case .output(let path, _): path
        case .input(let input): input
        case nil: ""
        }
      guard drawn.contains(path) else { continue }
      let number = numbers[path, default: numbers.count + 1]
      numbers[path] = number
      boxes[name] = "box\(number)"
      paths[name] = path
    }
  }

  /// The section of the page.
  ///
  /// - Parameter cases: All cases, each with what the identifiers in its section begin with.
  func markup(_ cases: [(identifier: String, one: VerificationReport.Case)]) -> Markup {
    guard let diagram else {
      return .text("The graph cannot be drawn: a shape in it is not known.")
    }
    let label =
      "The graph of the model, each call marked with its verdict; the tables list the same calls"
    let scope = cases.count > 1 ? " What is shown is the gravest verdict of all cases." : ""
    return Markup([
      .element("h2", ["id": "graph"], "Graph"),
      .text("A call leads to its line in the table, and back.\(scope)", class: "hint"),
      diagram.paths.count > Self.smallCount ? Self.zoom : .empty,
      .element(
        "div",
        ["class": "graph", "role": "region", "tabindex": "0", "aria-label": "Graph of the model"],
        Markup(trusted: diagram.element(label: label, marks: marks(cases)))),
    ])
  }

  /// Up to so many calls a graph has one size.
  private static let smallCount = 24

  /// How large the graph is drawn.
  private static let zoom = Markup.element(
    "div", ["class": "zoom", "role": "group", "aria-label": "Size of the graph"],
    [("1", "100 %"), ("0.5", "50 %"), ("0.2", "20 %")].map { (scale, title) -> Markup in
      let isPressed = scale == "1" ? "true" : "false"
      return .element(
        "button", ["type": "button", "data-scale": scale, "aria-pressed": isPressed],
        Markup(title))
    })

  private func marks(
    _ cases: [(identifier: String, one: VerificationReport.Case)]
  ) -> [String: Diagram.Mark] {
    var gravest: [String: (call: CallReport, target: String)] = [:]
    for (identifier, one) in cases {
      for (index, call) in one.calls.enumerated() {
        guard let path = paths[call.path] else { continue }
        let known = gravest[path].map { ($0.call.verdict.gravity, $0.call.passesOn ? 1 : 0) }
        guard known ?? (-1, 0) < (call.verdict.gravity, call.passesOn ? 1 : 0) else { continue }
        gravest[path] = (call, "\(identifier)-call\(index + 1)")
      }
    }
    var marks: [String: Diagram.Mark] = [:]
    for (path, (call, target)) in gravest {
      let error = call.statistics.map { ", error \(short($0.maxAbsolute))" } ?? ""
      marks[path] = Diagram.Mark(
        style: call.verdict.rawValue + (call.passesOn ? " passing" : ""),
        sign: call.verdict.sign,
        note: "\(call.verdict)\(error)" + (call.passesOn ? ", passes on what is wrong" : ""),
        identifier: boxes[call.path] ?? "", target: target)
    }
    return marks
  }
}
