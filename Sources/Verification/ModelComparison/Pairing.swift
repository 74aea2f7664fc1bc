/// Which elements of two lists belong together.
struct Pairing {
  /// Those that share a value, each with the first of the other list that is left.
  private(set) var equal: [(first: Int, second: Int)] = []
  /// The others, in their order, as many as both lists have.
  private(set) var inOrder: [(first: Int, second: Int)] = []

  /// Pairs the elements of two lists, each of which is there once.
  static func of<Value: Hashable>(
    _ first: [Int], _ second: [Int], _ valueOfFirst: (Int) throws -> Value,
    _ valueOfSecond: (Int) throws -> Value
  ) rethrows -> Pairing {
    var pairing = Pairing()
    // The last of a list is taken first.
    var open: [Value: [Int]] = [:]
    for element in second.reversed() {
      open[try valueOfSecond(element), default: []].append(element)
    }
    var rest: [Int] = []
    for element in first {
      if let partner = open[try valueOfFirst(element)]?.popLast() {
        pairing.equal.append((element, partner))
      } else {
        rest.append(element)
      }
    }
    let taken = Set(pairing.equal.map(\.second))
    pairing.inOrder = zip(rest, second.filter { !taken.contains($0) })
      .map { (first: $0, second: $1) }
    return pairing
  }
}
