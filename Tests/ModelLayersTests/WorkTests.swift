import Testing

@testable import ModelLayers

/// What primitives of which the results are small take all the same.
@Suite struct WorkTests {
  private func work(_ primitive: some Primitive, _ inputs: [Shape]) throws -> Int {
    let types = inputs.map { TensorType($0) }
    return try primitive.work(for: types, results: primitive.results(for: types))
  }

  @Test func `a pool takes the places that it can have in the image`() throws {
    let window = PoolingWindow([1 << 21, 1 << 21], [1, 1], .same, .channelsLast)
    let pool = Primitives.Pool(.maximum, .window(window))
    #expect(try work(pool, [[1, 4, 5, 3]]) == 60 * 20 + 60)
    #expect(try work(Primitives.Pool(.mean, .everything(.channelsLast)), [[1, 4, 5, 3]]) == 60)
  }

  @Test func `an order takes all elements for each that is taken`() throws {
    let order = Primitives.Ordering(axis: 1, count: 7, isDescending: true)
    #expect(try work(order, [[3, 100]]) == 3 * 7 * 100)
  }

  @Test func `statistics take every element that they are made of`() throws {
    #expect(try work(Primitives.Moments(over: [0, 1]), [[40, 50, 2]]) == 40 * 50 * 2 + 2 * 2)
    #expect(try work(Primitives.Reduction(.sum, over: [0]), [[4000]]) == 4001)
  }

  @Test func `a smaller image takes all pixels that it is summed up of`() throws {
    let filter = ResamplingFilter(.bilinear, isAntialiased: true)
    let smaller = Primitives.Resampling(.sizes([2, 2]), filter, .channelsLast)
    // 100 pixels become 2, of at most 100 each, along both axes.
    #expect(try work(smaller, [[1, 100, 100, 3]]) == 3 * 2 * 100 * 100 + 3 * 2 * 2 * 100)
  }

  @Test func `an image that is large on the way is refused though the result is small`() throws {
    let image = TensorType([1, 1 << 20, 1, 1])
    let definition = try Definition(for: [image]) { x, d throws(ModelError) in
      [
        try d.apply(
          Primitives.Resampling(.sizes([1, 1 << 20]), ResamplingFilter(.bilinear), .channelsLast),
          to: x[0])
      ]
    }
    #expect(throws: ModelError.elementCount([1, 1 << 20, 1 << 20, 1], limit: 1 << 30)) {
      try definition.checkSizes(elementLimit: 1 << 30)
    }
  }

  @Test func `a loop takes its body for each step, and each step its share`() throws {
    let body = try Definition(for: [TensorType([2]), TensorType([2])]) { x, d throws(ModelError) in
      [try d.apply(Primitives.Combination(.add), to: x[0], x[1])]
    }
    let one = try body.work()
    #expect(one > 6)
    let loop = Primitives.Loop(body, stateCount: 1, sequenceCount: 1, axis: 0)
    #expect(try work(loop, [[2], [1000, 2]]) == 1000 * one)
    #expect(try work(loop, [[2], [.some(.max), 2]]) == .max)
  }
}
