/// An equation of Einstein's summation with its ellipses written out: `...ij,jk->...ik`.
struct EinsumEquation {
  /// The letters of the axes of each operand.
  let terms: [String]
  /// The letters of the axes of the result.
  let result: String

  /// The most letters that an equation may have.
  private static let maximumLength = 200

  /// Reads an equation.
  ///
  /// - Parameter ranks: The number of axes of each operand.
  /// - Throws: `ModelError.attribute` for what is none.
  init(_ text: String, ranks: [Int]) throws(ModelError) {
    func wrong(_ expected: String) -> ModelError {
      .attribute("subscripts", expected: expected, found: "'\(text.prefix(100))'")
    }
    guard text.utf8.count <= Self.maximumLength else {
      throw wrong("at most \(Self.maximumLength) letters")
    }
    let equation = text.filter { $0 != " " }.replacing("...", with: "…")
    let sides = equation.split(separator: "->", omittingEmptySubsequences: false)
    let written = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let letters = Set(equation.filter(\.isLetter))
    guard sides.count <= 2, written.count == ranks.count,
      (written + sides.dropFirst().map(String.init)).allSatisfy({ term in
        term.allSatisfy { $0 == "…" || $0.isASCII && $0.isLetter }
          && term.count(where: { $0 == "…" }) < 2
      })
    else { throw wrong("\(ranks.count) terms of letters and a result, such as 'ij,jk->ik'") }
    // An ellipsis stands for the axes that have no letters, aligned at the last.
    let counts = zip(written, ranks).map { $0.contains("…") ? $1 - $0.count + 1 : 0 }
    guard counts.allSatisfy({ $0 >= 0 }) else { throw wrong("terms of at most the operands' axes") }
    let rest = try Letters.some(counts.max() ?? 0, besides: letters)
    terms = zip(written, counts).map { $0.replacing("…", with: rest.suffix($1)) }
    let hasEllipsis = written.contains { $0.contains("…") }
    guard sides.count == 2 else {
      // Every letter that is there once, in the order of the alphabet.
      let all = written.joined()
      result =
        rest + String(letters.filter { letter in all.count(where: { $0 == letter }) == 1 }.sorted())
      return
    }
    let made = sides[1]
    guard made.contains("…") == hasEllipsis, Set(made).count == made.count,
      made.allSatisfy({ letter in letter == "…" || written.contains { $0.contains(letter) } })
    else { throw wrong("a result of letters of the terms, each once") }
    result = String(made.replacing("…", with: rest))
  }
}
