// Lines of the table that take elements together, beside plain reductions.

extension OperationDefinition {
  static let statistics: [OperationDefinition] = [
    .init("CountNonzero", [.axes()], elements: .any, makes: .int32) { x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      let counted = try d.apply(Primitives.Conversion(to: .float32), to: d.truth(x[0]))
      let sum = try d.apply(Primitives.Reduction(.sum, over: axes), to: counted)
      return [try d.apply(Primitives.Conversion(to: .int32), to: sum)]
    },
    .init("Moments", [.ints("axes"), .keepdims, .bool("synchronized", false)]) {
      x, s, d throws(ModelError) in
      let axes = try x[0].shape.axes(s.ints("axes"), attribute: "axes")
      let (mean, variance) = try d.moments(x[0], over: axes)
      return [
        try d.restoring(axes, of: x[0], mean, s), try d.restoring(axes, of: x[0], variance, s),
      ]
    },
    .init("Ptp", [.axes(), .keepdims], elements: .common) { x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      let largest = try d.apply(Primitives.Reduction(.maximum, over: axes), to: x[0])
      let smallest = try d.apply(Primitives.Reduction(.minimum, over: axes), to: x[0])
      return [try d.restoring(axes, of: x[0], d.combination(.subtract, largest, smallest), s)]
    },
    // With weights, a row of them for one axis or as many as elements.
    .init("Average", ["x", "weights"], counts: 1...2, [.axes()], elements: .converted) {
      x, s, d throws(ModelError) in
      let axes = try x[0].shape.resolvedAxes(s)
      guard x.count == 2 else {
        return [try d.apply(Primitives.Reduction(.mean, over: axes), to: x[0])]
      }
      var weights = x[1]
      if weights.shape.dimensions != x[0].shape.dimensions {
        guard axes.count == 1, weights.shape.rank == 1, weights.shape[0] == x[0].shape[axes[0]]
        else {
          throw .incompatibleShapes(
            x.map(\.shape), rule: "weights must be a row for an axis, or as many as elements")
        }
        weights = try d.reshape(
          weights, x[0].shape.dimensions.indices.map { $0 == axes[0] ? x[0].shape[$0] : 1 },
          keepsFirstAxis: axes[0] == 0)
      }
      let products = try d.combination(.multiply, x[0], weights)
      let sum = try d.apply(Primitives.Reduction(.sum, over: axes), to: products)
      let total = try d.apply(Primitives.Reduction(.sum, over: axes), to: weights)
      return [try d.combination(.divide, sum, total)]
    },
    .init(
      "Diff", ["a"], [.init(name: "n", form: .int, fallback: .int(1)), .axis(-1)], elements: .common
    ) {
      x, s, d throws(ModelError) in
      let (axis, count) = (try x[0].shape.axis(s.int("axis")), try s.int("n"))
      guard (0...64).contains(count), count < x[0].shape[axis] ?? .max else {
        throw .attribute(
          "n", expected: "0 to 64, and less than axis \(axis) of \(x[0].shape)", found: "\(count)")
      }
      func slice(_ range: Primitives.Slice.Range) -> Primitives.Slice {
        Primitives.Slice(x[0].shape.dimensions.indices.map { $0 == axis ? range : .all })
      }
      var made = x[0]
      for _ in 0..<count {
        made = try d.combination(
          .subtract, d.apply(slice(.init(1, nil)), to: made),
          d.apply(slice(.init(nil, -1)), to: made))
      }
      return [made]
    },
    .init("Cbrt") { x, _, d throws(ModelError) in
      let power = try d.combination(.power, d.function(.absolute, x[0]), 1.0 / 3)
      return [try d.combination(.multiply, d.function(.sign, x[0]), power)]
    },
    .init("Median", [.axes(), .keepdims], elements: .converted) { x, s, d throws(ModelError) in
      let shape = x[0].shape
      let axes = try shape.resolvedAxes(s)
      let rest = shape.dimensions.indices.filter { !axes.contains($0) }
      guard let count = try axes.map({ shape[$0] }).product(of: shape) else {
        // Where the sizes are not known yet, only shapes are asked for.
        let reduced = try d.apply(Primitives.Reduction(.maximum, over: axes), to: x[0])
        return [try d.restoring(axes, of: x[0], reduced, s)]
      }
      guard count > 0 else { throw .emptyOutput(input: shape, axis: axes.first ?? 0) }
      let line = try d.reshape(
        d.transpose(x[0], rest + axes), rest.map { shape[$0] } + [count],
        keepsFirstAxis: rest.first == 0)
      let ordered = try d.apply(
        Primitives.Ordering(axis: rest.count, count: nil, isDescending: false), toAll: [line])[0]
      let middle = try d.part(ordered, rest.count, (count - 1) / 2..<count / 2 + 1)
      let mean = try d.apply(Primitives.Reduction(.mean, over: [rest.count]), to: middle)
      // What is no number is the last in order, and makes the median none; nothing else adds to it.
      let last = try d.reshape(
        d.part(ordered, rest.count, count - 1..<count), rest.map { shape[$0] },
        keepsFirstAxis: rest.first == 0)
      let finite = try d.combination(.minimum, d.combination(.maximum, last, -1), 1)
      let median = try d.combination(.add, mean, d.combination(.multiply, finite, 0))
      return [try d.restoring(axes, of: x[0], median, s)]
    },
  ]
}
