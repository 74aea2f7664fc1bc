internal import OrderedCollections

extension Resolution {
  /// The name of every tensor of a run, in the order in which they are made.
  ///
  /// Those inside a nested model have the name of its call before their own: `encoder/conv1`,
  /// `encoder:1/conv1`. What the nested model makes has two names, that of its call and that of the
  /// call inside.
  public var tensorNames: [String] {
    var names: OrderedSet<String> = []
    forEachTensor { prefix, reference, _ in names.append(prefix + reference.shortName) }
    return Array(names)
  }

  /// The numbers of tensors by their names, as goldens have them: shortened or not.
  ///
  /// - Throws: `ModelError.tapUnknown`, with the name that was perhaps meant, or `duplicateTensor`
  ///   for a name that two tensors have.
  package func tensors(named names: [String]) throws(ModelError) -> [Int] {
    guard !names.isEmpty else { return [] }
    let wanted = Set(names)
    var found: [String: Set<Int>] = [:]
    forEachTensor { prefix, reference, number in
      for name in reference.names where wanted.contains(prefix + name) {
        found[prefix + name, default: []].insert(number)
      }
    }
    var numbers: [Int] = []
    for name in names {
      guard let all = found[name], let number = all.first else {
        throw .tapUnknown(name, nearest: nearest(to: name))
      }
      guard all.count == 1 else { throw .duplicateTensor(name) }
      numbers.append(number)
    }
    return numbers
  }

  /// Whether each tensor of the result is text, and behind these each of some names.
  ///
  /// - Throws: As ``tensors(named:)``.
  package func areTexts(named names: [String]) throws(ModelError) -> [Bool] {
    try (outputs + tensors(named: names)).map { types[$0]?.isText == true }
  }

  /// The name that is a few slips away, or has what is in front of it besides.
  private func nearest(to name: String) -> String? {
    let names = tensorNames
    return names.nearest(to: name)
      ?? (name.isEmpty ? nil : names.first { $0.hasSuffix("/" + name) })
  }

  /// Looks at each output of each call that is run.
  private func forEachTensor(
    _ body: (_ prefix: String, _ reference: TensorReference, _ number: Int) -> Void
  ) {
    // An input of a model that the model does not list is never fed.
    var made = Set(inputs)
    for call in calls where call.definition != nil { made.formUnion(call.results) }
    for call in calls {
      let prefix = call.path.names.dropLast().map { $0 + "/" }.joined()
      for (index, number) in call.results.enumerated() where made.contains(number) {
        body(prefix, TensorReference(call.layer.name, node: call.node, index: index), number)
      }
    }
  }
}
