internal import OrderedCollections
internal import ResidualGraph

/// The tensors that one call in a configuration is made on.
struct InboundNode {
  /// The tensors, in order, as the file numbers their nodes.
  var inputs: [TensorReference]

  /// Reads one element of `inbound_nodes`: nested lists of `[layer, node, index,
  /// arguments]` until Keras 2.15, an object of `args` and `kwargs` since Keras 3.
  init(_ value: JSONValue) throws(KerasError) {
    inputs = []
    if value.object != nil {
      collectKerasTensors(value["args"] ?? .null)
      collectKerasTensors(value["kwargs"] ?? .null)
    } else {
      try collectLegacy(value)
    }
  }

  /// Keras 3: objects of class `__keras_tensor__` anywhere in the arguments.
  private mutating func collectKerasTensors(_ value: JSONValue) {
    switch value {
    case .array(let values):
      for value in values { collectKerasTensors(value) }
    case .object(let members):
      if value["class_name"]?.string == "__keras_tensor__",
        let history = value["config"]?["keras_history"], let reference = Self.reference(history)
      {
        inputs.append(reference)
      } else {
        for value in members.values { collectKerasTensors(value) }
      }
    default: break
    }
  }

  /// Keras 2: a reference, or a list or an object of them.
  ///
  /// Arguments by keyword are the same on every reference of a call, so those of the first count.
  private mutating func collectLegacy(_ value: JSONValue) throws(KerasError) {
    let start = inputs.count
    var arguments: JSONValue?
    func collect(_ value: JSONValue, into inputs: inout [TensorReference]) {
      if let reference = Self.reference(value) {
        inputs.append(reference)
        if arguments == nil, let list = value.array, list.count > 3 { arguments = list[3] }
      } else if let list = value.array {
        // A constant in the place of a tensor: `["_CONSTANT_VALUE", -1, value, arguments]`.
        if list.first?.string == "_CONSTANT_VALUE" {
          if arguments == nil, list.count > 3 { arguments = list[3] }
          return
        }
        for element in list { collect(element, into: &inputs) }
      } else if let members = value.object {
        for element in members.values { collect(element, into: &inputs) }
      }
    }
    collect(value, into: &inputs)
    if let members = arguments?.object {
      for element in members.values { collect(element, into: &inputs) }
    }
    guard inputs.count > start || arguments != nil else {
      throw .configuration(
        key: "inbound_nodes", expected: "references to tensors", found: value.excerpt)
    }
  }

  /// A reference: a list of a layer's name, a node and an index, and maybe arguments.
  static func reference(_ value: JSONValue) -> TensorReference? {
    guard let list = value.array, list.count == 3 || list.count == 4, let name = list[0].string,
      name != "_CONSTANT_VALUE", let node = list[1].int, let index = list[2].int,
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
