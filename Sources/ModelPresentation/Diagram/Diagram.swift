public import ModelGraph

/// A picture of a graph, as SVG or in Graphviz's language.
///
/// The longest path runs from top to bottom. A branch with layers of its own, such
/// as a projection shortcut, stands in a column beside it; a tensor that skips
/// layers is an arc. A nested model is a box around its content, drawn at its first
/// call. The same graph gives the same text.
public struct Diagram: Sendable {
  /// When blocks that repeat are drawn once, with their number.
  public enum Folding: Hashable, Sendable {
    /// In graphs of more than `automaticCallCount` calls.
    case automatic
    /// Wherever blocks repeat.
    case always
    /// Nowhere: every call is drawn.
    case never

    /// The number of calls up to which a graph is drawn in full unless it is asked otherwise.
    public static let automaticCallCount = 60
  }

  let sketch: Sketch

  /// Draws a graph.
  ///
  /// Blocks that follow one another between tensors through which everything passes
  /// are equal if their kinds of layers, attributes, shapes and connections are;
  /// names and weights do not matter.
  ///
  /// - Throws: `ModelError` where a shape cannot be told, naming the layer.
  public init(of graph: Graph, folding: Folding = .automatic) throws(ModelError) {
    let isFolded =
      switch folding {
      case .automatic: graph.runCallCount > Folding.automaticCallCount
      case .always: true
      case .never: false
      }
    var builder = SketchBuilder(calls: try graph.resolved().calls, isFolded: isFolded)
    sketch = builder.sketch(of: graph)
  }

  /// The picture as a self-contained SVG document, for light and dark pages.
  public func svg() -> String { SVGWriter(sketch).text() }

  /// The graph in Graphviz's language, with clusters for nested models and repeated blocks.
  public func dot() -> String { DOTWriter(sketch).text() }
}
