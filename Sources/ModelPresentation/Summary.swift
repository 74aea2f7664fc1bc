internal import OrderedCollections
public import ModelGraph

extension Model {
  /// The model's layers as a table, in the words and the form of Keras 3's `model.summary()`.
  ///
  /// One row a layer, in the model's order: its name and class, the shape that its last call makes
  /// (`?` where that is not known, at and behind layers that are not supported), the number of its
  /// parameters and, unless the layers form a chain, the tensors that it is called on as
  /// `layer[node][index]`. A nested model is one row. Below are the numbers of parameters and the
  /// bytes that they take as they are stored; the optimizer's state is not counted.
  ///
  /// The text is that of Keras, character for character, but for what Keras cuts: a word that is
  /// longer than its column is continued in the next line.
  ///
  /// - Parameters:
  ///   - width: The width of a line in characters, at least 48; by default that of Keras (88, or
  ///     108 with connections), or, in the plain style, as many as one line a layer needs, at most 200 a column.
  ///   - style: How the lines of the table are drawn.
  /// - Returns: Lines without a line break after the last.
  public func summary(width: Int? = nil, style: SummaryStyle = .boxes) -> String {
    let totals = ParameterTotals(self)
    let table = SummaryTable(
      header: SummaryRows.header(isChain: graph.isChain),
      rows: SummaryRows(graph, totals).rows, style: style)
    let width = width ?? (style == .boxes ? table.standardWidth : nil)
    let title = "Model: \"\(SummaryText.printable(graph.name))\""
    return ([title] + table.lines(width: width) + totals.lines).joined(separator: "\n")
  }
}

extension ParameterTotals {
  /// The lines below a summary's table.
  fileprivate var lines: [String] {
    var amounts = [("Total", total), ("Trainable", trainable), ("Non-trainable", fixed)]
    if undetermined.elementCount > 0 { amounts.append(("Undetermined", undetermined)) }
    return amounts.map { name, amount in
      let count = SummaryText.grouped(amount.elementCount)
      return " \(name) params: \(count) (\(SummaryText.memory(amount.byteCount)))"
    }
  }
}

extension Graph {
  /// Whether each call is made on what the one before it made, and no layer is called twice: then
  /// connections need not be told.
  fileprivate var isChain: Bool {
    if form == .sequential { return true }
    return calls.allSatisfy { $0.node == 0 && $0.inputs.count <= 1 }
      && Set(calls.flatMap(\.inputs).map(\.layer)).count == calls.count - 1
  }
}

/// The cells of a summary.
private struct SummaryRows {
  let rows: [[String]]

  static func header(isChain: Bool) -> [String] {
    ["Layer (type)", "Output Shape", "Param #"] + (isChain ? [] : ["Connected to"])
  }

  init(_ graph: Graph, _ totals: ParameterTotals) {
    // A `Model` is one whose shapes fit.
    let calls = ((try? graph.resolved())?.calls ?? []).filter { $0.path.names.count == 1 }
    let outputs = Dictionary(
      calls.map { ($0.layer.name, $0.outputs) }, uniquingKeysWith: { _, last in last })
    let inputs = Dictionary(grouping: graph.calls, by: \.layer)
      .mapValues { $0.sorted { $0.node < $1.node }.flatMap(\.inputs) }
    // Keras does not count the input of a sequential model among its layers.
    let layers = graph.layers.values.filter { graph.form == .functional || !$0.isInput }
    let isChain = graph.isChain
    rows = layers.map { layer in
      let cells = [
        "\(layer.name) (\(layer.kind))", Self.text(outputs[layer.name] ?? []),
        SummaryText.grouped(totals.elementCount(of: layer)),
      ]
      let connections = Self.text(inputs[layer.name] ?? [])
      return (isChain ? cells : cells + [connections]).map(SummaryText.printable)
    }
  }

  private static func text(_ shapes: [Shape?]) -> String {
    let texts = shapes.map { shape in
      guard let shape else { return "?" }
      let sizes = shape.dimensions.map { $0.map(String.init) ?? "None" }
      return "(\(sizes.joined(separator: ", ")))"
    }
    guard texts.count != 1 else { return texts[0] }
    return texts.isEmpty ? "?" : "[\(texts.joined(separator: ", "))]"
  }

  private static func text(_ inputs: [TensorReference]) -> String {
    guard !inputs.isEmpty else { return "-" }
    return inputs.map { "\($0.layer)[\($0.node)][\($0.index)]" }.joined(separator: ", ")
  }
}
