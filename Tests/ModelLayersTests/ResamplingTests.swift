import Testing

@testable import ModelLayers

/// Images of other sizes, against sums over all of their pixels.
@Suite struct ResamplingTests {
  typealias Kernel = ResamplingFilter.Kernel

  /// A kernel by its general formula.
  private func kernel(_ kernel: Kernel, _ distance: Double) -> Double {
    let x = abs(distance)
    func sinc(_ x: Double) -> Double { x == 0 ? 1 : sinOf(.pi * x) / (.pi * x) }
    switch kernel {
    case .nearest, .area: return 0
    case .bilinear: return max(0, 1 - x)
    case .bicubic:
      let a = -0.5
      if x < 1 { return (a + 2) * x * x * x - (a + 3) * x * x + 1 }
      return x < 2 ? a * x * x * x - 5 * a * x * x + 8 * a * x - 4 * a : 0
    case .lanczos3: return x < 3 ? sinc(x) * sinc(x / 3) : 0
    case .lanczos5: return x < 5 ? sinc(x) * sinc(x / 5) : 0
    case .gaussian: return x < 1.5 ? exponential(-2 * x * x) : 0
    case .mitchell:
      let (b, c) = (1.0 / 3, 1.0 / 3)
      if x < 1 {
        return ((12 - 9 * b - 6 * c) * x * x * x + (-18 + 12 * b + 6 * c) * x * x + 6 - 2 * b) / 6
      }
      guard x < 2 else { return 0 }
      let cubic = (-b - 6 * c) * x * x * x + (6 * b + 30 * c) * x * x
      return (cubic + (-12 * b - 48 * c) * x + 8 * b + 24 * c) / 6
    }
  }

  /// The sine by its series, after whole turns have been taken away.
  private func sinOf(_ angle: Double) -> Double {
    let rest = angle.truncatingRemainder(dividingBy: 2 * .pi)
    var (term, sum) = (rest, rest)
    for n in 1..<20 {
      term *= -rest * rest / Double(2 * n * (2 * n + 1))
      sum += term
    }
    return sum
  }

  /// The exponential function by its series.
  private func exponential(_ x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for n in 1..<60 {
      term *= x / Double(n)
      sum += term
    }
    return sum
  }

  /// How much each pixel of one axis counts for a pixel of the result.
  private func weights(
    _ filter: ResamplingFilter, _ index: Int, _ count: Int, _ made: Int
  ) -> [Double] {
    let (i, n, o) = (Double(index), Double(count), Double(made))
    let place =
      switch filter.grid {
      case .centers: (i + 0.5) * n / o - 0.5
      case .corners: i * n / o
      case .alignedCorners: made > 1 ? i * (n - 1) / (o - 1) : 0
      }
    let pixels = 0..<count
    switch filter.kernel {
    case .nearest:
      let nearest =
        filter.grid == .corners ? place.rounded(.down) : (place + 0.5 + 1e-9).rounded(.down)
      return pixels.map { min(Int(nearest), count - 1) == $0 ? 1 : 0 }
    case .area:
      return pixels.map { pixel in
        max(0, min(Double(pixel + 1), (i + 1) * n / o) - max(Double(pixel), i * n / o)) * o / n
      }
    case .bilinear where filter.grid != .centers:
      let inside = min(max(place, 0), n - 1)
      return pixels.map { max(0, 1 - abs(inside - Double($0))) }
    default: break
    }
    let width = filter.isAntialiased ? max(1, n / o) : 1
    let shift =
      filter.isTabulated && !filter.isAntialiased
      ? ((place - place.rounded(.down)) * 1024).rounded() / 1024 + place.rounded(.down) : place
    let raw = pixels.map { kernel(filter.kernel, (Double($0) - shift) / width) }
    return raw.map { $0 / raw.reduce(0, +) }
  }

