/// The weights by which the pixels of one axis are summed up to those of another: a matrix of which
/// each row has a few neighbours.
struct ResamplingWeights: Sendable {
  /// The first pixel of each row.
  private(set) var starts: [Int] = []
  /// Where the weights of each row begin, and after the last where they end.
  private(set) var offsets = [0]
  /// The weights, row by row.
  private(set) var numbers: [Double] = []
  /// What may be counted of the magnitude of each pixel: the weight's, and what it may be off by.
  private(set) var reach: [Double] = []
  /// What a row may be off by for each magnitude of its pixels, in units of roundoff: weights are
  /// computed, and so are the sums.
  private(set) var spread: [Double] = []
  /// Whether no pixel is off.
  private(set) var isExact = true

  private let filter: ResamplingFilter
  /// The number of pixels that there are, and that are made.
  private let count: Int, made: Int

  /// The weights by which so many pixels become so many others.
  init(_ filter: ResamplingFilter, from count: Int, to made: Int) {
    self.filter = filter
    self.count = count
    self.made = made
    starts.reserveCapacity(made)
    for index in 0..<made {
      switch filter.kernel {
      case .nearest: addNearest(index)
      case .bilinear where !filter.isAntialiased || scale <= 1: addLinear(index)
      case .bicubic where filter.isTabulated && !filter.isAntialiased: addTabulated(index)
      case .area: addCovered(index)
      default: addKernel(index)
      }
    }
  }

  /// The most pixels that one of the result is summed up of, or more.
  static func largestRow(of filter: ResamplingFilter, from count: Int, to made: Int) -> Int {
    let scale = Double(count) / Double(max(made, 1))
    let isWide = filter.isAntialiased || filter.kernel == .area
    // Up to two more where rounding may move an edge over a pixel.
    let reach = 2 * filter.kernel.radius * (isWide ? max(scale, 1) : 1) + 3
    return min(max(count, 1), reach < 0x1p62 ? Int(reach) : .max)
  }

  /// Adds a row.
  ///
  /// - Parameters:
  ///   - errors: What the weights may be off by, in units of roundoff.
  ///   - roundings: How often a product with a weight is rounded.
  private mutating func add(
    at start: Int, _ weights: [Double], errors: [Double], roundings: Double
  ) {
    starts.append(start)
    numbers += weights
    for (weight, error) in zip(weights, errors) {
      reach.append(abs(weight) + error * 0x1p-24)
      spread.append(error + roundings * abs(weight))
      if error > 0 || roundings > 0 { isExact = false }
    }
    offsets.append(numbers.count)
  }

  // MARK: - Places

  /// The number of pixels for one of the result.
  private var scale: Double {
    filter.grid == .alignedCorners && made > 1
      ? Double(count - 1) / Double(made - 1) : Double(count) / Double(made)
  }

  /// Whether every evaluation has the same places: the scale is a power of two.
  private var isScaleExact: Bool { scale.significand == 1 || scale == 0 }

  /// Where a pixel of the result looks, in pixels from the center of the first.
  private func place(_ index: Int) -> Double {
    switch filter.grid {
    // The quotient alone is rounded, so that places between two pixels are such.
    case .centers:
      (Double(2 * index + 1) * Double(count)) / Double(2 * made) - 0.5
    case .corners: Double(index) * Double(count) / Double(made)
    case .alignedCorners:
      made > 1 ? Double(index) * Double(count - 1) / Double(made - 1) : 0
    }
  }

  /// What a place may be off by in units of roundoff: the scale, its inverse, the product and the
  /// difference are rounded.
  private func placeUnits(_ place: Double) -> Double { isScaleExact ? 0 : 4 * (abs(place) + 1) }

  // MARK: - Rows

  /// The pixel under the place; where rounding may move the place over an edge, maybe its neighbour.
  private mutating func addNearest(_ index: Int) {
    let place = place(index)
    // The next edge is at a whole number; that of the corners is at the pixel's own place.
    let position = filter.grid == .corners ? place : place + 0.5
    let pixel = min(Int(position.rounded(.down)), count - 1)
    let edge = position.rounded()
    let isSettled = abs(position - edge) > placeUnits(place) * 0x1p-24 || isScaleExact
    guard !isSettled, edge >= 1, edge < Double(count) else {
      return add(at: pixel, [1], errors: [0], roundings: 0)
    }
    let lower = Int(edge) - 1
    add(
      at: lower, pixel == lower ? [1, 0] : [0, 1], errors: [0x1p24, 0x1p24], roundings: 0)
  }

  /// The two pixels around the place; those beside them where rounding may move the place past one.
  ///
  /// A difference of both is multiplied and added to one of them, or each is multiplied by a weight:
  /// the first rounds in proportion to both pixels.
  private mutating func addLinear(_ index: Int) {
    let place = place(index)
    let units = placeUnits(place)
    let inside = min(max(place, 0), Double(count - 1))
    let first = max(Int((place - units * 0x1p-24).rounded(.down)), 0)
    let last = min(Int((place + units * 0x1p-24).rounded(.down)) + 1, count - 1)
    let weights = (first...max(first, last)).map {
      filter.kernel.weight(at: Double($0) - inside)
    }
    let error = isScaleExact ? 2 : 4 + units
    add(at: first, weights, errors: weights.map { _ in error }, roundings: 1)
  }

