extension Primitives {
  /// The places of texts, or of integers as they are written.
  public struct TextPlacement: Primitive, Hashable {
    /// Where they go.
    public var places: TextPlaces
    /// Whether they are texts.
    public var takesText: Bool

    /// Makes the primitive.
    public init(_ places: TextPlaces, takesText: Bool) {
      self.places = places
      self.takesText = takesText
    }

    /// Always.
    public var hasSteps: Bool { true }

    /// Integers, one for each text.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      try inputs[0].check(isText: takesText)
      return [TensorType(inputs[0].itemShape, .int64)]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      inputs[0].1.items(inputs[0].0)
    }

    /// Computes the results; what has no place is not a number.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      let place = places.finder()
      let texts = takesText ? inputs[0].texts : inputs[0].integers.map { Array("\($0)".utf8) }
      return [
        NDArray(
          Array(inputs[0].dimensions.dropLast(takesText ? 1 : 0)),
          texts.map { place($0).map { Scalar($0) } ?? .nan })
      ]
    }

    /// Exact, unless the integers are not.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      inputs.jumps(of: places.end, in: results[0])
    }
  }

  /// The places of several features together, texts or integers, one of so many by their hash.
  public struct Crossing: Primitive, Hashable {
    /// How many places there are.
    public var placeCount: Int
    /// Which of the features are texts.
    public var takesText: [Bool]

    /// Makes the primitive.
    public init(_ placeCount: Int, takesText: [Bool]) {
      self.placeCount = placeCount
      self.takesText = takesText
    }

    /// Always.
    public var hasSteps: Bool { true }

    /// Integers, one for each place of the features.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      for (input, isText) in zip(inputs, takesText) { try input.check(isText: isText) }
      let shapes = inputs.map(\.itemShape)
      guard shapes.allSatisfy({ $0 == shapes[0] }) else {
        throw .incompatibleShapes(shapes, rule: "they must be equal")
      }
      return [TensorType(shapes[0], .int64)]
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      ItemAxis.common(inputs.map { $0.1.items($0.0) })
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      let features = zip(inputs, takesText).map { input, isText in
        isText
          ? input.texts.map(FarmHash.fingerprint)
          : input.integers.map { UInt64(truncatingIfNeeded: $0) }
      }
      let dimensions = Array(inputs[0].dimensions.dropLast(takesText[0] ? 1 : 0))
      let elements = features[0].indices.map { index -> Scalar in
        let hash = features.reduce(Self.seed) { FarmHash.joined($0, $1[index]) }
        return Scalar(Int(hash % UInt64(placeCount)))
      }
      return [NDArray(dimensions, elements)]
    }

    /// Exact, unless the integers are not.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      inputs.jumps(of: placeCount, in: results[0])
    }

    /// TensorFlow's, of `SparseCross`.
    private static let seed: UInt64 = 0xDECA_FCAF_FE
  }

  /// The places of the tokens of texts, or how often each place is there.
  ///
  /// A text that is cut into tokens is a sequence by itself; else the texts along the last axis are one.
  public struct Tokenization: Primitive, Hashable {
    /// What is made of a sequence of tokens.
    public enum Outcome: Hashable, Sendable {
      /// The places in order, so many of them, with zeros after the last; as many as there are texts where
      /// no number is given.
      case places(Int?)
      /// For each of so many places, how often it is there, or whether.
      case counts(Int, isBinary: Bool)
    }

    /// What texts are cut into.
    public var splitting: TextSplitting
    /// Where tokens go.
    public var places: TextPlaces
    /// What is made of them.
    public var outcome: Outcome

    /// Makes the primitive.
    public init(_ splitting: TextSplitting, _ places: TextPlaces, _ outcome: Outcome) {
      self.splitting = splitting
      self.places = places
      self.outcome = outcome
    }

    /// Always.
    public var hasSteps: Bool { true }

    /// Integers, a sequence of them for each of texts.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      try inputs[0].check(isText: true)
      let shape = inputs[0].itemShape
      var sizes = shape.dimensions
      var length: Int?
      if splitting.unit == .none {
        guard sizes.count > 1 else { throw .rank(expected: "[batch, …, texts]", found: shape) }
        length = sizes.removeLast().map(splitting.count)
      } else if sizes.count > 1 {
        guard sizes.removeLast() == 1 else {
          throw .rank(expected: "[batch], or a last axis of one text", found: shape)
        }
      }
      switch outcome {
      case .places(let fixed): return [TensorType(Shape(sizes + [fixed ?? length]), .int64)]
      case .counts(let count, _):
        guard sizes.count == 1 else { throw .rank(expected: "[batch, texts]", found: shape) }
        return [TensorType(Shape(sizes + [count]), .int64)]
      }
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      let (place, type) = inputs[0]
      return place == .axis(0) || place == .absent ? type.items(place) : .mixed
    }

    /// Each token is looked at in as many rows as are wide enough.
    public func work(for inputs: [TensorType], results: [TensorType]) throws(ModelError) -> Int {
      let rows = splitting.widths.reduce(1) { $0.addingSaturating($1) }
      return try inputs.map(\.shape).operationCount(perElement: [rows])
        .addingSaturating(results.map(\.shape).operationCount(perElement: [1]))
    }

    /// Computes the results; of a text of which nobody knows the tokens, what is not a number.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      var dimensions = Array(inputs[0].dimensions.dropLast())
      var sequence = 1
      if splitting.unit == .none || dimensions.count > 1 { sequence = dimensions.removeLast() }
      let width =
        switch outcome {
        case .places(let length): length ?? splitting.count(of: sequence)
        case .counts(let count, _): count
        }
      let texts = inputs[0].texts
      let place = places.finder()
      let elements = (0..<dimensions.reduce(1, *)).flatMap { row -> [Scalar] in
        let tokens = texts[row * sequence..<(row + 1) * sequence].map(splitting.tokens)
        guard !tokens.contains(nil) else { return Array(repeating: .nan, count: width) }
        return self.row(of: tokens.flatMap { $0 ?? [] }, width: width, place)
      }
      return [NDArray(dimensions + [width], elements)]
    }

    private func row<Scalar: ReferenceScalar>(
      of tokens: [[UInt8]], width: Int, _ place: ([UInt8]) -> Int?
    ) -> [Scalar] {
      var row = [Scalar](repeating: 0, count: width)
      var next = 0
      splitting.forEach(tokens) { token in
        let found = place(token)
        switch outcome {
        case .places:
          guard next < width else { return false }
          row[next] = found.map { Scalar($0) } ?? .nan
          next += 1
        case .counts(_, let isBinary):
          guard let found, row.indices.contains(found) else { return true }
          row[found] = isBinary ? 1 : row[found] + 1
        }
        return true
      }
      return row
    }

    /// Exact: nothing rounds texts.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] { inputs.jumps(of: places.end, in: results[0]) }
  }
}

