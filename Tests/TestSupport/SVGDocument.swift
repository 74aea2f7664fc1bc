import Foundation
#if canImport(FoundationXML)
import FoundationXML
#endif

/// A diagram as its SVG text draws it.
public struct SVGDocument: Sendable {
  /// A rectangle on the page.
  public struct Box: Hashable, Sendable {
    /// Its upper left corner and its size, in pixels.
    public var x, y, width, height: Int

    /// Whether two rectangles have a point in common.
    public func overlaps(_ other: Box) -> Bool {
      x <= other.x + other.width && other.x <= x + width && y <= other.y + other.height
        && other.y <= y + height
    }

    /// Whether another rectangle lies within.
    public func contains(_ other: Box) -> Bool {
      x < other.x && y < other.y && other.x + other.width < x + width
        && other.y + other.height < y + height
    }
  }

  /// A layer: what its tooltip says, where it is, and the layer that it is drawn in.
  public struct Layer: Hashable, Sendable {
    /// The tooltip.
    public var title = ""
    /// Where the layer is.
    public var box: Box?
    /// The number of the layer that it is drawn in.
    public var parent: Int?

    /// The name, with which the tooltip begins.
    public var name: String { String(title.prefix { $0 != "\n" }) }
  }

  /// A part of a line that runs straight down.
  public struct Run: Hashable, Sendable {
    /// The number of the line that it belongs to.
    public var line: Int
    /// The number of the layer that the line is drawn in.
    public var parent: Int?
    /// Whether it runs in a lane beside a column.
    public var isLane: Bool
    /// Where it runs.
    public var x: Int
    /// Its upper and its lower end.
    public var from, to: Int
  }

  /// The title of the whole.
  public private(set) var title = ""
  /// The layers, and the patches of the legend, which have no tooltips.
  public private(set) var layers: [Layer] = []
  /// All that runs straight down.
  public private(set) var runs: [Run] = []
  /// How often the blocks are there that stand for several, in the order of the page.
  public private(set) var multipliers: [Int] = []
  /// The names of all elements.
  public private(set) var elements: Set<String> = []

  /// A text that is no XML.
  public struct Malformed: Error { let line: Int }

  /// Reads a document.
  public init(_ text: String) throws {
    let parser = XMLParser(data: Data(text.utf8))
    let reader = Reader()
    parser.delegate = reader
    guard parser.parse() else { throw Malformed(line: parser.lineNumber) }
    title = reader.title
    layers = reader.layers
    runs = reader.runs
    multipliers = reader.multipliers
    elements = reader.elements
  }

  private final class Reader: NSObject, XMLParserDelegate {
    /// What an open element adds.
    private struct Frame {
      var element: String
      var kind: String
      var x, y: Int
      var layer: Int?
    }

    var title = ""
    var layers: [Layer] = []
    var runs: [Run] = []
    var multipliers: [Int] = []
    var elements: Set<String> = []
    private var frames: [Frame] = []
    private var lineCount = 0
    private var text = ""

    func parser(
      _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String] = [:]
    ) {
      elements.insert(element)
      text = ""
      let kinds = (attributes["class"] ?? "").split(separator: " ").map(String.init)
      var frame = Frame(
        element: element, kind: kinds.first ?? "", x: frames.last?.x ?? 0, y: frames.last?.y ?? 0,
        layer: frames.last?.layer)
      let numbers = (attributes["transform"] ?? "").matches(of: /-?[0-9]+/).compactMap {
        Int($0.output)
      }
      if element == "g", numbers.count == 2 {
        frame.x += numbers[0]
        frame.y += numbers[1]
      }
      if kinds.first == "layer" {
        layers.append(Layer(parent: frame.layer))
        frame.layer = layers.count - 1
      }
      let sizes = ["x", "y", "width", "height"].compactMap { attributes[$0].flatMap(Int.init) }
      if element == "rect", frames.last?.kind == "layer", let layer = frame.layer, sizes.count == 4
      {
        layers[layer].box = Box(
          x: frame.x + sizes[0], y: frame.y + sizes[1], width: sizes[2], height: sizes[3])
      }
      if let path = attributes["d"], ["flow", "skip"].contains(frame.kind) { read(path, frame) }
      frames.append(frame)
    }

    /// Takes the straight parts of a path: `M1 2V3`, and `V5` behind a curve.
    private func read(_ path: String, _ frame: Frame) {
      for match in path.matches(of: /([MC])([-0-9 ]+)V(-?[0-9]+)/) {
        let numbers = match.2.split(separator: " ").compactMap { Int($0) }
        guard let x = numbers.dropLast().last, let from = numbers.last, let to = Int(match.3) else {
          continue
        }
        runs.append(
          Run(
            line: lineCount, parent: frame.layer, isLane: match.1 == "C", x: frame.x + x,
            from: frame.y + from, to: frame.y + to))
      }
      lineCount += 1
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(
      _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      let frame = frames.removeLast()
      if element == "title" {
        if let parent = frames.last, parent.kind == "layer", let layer = parent.layer {
          layers[layer].title = text
        } else if frames.count == 1 {
          title = text
        }
      }
      if frame.kind == "times", let count = Int(text.drop { !$0.isNumber }) {
        multipliers.append(count)
      }
      text = ""
    }
  }
}

extension SVGDocument {
  /// The layers of the model; the legend's patches are not among them.
  public var calls: [Layer] { layers.filter { !$0.title.isEmpty } }

  /// What lies on something else, for people; nothing in a sound diagram.
  public var collisions: [String] {
    var found: [String] = []
    for (index, layer) in layers.enumerated() where !layer.title.isEmpty {
      guard let box = layer.box else { return ["\(layer.name) has no box"] }
      if let parent = layer.parent, layers[parent].box?.contains(box) != true {
        found.append("\(layer.name) leaves \(layers[parent].name)")
      }
      for other in layers[..<index] where other.parent == layer.parent && !other.title.isEmpty {
        if other.box?.overlaps(box) == true {
          found.append("\(layer.name) lies on \(other.name)")
        }
      }
      for run in runs where run.parent == layer.parent {
        // Lines end at the upper and lower edges of what they connect.
        let isAside = run.x < box.x || run.x > box.x + box.width
        if !isAside, run.from < box.y + box.height, run.to > box.y {
          found.append("a line at \(run.x) runs through \(layer.name)")
        }
      }
    }
    let lanes = runs.filter { $0.isLane && $0.from < $0.to }
    for (index, run) in lanes.enumerated() {
      for other in lanes[..<index] where other.x == run.x && other.line != run.line {
        if other.from < run.to, run.from < other.to {
          found.append("two lines lie on each other at \(run.x), \(run.from)")
        }
      }
    }
    return found
  }
}
