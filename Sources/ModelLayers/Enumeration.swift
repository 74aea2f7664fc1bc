extension Collection<String> {
  /// The first of the texts, as a sentence lists them, and how many there are besides: `a, b and 3
  /// more`.
  ///
  /// A file may have any number of what a sentence about it names.
  package func listed(atMost count: Int = 8, separator: String = ", ") -> String {
    let shown = prefix(count).joined(separator: separator)
    return self.count > count ? "\(shown) and \(self.count - count) more" : shown
  }

  /// The first of the names in quotes, and how many there are besides.
  package func quoted(atMost count: Int = 8) -> String {
    lazy.map { "'\($0)'" }.listed(atMost: count)
  }
}
