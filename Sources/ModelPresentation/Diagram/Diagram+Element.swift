internal import ModelGraph

extension Diagram {
  /// What is drawn on a call in a page that has its own style sheet.
  package struct Mark: Hashable, Sendable {
    /// The classes of the call's box, besides `layer`.
    package var style: String
    /// The sign in the corner of the box, so that it is not told by its colour alone.
    package var sign: String
    /// What the tooltip says after the name and the kind.
    package var note: String
    /// The identifier of the box.
    package var identifier: String
    /// The identifier of what the box leads to.
    package var target: String

    /// Makes a mark; all but the note must be fit for an attribute as they are.
    package init(style: String, sign: String, note: String, identifier: String, target: String) {
      self.style = style
      self.sign = sign
      self.note = note
      self.identifier = identifier
      self.target = target
    }
  }

  /// The picture as an element of a page: without title, legend, colours and style sheet.
  ///
  /// - Parameters:
  ///   - label: What the picture is, for who cannot see it.
  ///   - marks: What is drawn on calls, by the path of the call.
  package func element(label: String, marks: [String: Mark]) -> String {
    SVGWriter(sketch, marks: marks).element(label: label)
  }
}

extension Diagram {
  /// The paths of the calls that are drawn; a nested model's calls are drawn once.
  package var paths: Set<String> { Set(sketch.paths(below: "")) }
}

extension Sketch {
  fileprivate func paths(below prefix: String) -> [String] {
    nodes.flatMap { node in
      [prefix + node.call] + (node.inner?.paths(below: prefix + node.call + "/") ?? [])
    }
  }
}
