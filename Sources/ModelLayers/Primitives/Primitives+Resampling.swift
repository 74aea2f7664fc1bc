extension Primitives {
  /// Images with other sizes: each pixel a sum of weighted pixels, one spatial axis after the other.
  public struct Resampling: Primitive, Hashable {
    /// How large the results are.
    public enum Extent: Hashable, Sendable {
      /// So many pixels for one, along each spatial axis.
      case factors([Int])
      /// So many pixels along each spatial axis.
      case sizes([Int])
    }

    /// How large the results are.
    public var extent: Extent
    /// How much each pixel counts.
    public var filter: ResamplingFilter
    /// Where the channels are.
    public var dataFormat: DataFormat

    /// Makes the primitive.
    public init(_ extent: Extent, _ filter: ResamplingFilter, _ dataFormat: DataFormat) {
      self.extent = extent
      self.filter = filter
      self.dataFormat = dataFormat
    }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      var output = inputs[0].shape
      let (numbers, isFactor) =
        switch extent {
        case .factors(let factors): (factors, true)
        case .sizes(let sizes): (sizes, false)
        }
      try dataFormat.checkSpatialRank(numbers.count, of: output)
      for (axis, number) in zip(dataFormat.spatialAxes(rank: output.rank), numbers) {
        if isFactor {
          output = try output.enlarged(axis: axis, by: number)
        } else {
          guard number > 0 else {
            throw .attribute("size", expected: "at least 1", found: "\(number)")
          }
          guard output[axis] != 0 else { throw .emptyOutput(input: inputs[0].shape, axis: axis) }
          output[axis] = number
        }
        // There are weights for each pixel of a side.
        guard isRepetition || max(output[axis] ?? 0, inputs[0].shape[axis] ?? 0) <= Self.maximumSide
        else { throw .invalidShape(output, reason: "has sides that are too long to be resampled") }
      }
      return [TensorType(output, inputs[0].dtype)]
    }

    /// The most pixels along an axis that is resampled.
    private static let maximumSide = 1 << 22

    /// Whether each pixel is only repeated.
    private var isRepetition: Bool {
      if case .factors = extent { filter.kernel == .nearest } else { false }
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      inputs.map { input in
        isRepetition
          ? repeated(input)
          : steps(from: input.dimensions).reduce(input) { image, step in
            step.weights.applied(step.weights.numbers, to: image, along: step.axis)
          }
      }
    }

    /// What the sums round, and the errors of the pixels by the magnitudes of their weights.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      inputs.map { input in
        let steps = isRepetition ? [] : steps(from: input.dimensions)
        func spread(_ array: NDArray<Scalar>) -> NDArray<Scalar> {
          isRepetition
            ? repeated(array)
            : steps.reduce(array) { $1.weights.applied($1.weights.reach, to: $0, along: $1.axis) }
        }
        var fixed = input.fixed.map { spread($0).elements } ?? []
        if steps.contains(where: { !$0.weights.isExact }) {
          fixed = fixed.plus(units(of: input.value.magnitudes, steps))
        }
        var bound = RoundingBound(
          length: input.bound.length, magnitude: input.magnitude.map { spread($0).elements } ?? [],
          fixed: fixed)
        bound.coversValue = input.bound.coversValue
        return bound
      }
    }

    private func repeated<Scalar: ReferenceScalar>(_ input: NDArray<Scalar>) -> NDArray<Scalar> {
      guard case .factors(let factors) = extent else { return input }
      let axes = dataFormat.spatialAxes(rank: input.dimensions.count)
      return zip(axes, factors).reduce(input) { $0.repeated(along: $1.0, by: $1.1) }
    }

    /// What the sums themselves may be off by, in units of roundoff.
    private func units<Scalar: ReferenceScalar>(
      of magnitudes: NDArray<Scalar>, _ steps: [Step]
    ) -> [Scalar] {
      var (image, errors) = (magnitudes, NDArray<Scalar>?.none)
      for step in steps {
        let (weights, axis) = (step.weights, step.axis)
        var made = weights.applied(weights.spread, to: image, along: axis)
        if let errors {
          let carried = weights.applied(weights.reach, to: errors, along: axis)
          made.elements = made.elements.plus(carried.elements)
        }
        errors = made
        image = weights.applied(weights.reach, to: image, along: axis)
      }
      return errors?.elements ?? []
    }

    /// For each pixel that is made along one axis and the next, as many as it is summed up of.
    public func work(for inputs: [TensorType], results: [TensorType]) throws(ModelError) -> Int {
      var work = 0
      for image in try images(from: inputs[0].shape) {
        work = work.addingSaturating(
          try [image.shape].operationCount(perElement: [image.pixelCount]))
      }
      return work
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      inputs[0].0 == .absent || inputs[0].0 == .axis(0) ? inputs[0].0 : .mixed
    }
  }
}

extension Primitives.Resampling {
  /// The images on the way to the result, and of how many pixels each of theirs is summed up.
  ///
  /// - Throws: `ModelError.unknownDimension` where a size is not known.
  func images(from input: Shape) throws(ModelError) -> [(shape: Shape, pixelCount: Int)] {
    let axes = dataFormat.spatialAxes(rank: input.rank)
    var image = input
    var images: [(shape: Shape, pixelCount: Int)] = []
    for axis in isRepetition ? Array(axes) : axes.reversed() {
      guard let size = image[axis] else {
        throw .unknownDimension(shape: image, needed: "every size")
      }
      let made = sizeMade(of: size, axis - axes.lowerBound)
      image[axis] = made
      let pixelCount =
        isRepetition ? 1 : ResamplingWeights.largestRow(of: filter, from: size, to: made)
      images.append((image, pixelCount))
    }
    return images
  }

  /// The number of pixels that are made of those along an axis.
  private func sizeMade(of size: Int, _ index: Int) -> Int {
    switch extent {
    case .factors(let factors): size.multipliedSaturating(by: factors[index])
    case .sizes(let sizes): sizes[index]
    }
  }

  /// What is done along one axis.
  private struct Step {
    var axis: Int
    var weights: ResamplingWeights
  }

  /// What is done along each spatial axis, the last one first.
  private func steps(from dimensions: [Int]) -> [Step] {
    let axes = dataFormat.spatialAxes(rank: dimensions.count)
    return axes.reversed().compactMap { axis in
      let (size, index) = (dimensions[axis], axis - axes.lowerBound)
      let made = sizeMade(of: size, index)
      return Step(axis: axis, weights: ResamplingWeights(filter, from: size, to: made))
    }
  }
}
