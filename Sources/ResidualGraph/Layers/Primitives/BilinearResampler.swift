/// Interpolates between the pixels of images that are channels last.
struct BilinearResampler: Sendable {
  var size: [Int]
  var halfPixelCenters: Bool

  /// A place between two pixels along one axis.
  struct Place {
    var lower: Int
    var upper: Int
    /// The weight of the upper pixel.
    var weight: Double
    /// What the place is off by where it is computed in float32, in multiples of the unit
    /// roundoff.
    var units: Double
  }

  /// The place in the input of a pixel of the output.
  private func place(of index: Int, axis: Int, count: Int) -> Place {
    let scale = Double(size[axis])
    let center =
      halfPixelCenters ? (Double(index) + 0.5) / scale - 0.5 : Double(index) / scale
    let floor = center.rounded(.down)
    let lower = min(max(Int(floor), 0), count - 1)
    let upper = min(max(Int(floor) + 1, 0), count - 1)
    // 1 ÷ size, the product with it and the difference are rounded, unless all are exact.
    let isExact = size[axis].nonzeroBitCount == 1
    return Place(
      lower: lower, upper: upper, weight: center - floor,
      units: isExact ? 0 : 3 * (abs(center) + 1))
  }

  /// The interpolated images.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func image<Scalar: ReferenceScalar>(of input: NDArray<Scalar>) -> NDArray<Scalar> {
    sampled(input) { topLeft, topRight, bottomLeft, bottomRight, y, x in
      let (right, down) = (Scalar(x.weight), Scalar(y.weight))
      let top = topLeft + (topRight - topLeft) * right
      let bottom = bottomLeft + (bottomRight - bottomLeft) * right
      return top + (bottom - top) * down
    }
  }

  /// What the interpolated images may be off by, in multiples of the unit roundoff.
  ///
  /// Each of the two interpolations rounds a difference, a product and a sum, none
  /// larger than twice the largest of the four pixels; a place that is off counts as often
  /// as the pixels can differ.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func units<Scalar: ReferenceScalar>(of input: NDArray<Scalar>) -> NDArray<Scalar> {
    sampled(input) { topLeft, topRight, bottomLeft, bottomRight, y, x in
      let largest = max(abs(topLeft), abs(topRight), abs(bottomLeft), abs(bottomRight))
      return Scalar(10 + 2 * (y.units + x.units)) * largest
    }
  }

  @inline(__always)
  private func sampled<Scalar: ReferenceScalar>(
    _ input: NDArray<Scalar>,
    _ combine: @escaping @Sendable (Scalar, Scalar, Scalar, Scalar, Place, Place) -> Scalar
  ) -> NDArray<Scalar> {
    let (height, width) = (input.dimensions[1], input.dimensions[2])
    let channels = input.dimensions[3]
    let dimensions = [input.dimensions[0], height * size[0], width * size[1], channels]
    guard !input.elements.isEmpty else { return NDArray(dimensions, []) }
    let source = input.elements
    let elements: [Scalar] = filledInParallel(
      rowCount: dimensions[0] * dimensions[1] * dimensions[2], rowLength: channels,
      minimumRows: 64
    ) { rows, output in
      let pixels = source.span
      for (index, row) in rows.enumerated() {
        let line = row / dimensions[2]
        let x = place(of: row % dimensions[2], axis: 1, count: width)
        let y = place(of: line % dimensions[1], axis: 0, count: height)
        let image = line / dimensions[1] * height
        let top = (image + y.lower) * width
        let bottom = (image + y.upper) * width
        for channel in 0..<channels {
          output[index * channels + channel] = combine(
            pixels[(top + x.lower) * channels + channel],
            pixels[(top + x.upper) * channels + channel],
            pixels[(bottom + x.lower) * channels + channel],
            pixels[(bottom + x.upper) * channels + channel], y, x)
        }
      }
    }
    return NDArray(dimensions, elements)
  }
}
