extension Primitives {
  /// What each pixel of an image puts into a window of the output, added up.
  ///
  /// The inputs are the image, the kernel `(spatial…, filters, channels)` and, if there is one, a bias
  /// for each filter.
  public struct TransposedConvolution: Primitive, Hashable {
    package var windows: [TransposedWindow]
    package var dataFormat: DataFormat

    init(_ windows: [TransposedWindow], _ dataFormat: DataFormat) {
      self.windows = windows
      self.dataFormat = dataFormat
    }

    /// The types of the results; every rule about the inputs is checked here.
    public func results(for inputs: [TensorType]) throws(ModelError) -> [TensorType] {
      let filters = inputs[1].shape.known?.suffix(2).first ?? 0
      return [
        TensorType(try windows.outputShape(for: inputs[0].shape, dataFormat, channels: filters))
      ]
    }

    /// Two for each product that is added.
    public func operationCount(
      for inputs: [TensorType], results: [TensorType]
    ) throws(ModelError) -> Int {
      let kernel = inputs[1].shape.known ?? []
      return try [inputs[0].shape].operationCount(perElement: [2] + kernel.dropLast())
    }

    /// Two for each element of the kernel and each output: those without an input are zeros.
    public func work(for inputs: [TensorType], results: [TensorType]) throws(ModelError) -> Int {
      let kernel = inputs[1].shape.known ?? []
      return try results.map(\.shape).operationCount(
        perElement: [2] + windows.map(\.size) + kernel.suffix(1))
    }

    /// Where the items of a batch are in the result.
    public func items(in inputs: [(ItemAxis, TensorType)]) -> ItemAxis {
      inputs.itemsOfFirst(along: 0)
    }

    /// Computes the results.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func values<Scalar: ReferenceScalar>(_ inputs: [NDArray<Scalar>]) -> [NDArray<Scalar>] {
      [sums(inputs[0], inputs[1], inputs.count > 2 ? inputs[2] : nil, .products)]
    }

    /// The bound of sums of products.
    @specialized(where Scalar == Float) @specialized(where Scalar == Double)
    public func bounds<Scalar: ReferenceScalar>(
      _ inputs: [Inexact<Scalar>], results: [Inexact<Scalar>]
    ) -> [RoundingBound<Scalar>] {
      let bias = inputs.count > 2 ? inputs[2] : nil
      let channels = inputs[1].dimensions.last ?? 0
      return [
        .bilinear(
          inputs[0], inputs[1], bias: bias,
          length: windows.map(\.largestCount).reduce(channels, *) + (bias == nil ? 0 : 1)
        ) { sums($0, $1, $2, .magnitudes) }
      ]
    }

    private func sums<Scalar: ReferenceScalar>(
      _ input: NDArray<Scalar>, _ kernel: NDArray<Scalar>, _ bias: NDArray<Scalar>?, _ terms: Terms
    ) -> NDArray<Scalar> {
      let image = input.channelsLast(from: dataFormat)
      let patches = TransposedPatches(windows, image)
      let spatial = zip(windows, image.dimensions.dropFirst()).map { $0.outputSize($1) ?? 0 }
      let filters = kernel.dimensions.suffix(2).first ?? 0
      return NDArray(
        [image.dimensions[0]] + spatial + [filters],
        matrixProduct([patches], kernel.exchangingLastAxes(), bias: bias, terms)
      ).channelsLast(to: dataFormat)
    }
  }
}

extension NDArray {
  /// The array with its last two axes exchanged.
  fileprivate func exchangingLastAxes() -> NDArray {
    let (rows, columns) = (dimensions[dimensions.count - 2], dimensions[dimensions.count - 1])
    var exchanged = elements
    for start in stride(from: 0, to: elements.count, by: max(rows * columns, 1)) {
      for row in 0..<rows {
        for column in 0..<columns {
          exchanged[start + column * rows + row] = elements[start + row * columns + column]
        }
      }
    }
    return NDArray(dimensions.dropLast(2) + [columns, rows], exchanged)
  }
}
