internal import ModelGraph

/// The layer that a weight's name speaks of.
///
/// `block/conv1/kernel` is a weight of a layer `conv1`, whatever stands before it: a path may begin
/// anywhere.
enum LayerName {
  /// The name of a layer without its path.
  static func own(_ path: String) -> Substring {
    path[path.utf8.startOfLastComponent...]
  }

  /// The names that a layer may have whose weight's name has this prefix: TensorFlow 1 adds a
  /// number to a name scope that it has seen before.
  static func candidates(_ prefix: String) -> [Substring] {
    let name = own(prefix)
    guard let underscore = name.lastIndex(of: "_"),
      Int(name[name.index(after: underscore)...]) != nil
    else { return [name] }
    return [name, name[..<underscore]]
  }
}

/// Things that belong to layers, found by the prefix of a weight's name without a look at all of
/// them.
struct LayerIndex<Element> {
  /// One of the things.
  struct Entry {
    let element: Element
    fileprivate let place: Int
    fileprivate let name: Substring
  }

  private var entries: [Entry?]
  private var places: [Substring: [Int]] = [:]

  /// - Parameter layer: The path of the layer that a thing belongs to.
  init(_ elements: [Element], layer: (Element) -> String) {
    entries = elements.enumerated().map { place, element in
      Entry(element: element, place: place, name: LayerName.own(layer(element)))
    }
    for case let entry? in entries { places[entry.name, default: []].append(entry.place) }
  }

  /// All that have not been removed, in order.
  var all: [Entry] { entries.compactMap(\.self) }

  /// Those of the layers that a prefix may speak of, in order: its last name that is one of a layer, for
  /// layers inside of layers have names too.
  func fitting(_ prefix: String) -> [Entry] {
    var path = prefix
    while !path.isEmpty {
      let found = LayerName.candidates(path).flatMap { places[$0] ?? [] }
      if !found.isEmpty { return found.sorted().compactMap { entries[$0] } }
      path = PathName(path).parent
    }
    return []
  }

  /// Removes one.
  mutating func remove(_ entry: Entry) {
    entries[entry.place] = nil
    places[entry.name]?.removeAll { $0 == entry.place }
  }
}
