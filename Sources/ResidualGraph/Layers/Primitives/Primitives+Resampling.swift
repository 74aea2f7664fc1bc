extension Primitives {
  /// Images made larger by whole factors.
  public struct Resampling: Primitive, Hashable {
    /// What stands between two pixels.
    public enum Interpolation: String, CaseIterable, Hashable, Sendable {
      /// The nearest pixel.
      case nearest
      /// A mean of the four pixels around, by their distances.
      case bilinear
    }

    /// The factor of each spatial axis.
    public var factors: [Int]
    /// What stands between two pixels.
    public var interpolation: Interpolation
    /// Whether pixels are squares of which the centers count, instead of points.
    public var halfPixelCenters: Bool
    /// Where the channels are.
    public var dataFormat: DataFormat

    /// Makes the primitive.
    public init(
      _ factors: [Int], _ interpolation: Interpolation, halfPixelCenters: Bool = true,
      _ dataFormat: DataFormat
    ) {
      self.factors = factors
      self.interpolation = interpolation
      self.halfPixelCenters = halfPixelCenters
      self.dataFormat = dataFormat
    }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      var output = inputs[0].shape
      try dataFormat.checkSpatialRank(factors.count, of: output)
      for (axis, factor) in zip(dataFormat.spatialAxes(rank: output.rank), factors) {
        output = try output.enlarged(axis: axis, by: factor)
      }
      return [TensorType(output, inputs[0].dtype)]
    }

    /// Computes the results.
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      inputs.map { input in
        switch interpolation {
        case .nearest:
          let axes = dataFormat.spatialAxes(rank: input.dimensions.count)
          return zip(axes, factors).reduce(input) { $0.repeated(along: $1.0, by: $1.1) }
        case .bilinear:
          return resampler.image(of: input.channelsLast(from: dataFormat))
            .channelsLast(to: dataFormat)
        }
      }
    }

    /// What the interpolation rounds, and the interpolated errors of the pixels: their weights are
    /// not negative and add up to 1.
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      inputs.map { input in
        var fixed = input.fixed.map { values([$0])[0].elements } ?? []
        if interpolation == .bilinear {
          let units = resampler.units(of: input.value.channelsLast(from: dataFormat))
          fixed = fixed.plus(units.channelsLast(to: dataFormat).elements)
        }
        var bound = RoundingBound(
          length: input.bound.length,
          magnitude: input.magnitude.map { values([$0])[0].elements } ?? [], fixed: fixed)
        bound.coversValue = input.bound.coversValue
        return bound
      }
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      inputs[0].0 == .absent || inputs[0].0 == .axis(0) ? inputs[0].0 : .mixed
    }

    private var resampler: BilinearResampler {
      BilinearResampler(size: factors, halfPixelCenters: halfPixelCenters)
    }
  }
}
