internal import ModelGraph

/// Numbers for the places that layers and calls have in two graphs: the same number in both where
/// nothing tells the places apart.
///
/// Colour refinement: a call's number follows from its layer's label and the numbers of what feeds
/// it (upstream), and from those of what reads it (downstream); a layer's from those of its calls.
/// The order of a sum's or a product's operands does not count. Keys are interned, not hashed: no two places can collide.
struct Places {
  /// What is looked at.
  enum Side {
    /// All that leads to a layer.
    case upstream
    /// All that a layer leads to.
    case downstream
    /// Both, until nothing more is told apart.
    case whole
  }

  /// The numbers of one model's layers and of what leads to its calls.
  struct Numbers {
    var layers: [Int]
    var upstream: [Int]
  }

  /// What begins a key, so that numbers of one kind are none of another.
  private enum Tag: Int {
    case input, upstream, downstream, reader, output, layer, both
  }

  /// How often labels are refined at most; two are enough but for shared layers.
  private static let roundLimit = 6

  private var numbers: [[Int]: Int] = [:]

  /// The number of a key.
  private mutating func number(_ tag: Tag, _ key: [Int]) -> Int {
    let key = [tag.rawValue] + key
    if let known = numbers[key] { return known }
    let next = numbers.count
    numbers[key] = next
    return next
  }

  /// The numbers of both models' layers.
  ///
  /// - Parameters:
  ///   - labels: What is known of each layer, in both models.
  ///   - inputs: The labels of the models' inputs.
  static func numbers(
    _ models: [ComparedModel], labels: [[Int]], inputs: [[Int]], side: Side
  ) -> [Numbers] {
    var places = Places()
    var labels = labels
    var count = 0
    var result: [Numbers] = []
    for _ in 0..<(side == .whole ? roundLimit : 1) {
      result = models.indices.map { index in
        places.numbers(models[index], labels[index], inputs[index], side)
      }
      labels = result.map(\.layers)
      let known = Set(labels.joined()).count
      guard known > count else { break }
      count = known
    }
    return result
  }

  private mutating func numbers(
    _ model: ComparedModel, _ labels: [Int], _ inputs: [Int], _ side: Side
  ) -> Numbers {
    let up = upstream(model, labels, inputs)
    let down = side == .upstream ? [] : downstream(model, labels)
    let layers = model.layers.indices.map { layer in
      let calls = model.layers[layer].calls.map { call in
        switch side {
        case .upstream: up[call]
        case .downstream: down[call]
        case .whole: number(.both, [up[call], down[call]])
        }
      }
      return number(.layer, [labels[layer]] + calls.sorted())
    }
    return Numbers(layers: layers, upstream: up)
  }

  private mutating func upstream(
    _ model: ComparedModel, _ labels: [Int], _ inputs: [Int]
  ) -> [Int] {
    var numbers: [Int] = []
    for call in model.calls {
      var sources = call.inputs.map { source in
        switch source {
        case .input(let index): [number(.input, [inputs[index]]), 0]
        case .call(let index, let output): [numbers[index], output]
        }
      }
      if call.isCommutative { sources.sort { $0.lexicographicallyPrecedes($1) } }
      numbers.append(number(.upstream, [labels[call.layer]] + sources.joined()))
    }
    return numbers
  }

  private mutating func downstream(
    _ model: ComparedModel, _ labels: [Int]
  ) -> [Int] {
    var readers = [[Int]](repeating: [], count: model.calls.count)
    for (position, source) in model.outputs.enumerated() {
      guard case .call(let index, let output) = source else { continue }
      readers[index].append(number(.output, [position, output]))
    }
    var numbers = [Int](repeating: 0, count: model.calls.count)
    for (index, call) in model.calls.enumerated().reversed() {
      numbers[index] = number(.downstream, [labels[call.layer]] + readers[index].sorted())
      for (position, source) in call.inputs.enumerated() {
        guard case .call(let producer, let output) = source else { continue }
        readers[producer].append(
          number(.reader, [call.isCommutative ? 0 : position, output, numbers[index]]))
      }
    }
    return numbers
  }
}

extension ComparedModel.Step {
  /// Whether the result does not depend on the order of what is fed.
  var isCommutative: Bool {
    [Add.kind, Average.kind, Maximum.kind, Minimum.kind, Multiply.kind].contains(entry.layer.kind)
  }
}
