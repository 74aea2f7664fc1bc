extension String {
  /// The beginning of the text, of no more than so many bytes, with no scalar cut apart.
  package func prefix(bytes count: Int) -> String {
    guard let end = utf8.index(startIndex, offsetBy: count, limitedBy: endIndex) else {
      return self
    }
    return String(unicodeScalars[..<scalarStart(at: end)])
  }

  /// The end of the text, of no more than so many bytes, with no scalar cut apart.
  package func suffix(bytes count: Int) -> String {
    guard var start = utf8.index(endIndex, offsetBy: -count, limitedBy: startIndex) else {
      return self
    }
    while isInsideScalar(start) { start = utf8.index(after: start) }
    return String(unicodeScalars[start...])
  }

  private func scalarStart(at index: Index) -> Index {
    var start = index
    while isInsideScalar(start) { start = utf8.index(before: start) }
    return start
  }

  /// Whether the byte at an index goes on with a scalar that began before.
  private func isInsideScalar(_ index: Index) -> Bool {
    index < endIndex && utf8[index] & 0xC0 == 0x80
  }
}
