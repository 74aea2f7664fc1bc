extension Primitives {
  /// The largest element, or the mean, of each pool of an image; what is outside of the image does
  /// not count.
  public struct Pool: Primitive, Hashable {
    /// What is made of the elements of a pool.
    public enum Function: String, Hashable, Sendable {
      case maximum, mean
    }

    /// What a pool is.
    package enum Extent: Hashable, Sendable {
      /// What a window sees.
      case window(PoolingWindow)
      /// All of the image; its axes stay with size 1.
      case everything(DataFormat)
    }

    /// What is made of the elements of a pool.
    public var function: Function
    package var extent: Extent

    init(_ function: Function, _ extent: Extent) {
      self.function = function
      self.extent = extent
    }

    package var dataFormat: DataFormat {
      switch extent {
      case .window(let window): window.dataFormat
      case .everything(let format): format
      }
    }

    /// The window over an image of these dimensions.
    package func window(over dimensions: [Int]) -> PoolingWindow {
      switch extent {
      case .window(let window): return window
      case .everything(let format):
        let sizes = format.spatialAxes(rank: dimensions.count).map { dimensions[$0] }
        return PoolingWindow(sizes, nil, .valid, format)
      }
    }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      let input = inputs[0].shape
      switch extent {
      case .window(let window):
        let shape = try window.outputShape(for: input)
        return [TensorType(shape, inputs[0].dtype)]
      case .everything(let format):
        try input.check(axes: [0, 1])
        var output = input
        for axis in format.spatialAxes(rank: input.rank) {
          guard input[axis] != 0 else { throw .emptyOutput(input: input, axis: axis) }
          output[axis] = 1
        }
        return [TensorType(output, inputs[0].dtype)]
      }
    }

    /// One operation for each place of a pool.
    public func operationCount(
      for inputs: [TensorType], results: [TensorType]
    ) throws(ModelError) -> Int {
      switch extent {
      case .window(let window):
        try results.map(\.shape).operationCount(perElement: window.poolSize)
      case .everything: try inputs.map(\.shape).operationCount(perElement: [1])
      }
    }

    /// One step for each place of a pool that can be in the image.
    public func work(for inputs: [TensorType], results: [TensorType]) throws(ModelError) -> Int {
      let input = inputs[0].shape
      guard case .window(let window) = extent else {
        return try [input].operationCount(perElement: [1])
      }
      let spatial = window.dataFormat.spatialAxes(rank: input.rank).map { input[$0] ?? 0 }
      let inside = zip(window.poolSize, spatial).map(min)
      return try results.map(\.shape).operationCount(perElement: inside)
        .addingSaturating([input].operationCount(perElement: [1]))
    }

    /// What the window puts around the first input.
    public func explicitPadding(for inputs: [TensorType]) throws(ModelError) -> [Int] {
      guard case .window(let window) = extent else { return [] }
      return try window.windows.explicitPadding(for: inputs[0].shape, window.dataFormat)
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      inputs.itemsOfFirst(along: 0)
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      inputs.map { input in
        let window = window(over: input.dimensions)
        return function == .maximum ? window.maxima(input) : window.means(input)
      }
    }

    /// A maximum is off by no more than the elements of its pool.
    ///
    /// A mean has the bound of a sum over
    /// the pool, and two units for the division or the product with the inverse.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      zip(inputs, results).map { input, result in
        let window = window(over: input.dimensions)
        switch function {
        case .maximum:
          return RoundingBound(
            length: input.bound.length,
            magnitude: input.magnitude.map { window.maxima($0).elements } ?? [],
            fixed: input.fixed.map { window.maxima($0).elements } ?? [])
        case .mean:
          let magnitude = input.isExact ? input.value.magnitudes : input.coveringMagnitude
          let fixed = input.fixed.map { window.means($0).elements } ?? []
          return .sum(
            of: input.bound.length + window.largestCount(in: input.dimensions),
            magnitude: window.means(magnitude).elements, fixed: fixed
          ).adding(2, of: result.value)
        }
      }
    }
  }
}