  private static let filters: [ResamplingFilter] =
    Kernel.allCases.flatMap { kernel in
      [ResamplingFilter(kernel), ResamplingFilter(kernel, isAntialiased: true)]
    } + [
      ResamplingFilter(.nearest, grid: .corners), ResamplingFilter(.nearest, grid: .alignedCorners),
      ResamplingFilter(.bilinear, grid: .corners),
      ResamplingFilter(.bilinear, grid: .alignedCorners),
      ResamplingFilter(.bicubic, isTabulated: true),
    ]

  @Test(arguments: filters, [[7, 3], [2, 9], [5, 1], [4, 5]])
  func `each pixel is a sum of all weighted pixels`(
    _ filter: ResamplingFilter, _ sizes: [Int]
  ) throws {
    let trial = try PrimitiveTrial([[2, 4, 5, 2]]) { values, definition throws(ModelError) in
      try definition.apply(
        Primitives.Resampling(.sizes(sizes), filter, .channelsLast), toAll: values)
    }
    let x = trial.inputs[0]
    let expected = NDArray<Double>.generate([2] + sizes + [2]) { place in
      let rows = weights(filter, place[1], 4, sizes[0])
      let columns = weights(filter, place[2], 5, sizes[1])
      return (0..<4).reduce(0) { sum, row in
        sum + (0..<5).reduce(0) { $0 + rows[row] * columns[$1] * x.at(place[0], row, $1, place[3]) }
      }
    }
    #expect(trial.distance(to: expected) < 1e-12)
    #expect(trial.singleDistance(to: expected) < 1e-4)
    #expect(trial.roundingShare() <= 1)
    #expect(trial.perturbationShare() <= 1.01)
    #expect(trial.items(in: .axis(0)) == .axis(0))
    #expect(try trial.distanceOfItems(in: .axis(0)) < 1e-15)
    #expect(trial.items(in: .axis(1)) == .mixed)
  }

  @Test func `channels may come first, and factors are sizes`() throws {
    var generator = Generator(state: 3)
    let x = generator.array([2, 3, 4, 2])
    func resampled(
      _ input: NDArray<Double>, _ extent: Primitives.Resampling.Extent, _ format: DataFormat
    ) throws -> NDArray<Double> {
      try PrimitiveTrial([input]) { values, definition throws(ModelError) in
        try definition.apply(
          Primitives.Resampling(extent, ResamplingFilter(.bicubic), format), toAll: values)
      }.outputs[0]
    }
    let last = try resampled(x, .sizes([6, 12]), .channelsLast)
    let first = try resampled(x.permuted([0, 3, 1, 2]), .factors([2, 3]), .channelsFirst)
    #expect(PrimitiveTrial.distance([first], [last.permuted([0, 3, 1, 2])]) < 1e-15)
  }

  @Test func `a place on an edge between two pixels may be either's`() throws {
    // Pixel 1 of 6 looks at 1.5 · 4 ÷ 6, which is 1 but for rounding; 4 at 3.
    let trial = try PrimitiveTrial([[1, 1, 4, 1]]) { values, definition throws(ModelError) in
      try definition.apply(
        Primitives.Resampling(.sizes([1, 6]), ResamplingFilter(.nearest), .channelsLast),
        toAll: values)
    }
    let x = trial.inputs[0].elements
    #expect(trial.outputs[0].elements == [0, 1, 1, 2, 3, 3].map { x[$0] })
    for (index, bound) in trial.bounds()[0].enumerated() {
      let other = [nil, 0, nil, nil, 2, nil][index]
      let pixel = [0, 1, 1, 2, 3, 3][index]
      #expect(bound >= (other.map { abs(x[$0] - x[pixel]) } ?? 0))
      #expect((bound > 0) == (other != nil))
    }
    // Where the scale is a power of two nothing is rounded.
    let half = try PrimitiveTrial([[1, 1, 4, 1]]) { values, definition throws(ModelError) in
      try definition.apply(
        Primitives.Resampling(.sizes([1, 2]), ResamplingFilter(.nearest), .channelsLast),
        toAll: values)
    }
    #expect(half.outputs[0].elements == [x[1], x[3]] && half.bounds()[0] == [0, 0])
  }

