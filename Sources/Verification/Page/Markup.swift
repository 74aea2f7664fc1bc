internal import ModelPresentation
internal import ModelGraph

/// A piece of a page: HTML that is XML as well.
///
/// Texts become markup by being escaped, so that no name that comes from a file is read as HTML.
struct Markup: ExpressibleByStringLiteral {
  private(set) var text: String

  /// Markup that the program itself has made.
  init(trusted text: String) { self.text = text }

  /// A text to be read: what has no shape of its own is written as `\u{1B}`.
  init(_ text: String) { self.text = LabelText.xml(LabelText.printable(text)) }

  init(stringLiteral text: String) { self.init(text) }

  /// One piece after another.
  init(_ parts: [Markup]) { text = parts.map(\.text).joined() }

  static let empty = Markup(trusted: "")

  static func + (left: Markup, right: Markup) -> Markup {
    Markup(trusted: left.text + right.text)
  }

  /// An element; what an attribute is given is escaped.
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: Markup...
  ) -> Markup {
    element(name, attributes, content)
  }

  /// An element with any number of others in it.
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String>, _ content: [Markup]
  ) -> Markup {
    var text = "<\(name)"
    for (attribute, value) in attributes { text += " \(attribute)=\"\(Markup(value).text)\"" }
    let inner = content.map(\.text).joined()
    let isVoid = inner.isEmpty && voidElements.contains(name)
    return Markup(trusted: text + (isVoid ? "/>" : ">\(inner)</\(name)>"))
  }

  /// Elements that are written without an end.
  private static let voidElements: Set<String> = [
    "circle", "input", "line", "meta", "path", "rect", "use",
  ]

  /// A paragraph, or another element that holds a text alone.
  static func text(_ text: String, in element: String = "p", class style: String = "") -> Markup {
    style.isEmpty
      ? .element(element, [:], Markup(text)) : .element(element, ["class": style], Markup(text))
  }

  /// Names of tensors and the like.
  static func code(_ text: String) -> Markup { .element("code", [:], Markup(text)) }
}

extension [Markup] {
  /// The pieces one after another, each on a line of its own.
  var lines: Markup { Markup(trusted: map { $0.text + "\n" }.joined()) }
}
