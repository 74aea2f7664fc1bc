public import OrderedCollections
public import ModelGraph

extension Model {
  /// Made-up inputs in float32, the same each time; whole numbers where an input is one of integers.
  ///
  /// - Parameters:
  ///   - batchSize: The size of the first axis, where the model does not state it.
  ///   - size: The size of each other axis that the model does not state, such as height and width.
  ///   - seed: What random numbers begin with.
  ///   - pattern: How the elements are chosen.
  ///   - followsLayers: Whether random numbers and ramps are such as the first layers suggest, also where
  ///     other numbers would do.
  /// - Throws: ``VerificationError`` where a size is not known, or an input would be too large.
  public func sampleInputs(
    batchSize: Int = 2, size: Int? = nil, seed: UInt64 = 0, pattern: InputPattern = .seeded,
    followingLayers followsLayers: Bool = true
  ) throws(VerificationError) -> OrderedDictionary<String, Tensor> {
    var draws = InputDraws(seed: seed)
    var inputs: OrderedDictionary<String, Tensor> = [:]
    let expectations = InputExpectations(of: self, includingSuggestions: followsLayers)
    for (place, (reference, type)) in zip(graph.inputs, graph.inputTypes).enumerated() {
      let declared = type.shape
      var shape = Shape(declared.dimensions.map { $0 ?? size })
      let known = expectations.texts[place]
      // Bytes are no axis that somebody chooses; no known text is cut.
      if type.isText {
        shape[-1] = known.map { max(1, $0.map(\.count).max() ?? 1) } ?? Self.sampleTextLength
      }
      if shape.rank > 0, declared[0] == nil { shape[0] = batchSize }
      guard let dimensions = shape.known else {
        throw .unknownSize(input: reference.layer, declared)
      }
      guard let count = dimensions.checkedProduct(), count <= Self.sampleLimit else {
        throw .inputSize(input: reference.layer, shape, limit: Self.sampleLimit)
      }
      guard !type.isText else {
        let width = dimensions.last ?? 0
        let bytes =
          known.map { known in
            (0..<count / max(1, width)).flatMap { _ in draws.text(of: known, width: width) }
          } ?? (0..<count).map { _ in draws.character() }
        inputs[reference.layer] = Tensor(unchecked: dimensions, bytes)
        continue
      }
      let range = expectations.ranges[place]?.range ?? graph.sampleRange(ofInput: reference.layer)
      let elements = pattern.elements(count, wholeIn: range, from: &draws)
      inputs[reference.layer] = Tensor(NDArray(dimensions, elements))
    }
    return inputs
  }

  /// What layers make of random inputs and ramps, and which do: `whole numbers from 0 to 255, as 'rescaling'
  /// (Rescaling) takes`.
  public func expectedSamples(
    followingLayers followsLayers: Bool = true
  ) -> [(input: String, text: String)] {
    let expectations = InputExpectations(of: self, includingSuggestions: followsLayers)
    return graph.inputNames.enumerated().compactMap { place, name in
      expectations.ranges[place].map { (name, InputPattern.seeded.description($0, ofType: nil)) }
    }
  }

  /// How the elements of ``sampleInputs(batchSize:size:seed:pattern:followingLayers:)`` are chosen, and why.
  public func sampleDescription(
    _ pattern: InputPattern, followingLayers followsLayers: Bool = true
  ) -> String {
    let expectations = InputExpectations(of: self, includingSuggestions: followsLayers)
    let texts = zip(graph.inputNames, graph.inputTypes).enumerated().map { place, input in
      let (name, type) = input
      let text =
        type.isText
        ? "random texts"
        : pattern.description(
          expectations.ranges[place], ofType: graph.sampleRange(ofInput: name))
      return (name: name, text: text)
    }
    guard Set(texts.map(\.text)).count > 1 else { return texts.first?.text ?? "\(pattern)" }
    return texts.map { "'\($0.name)' \($0.text)" }.joined(separator: "; ")
  }

  /// The most elements that an input may have.
  private static let sampleLimit = 1 << 28
  /// How many bytes a made-up text has.
  private static let sampleTextLength = 24
}

/// The random numbers of made-up inputs.
struct InputDraws {
  private var generator: Xoshiro256
  private var normals: RandomDraws

  init(seed: UInt64) {
    generator = Xoshiro256(seed: seed)
    normals = RandomDraws(seed: seed)
  }

  mutating func uniform() -> Float { Float.random(in: -1...1, using: &generator) }
  mutating func whole(in range: Range<Int>) -> Float {
    Float(Int.random(in: range, using: &generator))
  }
  mutating func character() -> UInt8 { UInt8.random(in: 0x20...0x7E, using: &generator) }
  /// A known text as so many bytes, zeros after its end: no fewer than the longest has.
  mutating func text(of known: [[UInt8]], width: Int) -> [UInt8] {
    let text = known.randomElement(using: &generator) ?? []
    return text + Array(repeating: 0, count: width - text.count)
  }
  mutating func normal() -> Float { Float(normals.normal()) }
}

extension Graph {
  /// Between which whole numbers the elements of an input are drawn, by its type alone.
  fileprivate func sampleRange(ofInput name: String) -> Range<Int>? {
    layers[name]?.inputLayer?.dtype.sampleRange
  }
}

extension DType {
  /// What is drawn for an input of integers or truth values; `nil` for one of real numbers.
  fileprivate var sampleRange: Range<Int>? {
    switch self {
    case .bool: 0..<2
    case .int8: 0..<128
    default: unitRoundoff == nil ? 0..<256 : nil
    }
  }
}