  // MARK: - The operation

  private func shape(_ settings: Attributes, of input: Shape) throws -> [Shape] {
    try Operation("Resize", attributes: settings).definition(for: [input]).outputShapes
  }

  @Test func `an image is cut to the proportion that is asked for, or gets margins`() throws {
    let row = NDArray<Double>([1, 1, 5, 1], [1, 2, 3, 4, 5])
    func resized(_ settings: Attributes, _ image: NDArray<Double>) throws -> [Double] {
      var settings = settings
      settings["interpolation"] = .string("nearest")
      let operation = try Operation("Resize", attributes: settings)
      return try operation.definition(for: [image.shape]).values([image], Parameters())[0].elements
    }
    // A square in the middle of 1 × 5, and 1 × 2 a little to the left.
    #expect(
      try resized(["size": .ints([1, 1]), "crop_to_aspect_ratio": .bool(true)], row) == [3])
    #expect(
      try resized(["size": .ints([1, 2]), "crop_to_aspect_ratio": .bool(true)], row) == [2, 3])
    // Two rows above and below make a square of five.
    #expect(
      try resized(
        [
          "size": .ints([5, 1]), "pad_to_aspect_ratio": .bool(true), "fill_value": .double(9),
        ], NDArray([1, 1, 1, 1], [4])) == [9, 9, 4, 9, 9])
    #expect(try resized(["size": .ints([1, 2])], row) == [2, 4])
  }

  @Test func `sizes that are not known yet are those that are asked for`() throws {
    #expect(try shape(["size": .ints([3, 4])], of: [nil, nil, nil, 2]) == [[nil, 3, 4, 2]])
  }

  @Test(
    arguments: [
      ["size": .ints([1 << 40, 1])], ["size": .ints([0, 3])], ["size": .ints([-1, 3])],
      ["size": .ints([3])], ["size": .ints([.max, .max])], ["size": .ints([1 << 20, 1 << 20])],
      ["size": .ints([3, 3]), "interpolation": .string("hamming")],
      ["size": .ints([3, 3]), "fill_mode": .string("reflect")],
      ["size": .ints([3, 3]), "data_format": .string("first")],
      [
        "size": .ints([3, 3]), "crop_to_aspect_ratio": .bool(true),
        "pad_to_aspect_ratio": .bool(true),
      ],
      ["size": .ints([3, 3]), "align_corners": .bool(true), "half_pixel_centers": .bool(true)],
      [
        "size": .ints([3, 3]), "interpolation": .string("bicubic"),
        "half_pixel_centers": .bool(false),
      ],
      ["size": .ints([3, 3]), "antialias": .bool(true), "align_corners": .bool(true)],
      ["size": .ints([3, 3]), "interpolation": .string("area"), "align_corners": .bool(true)],
    ] as [Attributes])
  func `what makes no sense, or too much, is an error`(_ settings: Attributes) {
    #expect(throws: ModelError.self) {
      let definition = try Operation("Resize", attributes: settings)
        .definition(for: [[1, 4, 5, 2]])
      try definition.checkSizes(elementLimit: 1 << 30)
    }
  }

  @Test func `an image without pixels, or that is none, is an error`() {
    for input: Shape in [[1, 0, 5, 2], [1, 4, 5], [1, 4, 5, 2, 2]] {
      #expect(throws: ModelError.self) { try shape(["size": .ints([3, 3])], of: input) }
    }
    #expect(throws: ModelError.self) {
      try shape(["size": .ints([1, 1]), "antialias": .bool(true)], of: [1, 1 << 30, 1, 1])
    }
    // What is only repeated needs no weights.
    #expect(throws: Never.self) {
      try UpSampling1D(size: 2).definition(for: [[1, 1 << 23, 1]])
    }
    #expect(throws: ModelError.self) {
      try shape(
        ["size": .ints([1 << 20, 3]), "crop_to_aspect_ratio": .bool(true)],
        of: [1, 1 << 50, 1 << 50, 1])
    }
  }
}