extension TensorType {
  /// Throws `ModelError.argument` for numbers where texts are expected, and for text and what are no
  /// integers where integers are, and `ModelError.rank` for texts without an axis of their bytes.
  fileprivate func check(isText: Bool) throws(ModelError) {
    if self.isText { try shape.check(axes: [0]) }
    guard isText ? self.isText : dtype.isInteger else {
      throw .argument(
        "inputs", found: self.isText ? "text" : "elements of \(dtype)",
        expected: isText ? "text" : "integers")
    }
  }

  /// Where the items of a batch are in a tensor that has one element for each text.
  fileprivate func items(_ place: ItemAxis) -> ItemAxis {
    if case .axis(let axis) = place, axis >= itemShape.rank { .mixed } else { place }
  }
}

extension NDArray {
  /// The elements as integers, cut towards zero; 0 for what is none, which a run refuses.
  fileprivate var integers: [Int] {
    elements.map { Int(exactly: $0.rounded(.towardZero)) ?? 0 }
  }
}

extension Array {
  /// How far a result may be off whose elements may be any of so many where an input is not exact.
  fileprivate func jumps<Scalar>(
    of height: Int, in result: Inexact<Scalar>
  ) -> [RoundingBound<Scalar>] where Element == Inexact<Scalar> {
    guard let first, !allSatisfy(\.isExact) else { return [.exact] }
    let count = result.dimensions.reduce(1, *)
    return [
      RoundingBound(
        length: 0, magnitude: [],
        fixed: [Scalar](repeating: first.jump(Scalar(height)), count: count))
    ]
  }
}
