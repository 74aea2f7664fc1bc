internal import ModelGraph

/// The names of the layers of a model: those that were given, and for the others such as Keras
/// makes: `conv2d`, `conv2d_1`, in the order in which the layers were made.
struct LayerNames {
  private var names: [ObjectIdentifier: String] = [:]

  /// Names layers; where two were given one name, both have it.
  init(_ callees: [Callee]) {
    var used: Set<String> = []
    var unnamed: [Callee] = []
    for callee in callees where names[ObjectIdentifier(callee.identity)] == nil {
      guard let name = callee.declaration.name else {
        unnamed.append(callee)
        continue
      }
      names[ObjectIdentifier(callee.identity)] = name
      used.insert(name)
    }
    unnamed.sort { $0.identity.order < $1.identity.order }
    // A layer keeps the name that another model made for it, where that is free.
    for callee in unnamed {
      guard let name = callee.identity.madeName, used.insert(name).inserted else { continue }
      names[ObjectIdentifier(callee.identity)] = name
    }
    var counts: [String: Int] = [:]
    for callee in unnamed where names[ObjectIdentifier(callee.identity)] == nil {
      let base = callee.className.inSnakeCase
      var name: String
      repeat {
        let count = counts[base, default: 0]
        name = count == 0 ? base : "\(base)_\(count)"
        counts[base] = count + 1
      } while !used.insert(name).inserted
      names[ObjectIdentifier(callee.identity)] = name
    }
  }

  /// The name of a layer that was among those named.
  subscript(callee: Callee) -> String {
    names[ObjectIdentifier(callee.identity)] ?? callee.className.inSnakeCase
  }
}
