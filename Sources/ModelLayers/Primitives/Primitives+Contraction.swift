extension Primitives {
  /// A product of two tensors, summed over the axes that they share and the result does not have:
  /// Einstein's summation, `bqd,bkd->bqk`.
  ///
  /// Each axis has a letter. A letter of both tensors and of the result is a batch of products; one
  /// of both tensors alone is summed over; one of a single tensor is an axis of the result.
  public struct Contraction: Primitive, Hashable {
    /// The letters of the axes of the first tensor, of the second and of the result.
    public var first, second, result: String

    /// Makes the primitive; an ellipsis has been written out in letters.
    public init(_ first: String, _ second: String, to result: String) {
      self.first = first
      self.second = second
      self.result = result
    }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      try checkLetters()
      let shapes = inputs.map(\.shape)
      var sizes: [Character: Int?] = [:]
      for (letters, shape) in zip([first, second], shapes) {
        guard shape.rank == letters.count else {
          throw .rank(expected: "\(letters.count) axes", found: shape)
        }
        for (letter, size) in zip(letters, shape.dimensions) {
          let known = sizes[letter] ?? nil
          if let known, let size, known != size {
            throw .incompatibleShapes(shapes, rule: "their axes '\(letter)' must be equal")
          }
          sizes[letter] = .some(known ?? size)
        }
      }
      return [TensorType(Shape(result.map { sizes[$0] ?? nil }), inputs[0].dtype)]
    }

    private func checkLetters() throws(ModelError) {
      func fault(_ rule: String) -> ModelError {
        .attribute("equation", expected: rule, found: "'\(first),\(second)->\(result)'")
      }
      for letters in [first, second, result] where Set(letters).count != letters.count {
        throw fault("letters that differ in each tensor")
      }
      guard result.allSatisfy({ first.contains($0) || second.contains($0) }) else {
        throw fault("a result with letters of the tensors")
      }
      guard first.allSatisfy({ second.contains($0) || result.contains($0) }),
        second.allSatisfy({ first.contains($0) || result.contains($0) })
      else { throw fault("sums over letters of both tensors") }
    }

    /// Two for each product that is added.
    public func operationCount(
      for inputs: [TensorType], results: [TensorType]
    ) throws(ModelError) -> Int {
      let sizes = try inputs[0].shape.sizes(of: roles.inner.map(first.place))
      return try results.map(\.shape).operationCount(perElement: [2] + sizes)
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      var found: Set<Character> = []
      for (letters, (place, _)) in zip([first, second], inputs) {
        switch place {
        case .absent: continue
        case .mixed: return .mixed
        case .axis(let axis): found.insert(Array(letters)[axis])
        }
      }
      guard let letter = found.first else { return .absent }
      // A tensor that is the same for all items has no axis of its own for them.
      let isApart = zip([first, second], inputs).allSatisfy { letters, input in
        input.0 != .absent || !letters.contains(letter)
      }
      return found.count == 1 && isApart && result.contains(letter)
        ? .axis(result.place(of: letter)) : .mixed
    }

    /// Computes the results.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      [sums(inputs[0], inputs[1], .products)]
    }

    /// The bound of sums of products.
    ///
    /// What the tensors are off by is settled first: as more terms of the sum it would be multiplied
    /// with the magnitudes of the other tensor instead of its values.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let length = roles.inner.reduce(1) { $0 * inputs[0].dimensions[first.place(of: $1)] }
      return [
        .bilinear(inputs[0].settled, inputs[1].settled, bias: nil, length: length) { x, y, _ in
          sums(x, y, .magnitudes)
        }
      ]
    }
  }
}

extension Primitives.Contraction {
  /// The letters by what becomes of their axes.
  package struct Roles {
    package var batch, rows, columns, inner: [Character]
  }

  package var roles: Roles {
    Roles(
      batch: first.filter { second.contains($0) && result.contains($0) },
      rows: first.filter { !second.contains($0) },
      columns: second.filter { !first.contains($0) },
      inner: first.filter { second.contains($0) && !result.contains($0) })
  }

  /// A matrix product for each place of the batch, the axes of each role taken together.
  private func sums<Scalar: ReferenceScalar>(
    _ x: NDArray<Scalar>, _ y: NDArray<Scalar>, _ terms: Terms
  ) -> NDArray<Scalar> {
    let roles = roles
    let left = x.permuted((roles.batch + roles.rows + roles.inner).map(first.place))
    let right = y.permuted((roles.batch + roles.inner + roles.columns).map(second.place))
    func sizes(_ letters: [Character], _ array: NDArray<Scalar>, _ names: String) -> [Int] {
      letters.map { array.dimensions[names.place(of: $0)] }
    }
    let batch = sizes(roles.batch, x, first)
    let rows = sizes(roles.rows, x, first)
    let columns = sizes(roles.columns, y, second)
    let made = batch + rows + columns
    let inner = sizes(roles.inner, x, first).reduce(1, *)
    let (rowCount, columnCount) = (rows.reduce(1, *), columns.reduce(1, *))
    var elements: [Scalar] = []
    elements.reserveCapacity(made.reduce(1, *))
    if inner == 0 || made.contains(0) {
      elements = Array(repeating: 0, count: made.reduce(1, *))
    } else {
      for place in 0..<batch.reduce(1, *) {
        let rows = left.part(place, [rowCount, inner])
        elements += matrixProduct(
          [ArrayRows(rows)], right.part(place, [inner, columnCount]), bias: nil, terms)
      }
    }
    let letters = String(roles.batch + roles.rows + roles.columns)
    return NDArray(made, elements).permuted(result.map(letters.place))
  }
}

extension String {
  /// The place of a letter that is known to be there.
  fileprivate func place(of letter: Character) -> Int {
    guard let index = firstIndex(of: letter) else {
      preconditionFailure("no axis '\(letter)' in '\(self)'")
    }
    return distance(from: startIndex, to: index)
  }
}

extension NDArray {
  /// One of the parts of these dimensions that follow each other.
  fileprivate func part(_ place: Int, _ dimensions: [Int]) -> NDArray {
    let count = dimensions.reduce(1, *)
    guard count != elements.count else { return reshaped(dimensions) }
    return NDArray(dimensions, Array(elements[place * count..<(place + 1) * count]))
  }
}
