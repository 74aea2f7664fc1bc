import Testing

@testable import ModelLayers

/// Primitives that add up: products, windows, statistics.
@Suite struct SumPrimitiveTests {
  private func check(_ trial: PrimitiveTrial, _ expected: NDArray<Double>...) {
    #expect(trial.definition.outputShapes == expected.map(\.shape))
    #expect(PrimitiveTrial.distance(trial.outputs, expected) < 1e-13)
    #expect(PrimitiveTrial.distance(trial.singleOutputs.map(\.double), expected) < 1e-4)
    #expect(trial.roundingShare() <= 1)
    #expect(trial.perturbationShare() <= 1.01)
  }

  @Test(arguments: [[5], [2, 5], [2, 3, 5]], [false, true])
  func `a product is a sum along the last axis`(_ sizes: [Int], _ hasBias: Bool) throws {
    let trial = try PrimitiveTrial([sizes, [5, 7]] + (hasBias ? [[7]] : [])) {
      values, definition throws(ModelError) in
      [try definition.product(values[0], values[1], bias: hasBias ? values[2] : nil)]
    }
    check(
      trial,
      .generate(sizes.dropLast() + [7]) { place in
        (0..<5).reduce(hasBias ? trial.inputs[2].at(place.last ?? 0) : 0) {
          $0 + trial.inputs[0][place.dropLast() + [$1]] * trial.inputs[1].at($1, place.last ?? 0)
        }
      })
    let places = [ItemAxis.axis(0)] + trial.inputs.dropFirst().map { _ in .absent }
    let isApart = sizes.count > 1
    #expect(trial.definition.items(in: places) == [isApart ? .axis(0) : .mixed])
    if isApart { #expect(try trial.distanceOfItems(in: places) < 1e-15) }
  }

  @Test func `a histogram counts whole numbers, and is off where one may be another`() throws {
    let x = NDArray<Double>([2, 5], [0, 2, 2, 5, 1, -1, 3, 0.5, 0, .nan])
    let trial = try PrimitiveTrial([x]) { values, definition throws(ModelError) in
      [try definition.apply(Primitives.Histogram(4), to: values[0])]
    }
    #expect(trial.distance(to: NDArray([2, 4], [1, 1, 2, 0, 1, 0, 0, 1])) == 0)
    #expect(trial.bounds() == [[Double](repeating: 0, count: 8)])
    #expect(trial.definition.items(in: [.axis(0)]) == [.axis(0)])
    #expect(trial.definition.items(in: [.axis(1)]) == [.mixed])
    // What may be one more or less, and what nobody knows.
    func off(_ places: [Int], by error: Double = 1) -> [Double] {
      let units = (0..<10).map { places.contains($0) ? error * 0x1p24 : 0 }
      return trial.bounds(within: [RoundingBound(length: 0, magnitude: [], fixed: units)])[0]
        .map { ($0 * 0x1p4).rounded() / 0x1p4 }
    }
    #expect(off([0, 3]) == [1, 1, 0, 0, 0, 0, 0, 0])
    #expect(off([1, 4, 5]) == [1, 2, 2, 1, 1, 0, 0, 0])
    #expect(off([7], by: 2) == [0, 0, 0, 0, 1, 1, 1, 0])
    #expect(off([9]) == [0, 0, 0, 0, 1, 1, 1, 1])
  }

  @Test func `what only the bias is off by is not forgotten`() throws {
    let trial = try PrimitiveTrial([[2, 5], [5, 7], [7]]) { values, definition throws(ModelError) in
      [try definition.product(values[0], values[1], bias: values[2])]
    }
    #expect(trial.perturbationShare(of: 2, asSum: false) <= 1.001)
    #expect(trial.perturbationShare(of: 2, asSum: true) <= 1.001)
  }

  @Test(arguments: [1, 2, 4], [Padding.valid, .same])
  func `a convolution is a sum under a window`(_ groups: Int, _ padding: Padding) throws {
    let window = ConvolutionWindow([3, 2], [2, 1], padding, .channelsLast, [1, 1])
    let trial = try PrimitiveTrial([[2, 5, 6, 4], [3, 2, 4 / groups, 8], [8]]) {
      values, definition throws(ModelError) in
      [
        try definition.convolution(
          values[0], values[1], bias: values[2], window, .groups(groups))
      ]
    }
    let plain = ConvolutionDefinition.convolution(
      trial.inputs[0], trial.inputs[1], strides: [2, 1], dilation: [1, 1], padding: padding,
      groups: groups)
    check(
      trial, .generate(plain.dimensions) { plain[$0] + trial.inputs[2].at($0[3]) })
    #expect(trial.items(in: .axis(0), .absent, .absent) == .axis(0))
    #expect(try trial.distanceOfItems(in: .axis(0), .absent, .absent) < 1e-14)
    #expect(trial.items(in: .axis(1), .absent, .absent) == .mixed)
    #expect(trial.items(in: .axis(0), .axis(3), .absent) == .mixed)
  }

  @Test(arguments: [Primitives.Pool.Function.maximum, .mean], [Padding.valid, .same])
  func `a pool is its largest element or its mean`(
    _ function: Primitives.Pool.Function, _ padding: Padding
  ) throws {
    let window = PoolingWindow([3, 2], [2, 2], padding, .channelsLast)
    let trial = try PrimitiveTrial([[2, 6, 5, 3]]) { values, definition throws(ModelError) in
      [try definition.pool(function, values[0], .window(window))]
    }
    let x = trial.inputs[0]
    let zeros = [
      ConvolutionDefinition.zeros(padding, 6, 3, 2, 1),
      ConvolutionDefinition.zeros(padding, 5, 2, 2, 1),
    ]
    let sizes = padding == .same ? [3, 3] : [2, 2]
    check(
      trial,
      .generate([2] + sizes + [3]) { place in
        var pool: [Double] = []
        for row in 0..<3 {
          for column in 0..<2 {
            let y = place[1] * 2 + row - zeros[0][0]
            let z = place[2] * 2 + column - zeros[1][0]
            if 0..<6 ~= y, 0..<5 ~= z { pool.append(x.at(place[0], y, z, place[3])) }
          }
        }
        return function == .maximum
          ? pool.max() ?? .nan : pool.reduce(0, +) / Double(pool.count)
      })
    #expect(trial.items(in: .axis(0)) == .axis(0))
    #expect(try trial.distanceOfItems(in: .axis(0)) < 1e-15)
    #expect(trial.items(in: .axis(3)) == .mixed)
  }

  @Test(
    arguments: [
      (ResamplingFilter.Kernel.nearest, true), (.bilinear, true), (.bilinear, false),
    ])
  func `resampling takes the nearest pixel, or a mean of four`(
    _ interpolation: ResamplingFilter.Kernel, _ halfPixelCenters: Bool
  ) throws {
    for factors in [[2, 3], [1, 4], [5, 1]] {
      let trial = try PrimitiveTrial([[2, 3, 4, 2]]) { values, definition throws(ModelError) in
        try definition.apply(
          Primitives.Resampling(
            .factors(factors),
            ResamplingFilter(interpolation, grid: halfPixelCenters ? .centers : .corners),
            .channelsLast),
          toAll: values)
      }
      let x = trial.inputs[0]
      /// The weight of each pixel along one axis.
      func weight(_ pixel: Int, at index: Int, _ factor: Int, of count: Int) -> Double {
        guard interpolation == .bilinear else { return index / factor == pixel ? 1 : 0 }
        let offset = halfPixelCenters ? 0.5 : 0
        let center = (Double(index) + offset) / Double(factor) - offset
        let inside = min(max(center, 0), Double(count - 1))
        return max(0, 1 - abs(inside - Double(pixel)))
      }
      check(
        trial,
        .generate([2, 3 * factors[0], 4 * factors[1], 2]) { place in
          var sum = 0.0
          for row in 0..<3 {
            for column in 0..<4 {
              sum +=
                weight(row, at: place[1], factors[0], of: 3)
                * weight(column, at: place[2], factors[1], of: 4)
                * x.at(place[0], row, column, place[3])
            }
          }
          return sum
        })
      #expect(trial.items(in: .axis(0)) == .axis(0))
      #expect(try trial.distanceOfItems(in: .axis(0)) < 1e-15)
      #expect(trial.items(in: .axis(2)) == .mixed)
    }
  }

  // MARK: - Statistics

  /// Mean and variance over some axes, place by place.
  private func statistics(
    _ x: NDArray<Double>, over axes: [Int]
  ) -> (mean: NDArray<Double>, variance: NDArray<Double>) {
    let others = x.dimensions.indices.filter { !axes.contains($0) }
    func group(_ place: [Int]) -> [Double] {
      var found: [Double] = []
      _ = NDArray<Double>.generate(x.dimensions) { source in
        if others.map({ source[$0] }) == place { found.append(x[source]) }
        return 0
      }
      return found
    }
    let sizes = others.map { x.dimensions[$0] }
    let mean = NDArray<Double>.generate(sizes) { place in
      let elements = group(place)
      return elements.reduce(0, +) / Double(elements.count)
    }
    let variance = NDArray<Double>.generate(sizes) { place in
      let elements = group(place)
      return elements.reduce(0) { $0 + ($1 - mean[place]) * ($1 - mean[place]) }
        / Double(elements.count)
    }
    return (mean, variance)
  }

  @Test func `moments are mean and variance over some axes`() throws {
    for axes in [[2], [1, 2], [0, 2], [1], [0, 1, 2]] {
      let trial = try PrimitiveTrial([[2, 3, 4]]) { values, definition throws(ModelError) in
        let made = try definition.moments(values[0], over: axes)
        return [made.mean, made.variance]
      }
      let expected = statistics(trial.inputs[0], over: axes)
      check(trial, expected.mean, expected.variance)
      for item in 0..<3 {
        let place = trial.items(in: .axis(item))
        #expect(
          place == (axes.contains(item) ? .mixed : .axis(item - axes.count { $0 < item })))
        if place != .mixed { #expect(try trial.distanceOfItems(in: .axis(item)) < 1e-15) }
      }
    }
  }

  @Test(arguments: [[0], [0, 1], [1], []], [[2], [1, 2], [1]])
  func `a normalization is its formula`(_ groups: [Int], _ places: [Int]) throws {
    let sizes = [2, 3, 4]
    var generator = Generator(state: 9)
    let grouped = groups.map { sizes[$0] }
    let placed = places.map { sizes[$0] }
    let inputs = [
      generator.array(sizes), generator.array(grouped),
      generator.array(grouped).map { abs($0) + 0.25 },
      generator.array(placed), generator.array(placed),
    ]
    let trial = try PrimitiveTrial(inputs) { values, definition throws(ModelError) in
      [
        try definition.normalization(
          values[0], mean: values[1], variance: values[2], gamma: values[3], beta: values[4],
          epsilon: 0x1p-10, statisticsAxes: groups, parameterAxes: places)
      ]
    }
    check(
      trial,
      .generate(sizes) { place in
        let (group, own) = (groups.map { place[$0] }, places.map { place[$0] })
        return (inputs[0][place] - inputs[1][group])
          / (inputs[2][group] + 0x1p-10).squareRoot() * inputs[3][own] + inputs[4][own]
      })
    // A batch along the first axis, which the statistics have or have not.
    let own: ItemAxis = groups.contains(0) ? .axis(0) : .absent
    #expect(trial.items(in: .axis(0), own, own, .absent, .absent) == .axis(0))
    #expect(try trial.distanceOfItems(in: .axis(0), own, own, .absent, .absent) < 1e-15)
    if groups.contains(0) {
      #expect(trial.items(in: .axis(0), .absent, .absent, .absent, .absent) == .mixed)
    }
    // Parameters of their own for each item.
    #expect(
      trial.items(in: .axis(places[0]), .absent, .absent, .absent, .absent) == .mixed)
  }

  @Test func `a normalization needs no mean, gamma or beta`() throws {
    let trial = try PrimitiveTrial([NDArray([2, 2], [1, -2, 3, 0.5]), NDArray([2], [4, 0.25])]) {
      values, definition throws(ModelError) in
      [
        try definition.normalization(
          values[0], mean: nil, variance: values[1], gamma: nil, beta: nil, epsilon: 0,
          statisticsAxes: [1], parameterAxes: [1])
      ]
    }
    check(trial, NDArray([2, 2], [0.5, -4, 1.5, 1]))
  }
}