  /// The four pixels around the place, with weights of a table of 1024 distances.
  private mutating func addTabulated(_ index: Int) {
    let place = place(index)
    let floor = place.rounded(.down)
    let steps = (place - floor) * 1024
    let offset = steps.rounded(.toNearestOrEven)
    let pixels = max(Int(floor) - 1, 0)...min(Int(floor) + 2, count - 1)
    func weights(_ offset: Double) -> [Double] {
      pixels.map { filter.kernel.weight(at: Double($0) - floor - offset / 1024) }
    }
    var errors = pixels.map { _ in Self.kernelUnits }
    // Where rounding may move the place to another row of the table, the weights are either's.
    let other = steps < offset ? offset - 1 : offset + 1
    let tie = abs(abs(steps - offset) - 0.5)
    if !isScaleExact, tie <= placeUnits(place) * 1024 * 0x1p-24 {
      for (index, pair) in zip(weights(offset), weights(other)).enumerated() {
        errors[index] += abs(pair.0 - pair.1) * 0x1p24
      }
    }
    addNormalized(at: pixels.lowerBound, weights(offset), errors: errors)
  }

  /// All pixels within reach of the kernel.
  private mutating func addKernel(_ index: Int) {
    let place = place(index)
    let width = filter.isAntialiased ? max(scale, 1) : 1
    // The bell ends with a step: where rounding may move a pixel over it, all of it is an error.
    let slack = filter.kernel == .gaussian ? placeUnits(place) * 0x1p-24 : 0
    let reach = filter.kernel.radius * width + slack
    let first = max(Int((place - reach).rounded(.up)), 0)
    let last = min(Int((place + reach).rounded(.down)), count - 1)
    let pixels = min(first, count - 1)...max(last, min(first, count - 1))
    // At whole distances the polynomials are 0 and 1 in every precision.
    let isWhole =
      filter.kernel == .bicubic && width == 1 && isScaleExact && place == place.rounded()
    let error = isWhole ? 0 : Self.kernelUnits + 2 * (placeUnits(place) / width)
    addNormalized(
      at: pixels.lowerBound,
      pixels.map { filter.kernel.weight(at: (Double($0) - place) / width) },
      errors: pixels.map { pixel in
        let isAtEnd = slack > 0 && abs(abs(Double(pixel) - place) + slack - reach) <= slack
        let step = filter.kernel.weight(at: filter.kernel.radius.nextDown)
        return isAtEnd ? error + step * 0x1p24 : error
      })
  }

  /// The pixels that the new one covers, by how much of them.
  private mutating func addCovered(_ index: Int) {
    let (start, end) = (Double(index) * scale, Double(index + 1) * scale)
    let units = isScaleExact ? 0 : 2 * end
    let first = max(Int((start - units * 0x1p-24).rounded(.down)), 0)
    let last = min(Int((end + units * 0x1p-24).rounded(.up)), count) - 1
    let pixels = min(first, count - 1)...max(last, min(first, count - 1))
    let weights = pixels.map { pixel in
      max(min(Double(pixel + 1), end) - max(Double(pixel), start), 0) / scale
    }
    add(
      at: pixels.lowerBound, weights, errors: weights.map { _ in 2 * units / scale },
      roundings: Double(pixels.count) + 3)
  }

  /// What the value of a kernel may be off by: its polynomials and sines have terms of up to 16, and
  /// its slope, by which a distance counts, is at most 2.
  private static let kernelUnits = 42.0

  /// Adds weights divided by their sum.
  private mutating func addNormalized(at start: Int, _ weights: [Double], errors: [Double]) {
    let sum = weights.reduce(0, +)
    guard abs(sum) > 0x1p-100 else {
      return add(at: start, weights.map { _ in 0 }, errors: errors, roundings: 0)
    }
    let magnitude = weights.reduce(0) { $0 + abs($1) }
    let sumError = errors.reduce(0, +) + Double(weights.count) * magnitude
    let normalized = weights.map { $0 / sum }
    add(
      at: start, normalized,
      errors: zip(normalized, errors).map { ($1 + abs($0) * sumError) / abs(sum) },
      roundings: Double(weights.count) + 2)
  }
}

extension ResamplingWeights {
  /// The sums along an axis with some of the numbers that there are for each weight.
  @specialized(where Scalar == Float) @specialized(where Scalar == Double)
  func applied<Scalar: ReferenceScalar>(
    _ factors: [Double], to image: NDArray<Scalar>, along axis: Int
  ) -> NDArray<Scalar> {
    var dimensions = image.dimensions
    let (count, made) = (dimensions[axis], offsets.count - 1)
    dimensions[axis] = made
    let outer = dimensions[..<axis].reduce(1, *)
    let inner = dimensions[(axis + 1)...].reduce(1, *)
    guard outer > 0, inner > 0, made > 0 else { return NDArray(dimensions, []) }
    let source = image.elements
    let scalars = factors.map { Scalar($0) }
    let (starts, offsets) = (starts, offsets)
    let elements: [Scalar] = filledInParallel(
      rowCount: outer * made, rowLength: inner, minimumRows: max(1, 1024 / inner)
    ) { rows, output in
      let (pixels, weights) = (source.span, scalars.span)
      for (place, row) in rows.enumerated() {
        let index = row % made
        var pixel = (row / made * count + starts[index]) * inner
        for offset in offsets[index]..<offsets[index + 1] {
          let weight = weights[offset]
          // What does not count is not looked at, whatever it is.
          for element in 0..<(weight == 0 ? 0 : inner) {
            output[place * inner + element] += weight * pixels[pixel + element]
          }
          pixel += inner
        }
      }
    }
    return NDArray(dimensions, elements)
  }
}
