internal import OrderedCollections
internal import ModelGraph

/// One call as a configuration writes it: what is given by position and what by name.
struct WrittenCall {
  /// What is given by position.
  var positional: [CallArgument] = []
  /// What is given by name.
  var named: OrderedDictionary<String, CallArgument> = [:]
  /// The keys of the first argument, where it is an object: one for each of its elements.
  var keys: [String]?
  /// What is not understood: values of classes that have no meaning here.
  var refusals: [String] = []

  /// Reads one element of `inbound_nodes`: nested lists of `[layer, node, index,
  /// arguments]` until Keras 2.15, an object of `args` and `kwargs` since Keras 3.
  ///
  /// - Parameter type: The type of constants that are written without one; `nil` where that is told by
  ///   how their numbers are written.
  init(_ value: JSONValue, constants type: DType? = nil) throws(KerasError) {
    if value.object != nil, value.has("args") || value.has("kwargs") {
      try readKeras3(value, type)
    } else {
      try readKeras2(value, type)
    }
  }

  /// The tensors of a call, in the order in which they are written.
  var tensors: [TensorReference] { (positional + named.values).flatMap(\.tensors) }

  // MARK: - Forms

  /// Keras 3: the call as the user spelled it.
  private mutating func readKeras3(_ value: JSONValue, _ type: DType?) throws(KerasError) {
    var reader = ArgumentReader(form: .keras3, constants: type)
    for (place, argument) in (value["args"]?.array ?? []).enumerated() {
      if place == 0, let members = ArgumentReader.dictionary(argument) {
        try readKeys(members, &reader)
      } else {
        positional.append(try reader.argument(argument))
      }
    }
    for (name, argument) in value["kwargs"]?.object ?? [:] {
      if let members = ArgumentReader.dictionary(argument), positional.isEmpty, named.isEmpty {
        try readKeys(members, &reader)
        named[name] = positional.removeLast()
      } else {
        named[name] = try reader.argument(argument)
      }
    }
    refusals = reader.refusals
  }

  /// Keras 2: the first argument as it is nested, every reference with the other arguments by name.
  ///
  /// They are the same on every reference of a call, so those of the first count.
  private mutating func readKeras2(_ value: JSONValue, _ type: DType?) throws(KerasError) {
    var reader = ArgumentReader(form: .keras2, constants: type)
    if let members = value.object {
      try readKeys(members, &reader)
    } else {
      // One tensor is in a list of its own.
      var first = value
      if let list = value.array, list.count == 1, ArgumentReader.isLeaf(list[0]) { first = list[0] }
      do throws(KerasError) {
        positional = [try reader.firstArgument(first)]
      } catch {
        guard case .configuration(key: "inbound_nodes", let expected, _) = error else {
          throw error
        }
        throw .configuration(key: "inbound_nodes", expected: expected, found: value.excerpt)
      }
    }
    for (name, argument) in reader.others ?? [:] { named[name] = try reader.argument(argument) }
    refusals = reader.refusals
  }

  /// An object in the place of the first argument, as a list in the order of its keys, by which
  /// Keras sorts it.
  private mutating func readKeys(
    _ members: OrderedDictionary<String, JSONValue>, _ reader: inout ArgumentReader
  ) throws(KerasError) {
    let sorted = members.sorted { $0.key < $1.key }
    var elements: [CallArgument] = []
    for (_, value) in sorted { elements.append(try reader.firstArgument(value)) }
    keys = sorted.map(\.key)
    positional.append(.list(elements))
  }

  // MARK: - References

  /// A reference: a list of a layer's name, a node and an index, and maybe arguments.
  static func reference(_ value: JSONValue) -> TensorReference? {
    guard let list = value.array, list.count == 3 || list.count == 4, let name = list[0].string,
      name != ArgumentReader.constantName, let node = list[1].int, let index = list[2].int,
      node >= 0, index >= 0
    else { return nil }
    return TensorReference(name, node: node, index: index)
  }

  /// Every reference in `input_layers` or `output_layers`: one alone, a list, or a
  /// structure of lists and objects, whose keys Keras sorts when it flattens it.
  static func references(in value: JSONValue) -> [TensorReference] {
    if let reference = reference(value) { return [reference] }
    if let list = value.array { return list.flatMap(references) }
    if let members = value.object {
      return members.sorted { $0.key < $1.key }.flatMap { references(in: $0.value) }
    }
    return []
  }
}
