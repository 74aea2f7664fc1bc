extension String {
  /// The name of a class as Keras names its layers and their groups: `conv2d_transpose` of `Conv2DTranspose`,
  /// `p_re_lu` of `PReLU`.
  ///
  /// As `to_snake_case` of `keras/src/utils/naming.py`, step by step.
  package var inSnakeCase: String {
    var scalars = unicodeScalars.filter { $0 == "_" || $0.isAlphanumeric }[...]
    // A capital that small letters follow begins a word, but at the front.
    var words: [Unicode.Scalar] = []
    while let first = scalars.popFirst() {
      words.append(first)
      guard let capital = scalars.first, capital.isCapital else { continue }
      let rest = scalars.dropFirst().prefix(while: \.isSmall)
      guard !rest.isEmpty else { continue }
      words += ["_", capital] + rest
      scalars = scalars.dropFirst(1 + rest.count)
    }
    // And so does a capital after a small letter.
    var name = UnicodeScalarView()
    for (index, scalar) in words.enumerated() {
      if scalar.isCapital, index > 0, words[index - 1].isSmall { name.append("_") }
      name.append(scalar)
    }
    return String(name).lowercased()
  }
}

extension Unicode.Scalar {
  fileprivate var isCapital: Bool { "A"..."Z" ~= self }
  fileprivate var isSmall: Bool { "a"..."z" ~= self }

  fileprivate var isAlphanumeric: Bool {
    isCapital || isSmall || "0"..."9" ~= self
      || !isASCII && (properties.isAlphabetic || properties.numericType != nil)
  }
}
