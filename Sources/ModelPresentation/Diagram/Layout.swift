internal import ModelGraph

/// Where everything of a sketch stands, in pixels from its upper left corner.
struct Layout: Sendable {
  /// A rectangle.
  struct Box: Hashable, Sendable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int

    var right: Int { x + width }
    var bottom: Int { y + height }
    var center: Int { x + width / 2 }
  }

  /// A text beside a line.
  struct Note: Hashable, Sendable {
    enum Place: Hashable, Sendable { case left, right, along }
    var text: String
    var x: Int
    var y: Int
    var place: Place
  }

  /// An edge.
  struct Line: Hashable, Sendable {
    /// The commands of an SVG path.
    var path: String
    var isShortcut: Bool
    var note: Note?
  }

  /// A block that stands for several.
  struct Bracket: Hashable, Sendable {
    var box: Box
    var fold: Sketch.Fold
  }

  /// A tensor that leaves the graph.
  struct Exit: Hashable, Sendable {
    var note: Note
    /// The line out of the last node; none where other nodes follow.
    var path: String?
  }

  let sketch: Sketch
  let wiring: Wiring
  /// The box of each node.
  var boxes: [Box] = []
  /// The content of nested models, by node; it begins at `contentOffset` in the node's box.
  var inner: [Int: Layout] = [:]
  /// The edges, in the sketch's order.
  var lines: [Line] = []
  var brackets: [Bracket] = []
  var exits: [Exit] = []
  var width = 0
  var height = 0

  /// How far content stands from the upper left corner of its box.
  static let contentOffset = (x: 18, y: 52)
}

/// The sizes that a layout is made of, in pixels.
enum Metric {
  static let nodeHeight = 38
  static let minimumNodeWidth = 132
  static let textMargin = 14
  static let nameSize = 12
  static let captionSize = 11
  static let noteSize = 10
  /// The least space between two rows, where an edge's shape stands.
  static let gap = 30
  /// What a row is further off for each column that an edge crosses above it.
  static let gapForColumn = 12
  static let bracketMargin = 12
  static let lane = 18
  /// From a column to its first lane.
  static let laneMargin = 24
  /// Between a column and the lanes of the next.
  static let columnMargin = 30
  static let exitLength = 24
  static let multiplierSize = 20

  /// Names and captions as they are drawn.
  static func shown(_ text: String) -> String { LabelText.shortened(text, to: 38) }
}
